package io.myelin.core.pipeline;

/** A table of a target. */
public interface Table {
  /** Place in the order in which tables are filled, from 0; they are emptied in the reverse one. */
  int stage();

  /** Name in the P4Info. */
  String p4Name();

  /**
   * Whether it is not of the program but the packet replication engine's list of clone sessions.
   * Its entries match {@link #SESSION_ID} and do {@link EntryAction#CLONE_TO}.
   */
  default boolean isCloneSessions() {
    return false;
  }

  /** Whether of a weighted choice the first member that is there is taken, not one by a hash. */
  default boolean takesFirst() {
    return false;
  }

  /** The field that tells clone sessions apart. */
  String SESSION_ID = "session_id";
}
