package io.myelin.sim.cluster;

/** An invariant of DESIGN §2 does not hold. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final String invariant;

  /**
   * @param invariant which one, by its number and name
   */
  Violation(String invariant, String what) {
    super(invariant + ": " + what);
    this.invariant = invariant;
  }

  String invariant() {
    return invariant;
  }
}
