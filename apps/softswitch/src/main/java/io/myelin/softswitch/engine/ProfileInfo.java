package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An action profile as the program declares it.
 *
 * @param selector hash that chooses a group's member, or null if there are no groups
 * @param tables tables whose entries it serves
 */
record ProfileInfo(
    String name, int index, int maxSize, @Nullable Calculation selector, List<TableInfo> tables) {

  ProfileInfo(String name, int index, int maxSize, @Nullable Calculation selector) {
    this(name, index, maxSize, selector, new ArrayList<>());
  }

  /** Binds a call to the code of the first table; the others' actions of that name are copies. */
  Binding.Bound bind(ActionCall call) {
    if (tables.isEmpty()) {
      throw new IllegalArgumentException("action profile " + name + " serves no table");
    }
    return tables.get(0).bind(call);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o == this;
  }

  @Override
  public String toString() {
    return name;
  }
}
