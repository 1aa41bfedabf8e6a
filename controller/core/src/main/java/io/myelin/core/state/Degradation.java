package io.myelin.core.state;

import io.myelin.core.model.Invalid;

/**
 * What becomes of a lease when a failure leaves too little room for all and no other path has
 * enough.
 *
 * @param minBps bits per second below which it is of no use; 0: whatever there is
 */
public record Degradation(Mode mode, long minBps) {
  /** Takes its fair share, however little. */
  public static final Degradation DEFAULT = new Degradation(Mode.SHARE, 0);

  /** How it takes part. */
  public enum Mode {
    /** It gets its max-min fair share of what is left, and others get theirs of what it has. */
    SHARE,
    /** It has all that it asks for or nothing: it gives nothing to others. */
    FIXED
  }

  public Degradation {
    Invalid.unless(
        minBps >= 0 && minBps <= LeaseSpec.MAX_BANDWIDTH_BPS,
        "min_bandwidth_bps",
        minBps + " is not allowed; allowed: 0 to bandwidth_bps");
    Invalid.unless(
        minBps == 0 || mode == Mode.SHARE,
        "min_bandwidth_bps",
        minBps + " is not allowed with degradation FIXED, which keeps all of its bandwidth");
  }
}
