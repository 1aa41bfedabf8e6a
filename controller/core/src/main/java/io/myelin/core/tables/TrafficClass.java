package io.myelin.core.tables;

import io.myelin.core.model.QosProfile;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code traffic_class}: whose queue. Acknowledgements and congestion notifications first, then
 * what leases bought, RoCE data without a lease, the rest by DSCP.
 */
public final class TrafficClass {
  /**
   * ACK, NAK and CNP. The queue above, 7, belongs to the controller's own frames: hosts make these,
   * as many as they like, and must not keep discovery from its links.
   */
  public static final int RESPONSES = 6;

  /** What leases bought: never more than the links hold, so that it hardly ever waits. */
  public static final int LEASED = 5;

  /** RoCE data without a lease. */
  public static final int ROCE = 3;

  /** Everything else. */
  public static final int BEST_EFFORT = 0;

  private static final int BTH_ACKNOWLEDGE = 0x11;
  private static final int BTH_CNP = 0x81;

  /** Lower effort, RFC 8622: RoCE that steps back, e.g. checkpoints. */
  private static final int DSCP_LE = 1;

  private TrafficClass() {}

  static void fill(QosProfile qos, Consumer<Entry> out) {
    for (int opcode : List.of(BTH_ACKNOWLEDGE, BTH_CNP)) {
      out.accept(
          entry(
              30,
              RESPONSES,
              FieldMatch.ternary("roce", 1, 1),
              FieldMatch.ternary("bth_opcode", opcode, 8),
              FieldMatch.ternary("small", 1, 1)));
    }
    out.accept(entry(25, LEASED, FieldMatch.ternary("leased", 1, 1)));
    out.accept(
        entry(
            20,
            BEST_EFFORT,
            FieldMatch.ternary("roce", 1, 1),
            FieldMatch.ternary("dscp", DSCP_LE, 6)));
    out.accept(entry(10, ROCE, FieldMatch.ternary("roce", 1, 1)));
    qos.dscpQueues()
        .forEach((dscp, queue) -> out.accept(entry(5, queue, FieldMatch.ternary("dscp", dscp, 6))));
  }

  private static Entry entry(int priority, int queue, FieldMatch... match) {
    return new Entry(
        new EntryKey(P4Table.TRAFFIC_CLASS, List.of(match), priority),
        EntryAction.call("set_queue", "queue", queue));
  }
}
