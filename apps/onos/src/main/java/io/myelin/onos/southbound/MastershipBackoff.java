package io.myelin.onos.southbound;

/**
 * When to ask for mastership of a device. The first time at once; then ever more rarely, up to once
 * in {@value #MOST} looks: a switch that ONOS takes from a node because it does not answer in time
 * only gets worse when its primary changes at every look. Each change is an election on the switch,
 * and some switches do not survive many at once. Not thread-safe.
 */
final class MastershipBackoff {
  /** Looks between bids at most. */
  static final int MOST = 32;

  /** Looks as master after which what was before is forgotten. */
  static final int CALM = 30;

  private int wait;
  private int between = 1;
  private int calm;

  /** A look has passed. */
  void tick(boolean master) {
    wait = Math.max(0, wait - 1);
    calm = master ? calm + 1 : 0;
    if (calm >= CALM) {
      between = 1;
      wait = 0;
    }
  }

  /** Whether to ask now; whoever is told so does ask. */
  boolean due() {
    if (wait > 0) {
      return false;
    }
    between = Math.min(MOST, 2 * between);
    wait = between;
    return true;
  }
}
