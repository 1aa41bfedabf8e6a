package io.myelin.core.loop;

import io.myelin.core.model.PortRef;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the loops know and did, for those who only look. Thread-safe. */
public interface Loops {
  /** Whether they act. */
  enum Mode {
    ON,
    /** They measure, but decide nothing. */
    OFF
  }

  /** A port's link as it is now. */
  Estimate estimate(PortRef port, long capacityBps);

  /** Counters of a port as they were read last; null: they were not, or by another leader. */
  default Estimator.@Nullable Counters counters(PortRef port) {
    return null;
  }

  /** The last decisions, newest first. */
  List<RecordedDecision> decisions();

  /** Calls back, on any thread, with every decision as it is made and as it is acknowledged. */
  void onDecision(Consumer<RecordedDecision> listener);
}
