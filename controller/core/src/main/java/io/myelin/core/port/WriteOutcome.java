package io.myelin.core.port;

/**
 * What became of one update of a write. Only {@link Kind#ACKNOWLEDGED} changes what a device is
 * known to hold; each of the others leaves everything that was promised as it was (invariant 9).
 *
 * @param why for people, as the device said it; empty when acknowledged
 */
public record WriteOutcome(Kind kind, String why) {

  /** What a device may say of an update. */
  public enum Kind {
    /** It holds what the update asks for. */
    ACKNOWLEDGED,
    /** It did not take it now and may take it later: the same update is sent again. */
    RETRYING,
    /** It will not take it, as long as neither the update nor the device changes. */
    REFUSED,
    /**
     * Nobody can say what the device holds: it holds something else than was thought, or its answer
     * does not say. It must be read.
     */
    UNKNOWN
  }

  private static final WriteOutcome ACKNOWLEDGED = new WriteOutcome(Kind.ACKNOWLEDGED, "");

  public static WriteOutcome acknowledged() {
    return ACKNOWLEDGED;
  }

  public static WriteOutcome retrying(String why) {
    return new WriteOutcome(Kind.RETRYING, why);
  }

  public static WriteOutcome refused(String why) {
    return new WriteOutcome(Kind.REFUSED, why);
  }

  public static WriteOutcome unknown(String why) {
    return new WriteOutcome(Kind.UNKNOWN, why);
  }

  /** Whether the device said that it holds what the update asks for. */
  public boolean isAcknowledged() {
    return kind == Kind.ACKNOWLEDGED;
  }
}
