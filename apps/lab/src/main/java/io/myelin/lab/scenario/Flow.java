package io.myelin.lab.scenario;

import io.myelin.lab.Permutation;
import io.myelin.lab.roce.Completion;
import io.myelin.lab.roce.QueuePair;
import java.util.ArrayList;
import java.util.List;

/** Message after message on one queue pair. */
final class Flow {
  final QueuePair qp;
  private static final long MESSAGE_BYTES = 1 << 20;

  private final QueuePair receiver;
  private final List<Completion> completions = new ArrayList<>();
  private long receivedBefore;
  private int completedBefore;

  Flow(VirtualLab lab, Permutation.Pair pair, int number) {
    receiver = lab.fabric.openQp(pair.to(), pair.from(), number);
    qp = lab.fabric.openQp(pair.from(), pair.to(), number);
  }

  void start() {
    next();
    next();
  }

  private void next() {
    qp.postWrite(
        MESSAGE_BYTES,
        done -> {
          completions.add(done);
          next();
        });
  }

  void mark() {
    receivedBefore = receiver.receivedBytes();
    completedBefore = completions.size();
  }

  double goodputBps(double seconds) {
    return (receiver.receivedBytes() - receivedBefore) * 8 / seconds;
  }

  /** Percentile of the durations of messages that ended since {@link #mark}. */
  static double completionNs(List<Flow> flows, double share) {
    return Percentiles.percentile(
        flows.stream()
            .flatMap(f -> f.completions.subList(f.completedBefore, f.completions.size()).stream())
            .mapToDouble(Completion::durationNs),
        share);
  }
}
