package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Queues;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code traffic_class}: whose queue. Acknowledgements and congestion notifications first, then
 * what leases bought, RoCE data without a lease, the rest by DSCP.
 */
final class TrafficClass {
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
              Queues.RESPONSES,
              FieldMatch.ternary("roce", 1, 1),
              FieldMatch.ternary("bth_opcode", opcode, 8),
              FieldMatch.ternary("small", 1, 1)));
    }
    out.accept(entry(25, Queues.LEASED, FieldMatch.ternary("leased", 1, 1)));
    out.accept(
        entry(
            20,
            Queues.BEST_EFFORT,
            FieldMatch.ternary("roce", 1, 1),
            FieldMatch.ternary("dscp", DSCP_LE, 6)));
    out.accept(entry(10, Queues.ROCE, FieldMatch.ternary("roce", 1, 1)));
    qos.dscpQueues()
        .forEach((dscp, queue) -> out.accept(entry(5, queue, FieldMatch.ternary("dscp", dscp, 6))));
  }

  private static Entry entry(int priority, int queue, FieldMatch... match) {
    return new Entry(
        new EntryKey(MyelinTable.TRAFFIC_CLASS, List.of(match), priority),
        EntryAction.call("set_queue", "queue", queue));
  }
}
