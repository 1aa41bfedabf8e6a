package io.myelin.sim;

/** Constants of parts that are not spread. */
final class Flat {
  /** Every link carries the whole part. */
  static final double[] WHOLE = new double[0];

  private Flat() {}
}
