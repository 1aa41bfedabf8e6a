package io.myelin.sim.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** How reports write numbers. */
final class Numbers {
  /** In place of what is not a number. */
  static final String NOTHING = "–";

  private static final double MAX_EXACT = 1e9;
  private static final double MIN_PLAIN = 1e-4;
  private static final MathContext DIGITS = new MathContext(5);

  private Numbers() {}

  /** Whole numbers below 10^9 exactly, everything else with five digits that count. */
  static String text(double v) {
    if (!Double.isFinite(v)) {
      return Double.isNaN(v) ? NOTHING : v > 0 ? "∞" : "−∞";
    }
    double size = Math.abs(v);
    if (size < MAX_EXACT && v == Math.rint(v)) {
      return String.format(Locale.ROOT, "%,d", (long) v);
    }
    BigDecimal rounded = new BigDecimal(v).round(DIGITS).stripTrailingZeros();
    if (size < MIN_PLAIN || size >= MAX_EXACT) {
      return String.format(
          Locale.ROOT,
          "%se%d",
          new BigDecimal(rounded.unscaledValue(), rounded.precision() - 1)
              .stripTrailingZeros()
              .toPlainString(),
          rounded.precision() - rounded.scale() - 1);
    }
    int decimals = Math.max(0, rounded.scale());
    return String.format(Locale.ROOT, "%,." + decimals + "f", rounded);
  }
}
