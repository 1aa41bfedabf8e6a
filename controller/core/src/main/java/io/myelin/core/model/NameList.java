package io.myelin.core.model;

import java.util.ArrayList;
import java.util.List;

/** Lists valid options in messages without flooding them. */
public final class NameList {
  private static final int MOST = 12; // enough to spot a typing error, short enough to read

  private NameList() {}

  /** The first few names, and how many more there are; {@code none} for none. */
  public static String some(Iterable<?> names) {
    List<String> shown = new ArrayList<>();
    int more = 0;
    for (Object n : names) {
      if (shown.size() < MOST) {
        shown.add(String.valueOf(n));
      } else {
        more++;
      }
    }
    return shown.isEmpty()
        ? "none"
        : String.join(", ", shown) + (more > 0 ? " and " + more + " more" : "");
  }
}
