package io.myelin.node.southbound;

import io.myelin.core.model.U128;

/**
 * With what right a node asks switches to be their primary.
 *
 * @param electionId of its leadership: epoch and term
 */
public record Claim(U128 electionId, Takeover takeover) {

  /** What becomes of a switch that another controller drives, or drove. */
  public enum Takeover {
    /**
     * It is left alone: as long as a controller of another epoch is primary, or it holds entries of
     * leases that nobody here knows.
     */
    REFUSED,
    /** An operator said that it is to be taken over. */
    ALLOWED
  }

  /** Whether an election id is one of this cluster's: its high half is the epoch. */
  boolean isOwn(U128 other) {
    return other.hi() == electionId.hi();
  }

  /** An election id for people: two unsigned 64-bit numbers. */
  static String text(U128 id) {
    return Long.toUnsignedString(id.hi()) + ":" + Long.toUnsignedString(id.lo());
  }
}
