package io.myelin.core.topology;

import io.myelin.core.model.Invalid;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How a kind of generated fabric is written: {@code KIND:NUMBERxNUMBERx…}.
 *
 * @param parameters the numbers' names, joined by x; where there are several, any
 */
record ShortForm(String kind, List<String> parameters, Function<int[], GeneratedFabric> factory) {
  static final ShortForm LEAF_SPINE =
      new ShortForm(
          "leaf-spine", List.of("LEAVESxSPINESxHOSTS"), n -> new LeafSpine(n[0], n[1], n[2]));

  static final ShortForm FAT_TREE =
      new ShortForm(
          "fat-tree",
          List.of("K", "KxHOSTS"),
          n -> n.length == 1 ? new FatTree(n[0]) : new FatTree(n[0], n[1]));

  static final ShortForm RAIL =
      new ShortForm(
          "rail",
          List.of("PODSxHOSTSxRAILSxSPINES"),
          n -> new RailOptimised(n[0], n[1], n[2], n[3]));

  static final ShortForm DRAGONFLY =
      new ShortForm(
          "dragonfly",
          List.of("GROUPSxROUTERSxHOSTSxGLOBALS", "GLOBALS"),
          n -> n.length == 1 ? Dragonfly.balanced(n[0]) : new Dragonfly(n[0], n[1], n[2], n[3]));

  static final ShortForm WAN = new ShortForm("wan", List.of("SITES"), n -> new MultiSiteWan(n[0]));

  private static final List<ShortForm> ALL = List.of(LEAF_SPINE, FAT_TREE, RAIL, DRAGONFLY, WAN);

  static GeneratedFabric parse(String field, String text) {
    for (ShortForm f : ALL) {
      if (f.kind.equals(text.replaceFirst(":.*", ""))) {
        return f.parseNumbers(field, text);
      }
    }
    String all = ALL.stream().map(ShortForm::usage).collect(Collectors.joining(", "));
    throw new Invalid(field, "'" + text + "' is not a fabric; allowed: " + all);
  }

  private GeneratedFabric parseNumbers(String field, String text) {
    String numbers = text.substring(Math.min(text.length(), kind.length() + 1));
    boolean fits =
        numbers.matches("[0-9]{1,6}(x[0-9]{1,6})*")
            && parameters.stream().anyMatch(p -> count(p) == count(numbers));
    Invalid.unless(fits, field, "'" + text + "' is not allowed; allowed: " + usage());
    try {
      return factory.apply(Arrays.stream(numbers.split("x")).mapToInt(Integer::parseInt).toArray());
    } catch (Invalid e) {
      throw new Invalid(field, "'" + text + "': " + e.getMessage());
    }
  }

  private static int count(String numbers) {
    return numbers.split("x").length;
  }

  private String usage() {
    return parameters.stream().map(p -> kind + ":" + p).collect(Collectors.joining(", "));
  }

  /** The text of some numbers. */
  String of(int... numbers) {
    return kind
        + Arrays.stream(numbers)
            .mapToObj(String::valueOf)
            .collect(Collectors.joining("x", ":", ""));
  }

  /**
   * Checks a number.
   *
   * @param parameter its name in the short form
   */
  static void require(String parameter, int value, int min, int max) {
    Invalid.unless(
        value >= min && value <= max,
        parameter,
        value + " is not allowed; allowed: " + min + " to " + max);
  }
}
