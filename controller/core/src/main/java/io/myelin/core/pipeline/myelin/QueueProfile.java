package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.PortRef;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Queues;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.state.LinkState;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * {@code queue_profile}: when the queues of a port mark and when they tell. The control queue has
 * no entry: nothing there is to be slowed down.
 */
final class QueueProfile {
  private QueueProfile() {}

  /**
   * @param link that leaves by the port: where it is slowed, all but leases yield
   */
  static void fill(
      QosProfile qos, LinkState link, PortRef port, long capacityBps, Consumer<Entry> out) {
    QosProfile.Thresholds leased = qos.at(capacityBps);
    QosProfile.Thresholds rest = link.slowed() ? qos.slowed().at(capacityBps) : leased;
    SortedSet<Integer> queues = new TreeSet<>(qos.dscpQueues().values());
    queues.add(Queues.LEASED);
    queues.add(Queues.ROCE);
    queues.add(Queues.BEST_EFFORT);
    for (int queue : queues) {
      QosProfile.Thresholds t = queue == Queues.LEASED ? leased : rest;
      out.accept(
          new Entry(
              new EntryKey(
                  MyelinTable.QUEUE_PROFILE,
                  List.of(
                      FieldMatch.exact("egress_port", port.port()),
                      FieldMatch.exact("queue", queue)),
                  0),
              new EntryAction.Call(
                  "set_thresholds",
                  List.of(
                      new EntryAction.Arg("k_min", U128.of(t.kMin())),
                      new EntryAction.Arg("k_max", U128.of(t.kMax())),
                      new EntryAction.Arg("slope", U128.of(t.slope())),
                      new EntryAction.Arg("quantum", U128.of(t.quantum())),
                      new EntryAction.Arg("holdoff", U128.of(qos.holdoffUs()))))));
    }
  }
}
