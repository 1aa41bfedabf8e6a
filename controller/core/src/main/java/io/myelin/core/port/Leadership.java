package io.myelin.core.port;

/**
 * Who leads, as far as a member knows.
 *
 * @param role of this member
 * @param epoch of the cluster, set once when it began or was restored: seconds since 1970, so that
 *     what a cluster made anew tells switches outbids the one before
 * @param term of the leadership within the epoch; rises with each
 * @param leader id of the leading member; empty: nobody that this member knows of
 */
public record Leadership(Role role, long epoch, long term, String leader) {

  /** What a member does. */
  public enum Role {
    /** Leads, and has applied all that was committed before it did: it may drive the switches. */
    LEADER,
    /** Follows; may not be up to date. */
    FOLLOWER,
    /** Takes no part any more: its disk failed, or it was closed. */
    STOPPED
  }

  public static final Leadership NONE = new Leadership(Role.FOLLOWER, 0, 0, "");

  public boolean leads() {
    return role == Role.LEADER;
  }
}
