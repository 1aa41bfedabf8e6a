package io.myelin.core.model;

import java.util.Locale;

/** Quantities for people. */
public final class Units {
  private Units() {}

  /** {@code 18 Gb/s}. */
  public static String rate(long bps) {
    return scaled(bps, " b/s", " kb/s", " Mb/s", " Gb/s", " Tb/s", " Pb/s");
  }

  /** {@code 1.3 ms}. */
  public static String time(long ns) {
    return scaled(ns, " ns", " us", " ms", " s");
  }

  /** A value in the largest of the units, each 1000 of the one before, that it reaches. */
  public static String scaled(long value, String... units) {
    double v = value;
    int u = 0;
    while (Math.abs(v) >= 1000 && u < units.length - 1) {
      v /= 1000;
      u++;
    }
    return number(v) + units[u];
  }

  /** Share of 10^9 as percent: {@code 0.01 %}. */
  public static String share(long ppb) {
    return java.math.BigDecimal.valueOf(ppb, 7).stripTrailingZeros().toPlainString() + " %";
  }

  private static String number(double v) {
    return v == Math.rint(v)
        ? String.valueOf((long) v)
        : String.format(Locale.ROOT, "%.2f", v).replaceAll("0+$", "").replaceAll("\\.$", "");
  }
}
