package io.myelin.softswitch.engine;

import java.util.List;

/** A parser value set as the program declares it. */
final class ValueSetInfo {
  final String name;
  final int index;

  /** Bits of the key's parts; set by the first select that uses the value set. */
  List<Integer> widths = List.of();

  ValueSetInfo(String name, int index) {
    this.name = name;
    this.index = index;
  }

  void learnWidths(List<Integer> used) {
    if (!widths.isEmpty() && !widths.equals(used)) {
      throw new InvalidProgramException(
          "value set " + name + " is used with keys of " + widths + " and of " + used + " bits");
    }
    widths = List.copyOf(used);
  }
}
