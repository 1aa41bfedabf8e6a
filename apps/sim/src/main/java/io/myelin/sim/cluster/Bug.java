package io.myelin.sim.cluster;

/** Faults that the simulation must find: planted to test it. */
public enum Bug {
  NONE,
  /** What a search found free is taken without another look when it is applied. */
  NO_RECHECK,
  /** A new leader comes under the election id of the last. */
  OLD_ELECTION_ID,
  /** A command counts before a majority has it. */
  ACK_BEFORE_COMMIT,
  /** What is to be removed counts as gone whatever the switch answers. */
  FREE_WHATEVER_THE_OUTCOME,
  /** A switch is called ready while it has not taken some entry. */
  READY_WHILE_RETRYING,
  /** What one process counts for itself is a resume token that every member takes. */
  FOREIGN_TOKEN
}
