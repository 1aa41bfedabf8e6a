package io.myelin.lab.roce;

/**
 * A message whose last packet was acknowledged. Times are those of the scheduler.
 *
 * @param localQpn the queue pair that sent it
 * @param bytes payload
 * @param postedNs when it was posted
 * @param startNs when the NIC took its first packet
 * @param finishNs when the acknowledgement of its last packet arrived
 */
public record Completion(int localQpn, long bytes, long postedNs, long startNs, long finishNs) {

  /** From first packet to last acknowledgement, nanoseconds. */
  public long durationNs() {
    return finishNs - startNs;
  }
}
