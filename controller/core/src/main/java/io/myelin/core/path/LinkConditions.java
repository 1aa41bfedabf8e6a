package io.myelin.core.path;

/**
 * What changes about links while the topology stays: a snapshot for one moment or window. Links go
 * by their numbers in {@link Topology}.
 */
public interface LinkConditions {

  /** Whether a link can carry packets for all of the time asked for. */
  enum Status {
    USABLE,
    DOWN,
    /** The switch at one of its ends cannot be programmed. */
    SWITCH_UNAVAILABLE,
    /** It is not there for all of the time: a satellite's pass, maintenance. */
    CLOSED,
    /** An operator wants it empty. */
    DRAINED
  }

  Status status(int link);

  /** The least unreserved bandwidth over the time asked for, bits per second. */
  long freeBps(int link);

  /**
   * Propagation: at least what the inventory declares, where it does. Where it is not known, what
   * ways are compared by, which no limit may be judged by and no answer may show.
   */
  long latencyNs(int link);

  /** Whether the propagation of a link between switches is declared or measured. */
  boolean knowsLatency(int link);

  /** Waiting in the queue that leads into it, as last measured. */
  long queueingNs(int link);
}
