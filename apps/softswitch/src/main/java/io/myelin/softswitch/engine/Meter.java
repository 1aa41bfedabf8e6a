package io.myelin.softswitch.engine;

/** A two-rate three-colour meter, colour-blind (RFC 2698 §3). Used by the packet thread only. */
final class Meter {
  static final int GREEN = 0;
  static final int YELLOW = 1;
  static final int RED = 2;

  private final MeterRates rates;

  // Tokens are fractions of a unit: doubles keep 2^-20 units even of a burst of 8 GB.
  private double committed;
  private double peak;
  private long lastNs;

  Meter(MeterRates rates, long nowNs) {
    this.rates = rates;
    committed = (double) rates.committedBurst();
    peak = (double) rates.peakBurst();
    lastNs = nowNs;
  }

  static void validate(MeterRates r) {
    if (r.committedRate() < 0 || r.committedBurst() < 0 || r.peakBurst() < 0) {
      throw new IllegalArgumentException("meter rates must not be negative: " + r);
    }
    if (r.peakRate() < r.committedRate()) {
      throw new IllegalArgumentException(
          "peak rate " + r.peakRate() + " is below the committed rate " + r.committedRate());
    }
  }

  /** The colour of a packet of {@code units}, which takes its tokens. */
  int execute(int units, long nowNs) {
    double seconds = (nowNs - lastNs) / 1e9;
    lastNs = nowNs;
    committed =
        Math.min((double) rates.committedBurst(), committed + seconds * rates.committedRate());
    peak = Math.min((double) rates.peakBurst(), peak + seconds * rates.peakRate());
    if (peak < units) {
      return RED;
    }
    peak -= units;
    if (committed < units) {
      return YELLOW;
    }
    committed -= units;
    return GREEN;
  }
}
