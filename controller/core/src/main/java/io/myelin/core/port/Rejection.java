package io.myelin.core.port;

/** Why the controller did not believe, or did not look at, a frame that a switch handed to it. */
public enum Rejection {
  /** Not what its kind looks like. */
  MALFORMED,
  /** Sealed under another key: by a leader before this one, or by somebody who has no key. */
  OTHER_KEY,
  /** Its tag is wrong, or is that of another frame. */
  FORGED,
  /** Genuine, and taken before. */
  REPLAYED,
  /**
   * Genuine, for the first time, and too late to say anything: a later one was here already, its
   * round is long over, or the inventory has changed. A busy switch or machine does that.
   */
  LATE,
  /** A probe that nobody waits for (any more). */
  UNEXPECTED,
  /** Its sender is not the endpoint at that port. */
  SPOOFED,
  /** Too many of that switch's frames wait already. */
  OVERLOAD;

  /** Whether this happens by itself, so that nobody has to be told. */
  public boolean harmless() {
    return this == OTHER_KEY || this == UNEXPECTED || this == LATE;
  }
}
