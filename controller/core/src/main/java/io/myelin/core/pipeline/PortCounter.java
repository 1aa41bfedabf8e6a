package io.myelin.core.pipeline;

/** What a target counts by egress port, packets and bytes since its start. */
public enum PortCounter {
  /** Sent. */
  SENT,
  /** Handed to the port's queues. */
  QUEUED,
  /** Marked CE for the depth of the queue. */
  MARKED,
  /** Congestion notification packets sent. */
  CNP
}
