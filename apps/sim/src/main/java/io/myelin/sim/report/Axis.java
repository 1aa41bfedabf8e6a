package io.myelin.sim.report;

/**
 * An axis of a plot.
 *
 * @param label what it shows
 * @param unit of its numbers, as given: nothing is converted; empty: they have none
 */
public record Axis(String label, String unit, Scale scale) {

  /** How numbers are spread along it. */
  public enum Scale {
    LINEAR,
    /** Decades; what is not above zero has no place and is left out. */
    LOG
  }

  public static Axis linear(String label, String unit) {
    return new Axis(label, unit, Scale.LINEAR);
  }

  public static Axis log(String label, String unit) {
    return new Axis(label, unit, Scale.LOG);
  }

  /** The label with its unit in brackets. */
  public String text() {
    return unit.isEmpty() ? label : label + " (" + unit + ")";
  }

  /** Whether a value has a place on it. */
  boolean shows(double v) {
    return Double.isFinite(v) && (scale == Scale.LINEAR || v > 0);
  }
}
