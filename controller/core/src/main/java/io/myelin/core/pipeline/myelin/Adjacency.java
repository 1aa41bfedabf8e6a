package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import java.util.List;
import java.util.function.Consumer;

/** {@code adjacency}: a label per port that leads somewhere. Static: no path ever changes it. */
final class Adjacency {
  private Adjacency() {}

  static void fill(PortRef port, Consumer<Entry> out) {
    fill(Path.label(port), port.port(), out);
  }

  /** The label that ends a probe's way. */
  static void fillController(Consumer<Entry> out) {
    fill(Path.CONTROLLER_LABEL, PortRef.CPU, out);
  }

  private static void fill(int label, int port, Consumer<Entry> out) {
    out.accept(
        new Entry(
            new EntryKey(MyelinTable.ADJACENCY, List.of(FieldMatch.exact("label", label)), 0),
            EntryAction.call("pop_forward", "port", port)));
  }
}
