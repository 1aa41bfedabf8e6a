package io.myelin.softswitch.engine;

import org.jspecify.annotations.Nullable;

/**
 * How a port sends.
 *
 * @param rateBps bits per second, 0 for unlimited (frames leave at once)
 * @param queueCapacityBytes bytes that may wait in each queue, 0 for unlimited; a packet that does
 *     not fit is dropped
 * @param queues number of priority queues, 1 to 8; the highest number is served first
 * @param hook sees each frame before it is sent; null for none
 */
public record PortConfig(
    long rateBps, long queueCapacityBytes, int queues, @Nullable EgressHook hook) {
  public static final int DEFAULT_QUEUES = 8;

  /** No rate, no limit. */
  public static final PortConfig UNLIMITED = new PortConfig(0, 0, DEFAULT_QUEUES, null);

  public PortConfig {
    if (rateBps < 0 || queueCapacityBytes < 0) {
      throw new IllegalArgumentException(
          "rate " + rateBps + " and queue capacity " + queueCapacityBytes + " must be 0 or more");
    }
    if (queues < 1 || queues > DEFAULT_QUEUES) {
      throw new IllegalArgumentException("queues " + queues + " is not within 1 to 8");
    }
  }

  /** Eight queues of this capacity. */
  public static PortConfig of(long rateBps, long queueCapacityBytes) {
    return new PortConfig(rateBps, queueCapacityBytes, DEFAULT_QUEUES, null);
  }

  /** A hook for what the program does not do itself, e.g. ECN marking by queue depth. */
  public interface EgressHook {
    /**
     * Called at dequeue, behind egress and deparser.
     *
     * @param queueBytesAtEnqueue what waited in the packet's queue when it arrived
     * @return the frame to send: the given one, perhaps changed in place, or another
     */
    byte[] beforeTransmit(int port, int queue, long queueBytesAtEnqueue, byte[] frame);
  }
}
