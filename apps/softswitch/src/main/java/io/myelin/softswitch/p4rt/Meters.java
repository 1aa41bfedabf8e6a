package io.myelin.softswitch.p4rt;

import io.myelin.p4.config.v1.MeterSpec;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.softswitch.engine.MeterRates;

/** Meter configurations (§9.4). */
final class Meters {
  private Meters() {}

  static MeterRates rates(MeterConfig c, MeterSpec spec, String what) {
    if (c.getCir() < 0 || c.getCburst() < 0 || c.getPir() < 0 || c.getPburst() < 0) {
      throw Refusal.invalid(what + " has a negative rate or burst");
    }
    boolean singleRate = c.getPir() == c.getCir() && c.getPburst() == c.getCburst();
    switch (spec.getType()) {
      case TWO_RATE_THREE_COLOR -> refuseExcessBurst(c, what);
      case SINGLE_RATE_THREE_COLOR -> {
        requireSingleRate(singleRate, what);
        if (c.getEburst() != 0) {
          throw Refusal.unimplemented(
              what + " has eburst " + c.getEburst() + "; the meters of this switch have none");
        }
      }
      case SINGLE_RATE_TWO_COLOR -> {
        requireSingleRate(singleRate, what);
        refuseExcessBurst(c, what);
      }
      case UNRECOGNIZED -> throw Refusal.invalid(what + " is of an unknown type");
    }
    if (c.getPir() < c.getCir()) {
      throw Refusal.invalid(
          what + " has pir " + c.getPir() + " below cir " + c.getCir() + " (RFC 2698)");
    }
    return new MeterRates(c.getCir(), c.getCburst(), c.getPir(), c.getPburst());
  }

  private static void refuseExcessBurst(MeterConfig c, String what) {
    if (c.getEburst() != 0) {
      throw Refusal.invalid(
          what
              + " has eburst "
              + c.getEburst()
              + "; only a single rate three colour meter has one");
    }
  }

  private static void requireSingleRate(boolean singleRate, String what) {
    if (!singleRate) {
      throw Refusal.invalid(what + " is of a single rate: pir, pburst must equal cir, cburst");
    }
  }

  static Refusal noColourCounters(String what) {
    return Refusal.unimplemented(what + " has no counters per colour");
  }
}
