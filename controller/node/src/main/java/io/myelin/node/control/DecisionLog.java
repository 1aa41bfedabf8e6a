package io.myelin.node.control;

import io.myelin.core.loop.Decision;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.PastDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The last decisions of the loops. Any thread. */
final class DecisionLog {
  private static final int KEPT = 1_000;

  private final TreeMap<Long, RecordedDecision> last = new TreeMap<>();
  private final List<Consumer<RecordedDecision>> listeners = new CopyOnWriteArrayList<>();
  private final List<PastDecision> untold = new ArrayList<>();
  private long serial;

  /** Goes on where another leader ended. */
  void resume(FabricState state) {
    synchronized (last) {
      for (Map.Entry<Long, PastDecision> e : state.loops().decisions()) {
        last.put(e.getKey(), RecordedDecision.of(e.getValue()));
        serial = Math.max(serial, e.getKey());
      }
    }
  }

  /** What the log does not know yet, in order; from here on it counts as told. */
  List<PastDecision> untold() {
    synchronized (last) {
      List<PastDecision> all = List.copyOf(untold);
      untold.clear();
      return all;
    }
  }

  void listen(Consumer<RecordedDecision> listener) {
    listeners.add(listener);
  }

  RecordedDecision add(Decision decision, long timeMs) {
    RecordedDecision d;
    synchronized (last) {
      d = new RecordedDecision(++serial, timeMs, decision, 0);
      last.put(d.id(), d);
      untold.add(d.past());
      if (last.size() > KEPT) {
        last.pollFirstEntry();
      }
    }
    listeners.forEach(l -> l.accept(d));
    return d;
  }

  void acknowledged(RecordedDecision decided, long reactionNs) {
    RecordedDecision d =
        new RecordedDecision(
            decided.id(), decided.timeMs(), decided.decision(), Math.max(1, reactionNs / 1_000));
    synchronized (last) {
      last.replace(d.id(), d);
      untold.add(d.past());
    }
    listeners.forEach(l -> l.accept(d));
  }

  List<RecordedDecision> newestFirst() {
    synchronized (last) {
      return new ArrayList<>(last.descendingMap().values());
    }
  }
}
