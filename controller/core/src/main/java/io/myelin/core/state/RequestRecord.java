package io.myelin.core.state;

/**
 * What became of a request id.
 *
 * @param fingerprint of the request's body
 * @param about what it created or changed
 */
public record RequestRecord(String fingerprint, Named about, long timeMs) {
  /** How long a request id is remembered (DESIGN §5). */
  public static final long KEPT_MS = 24L * 3600 * 1000;
}
