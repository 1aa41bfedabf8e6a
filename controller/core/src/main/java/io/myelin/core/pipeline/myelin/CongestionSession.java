package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import java.util.List;
import java.util.function.Consumer;

/** {@code clone_session}: where the clones of packets go that met a congested queue. */
final class CongestionSession {
  /** CONGESTION_SESSION of p4/include/headers.p4. */
  private static final int SESSION = 1;

  private CongestionSession() {}

  static void fill(Consumer<Entry> out) {
    out.accept(
        new Entry(
            new EntryKey(
                MyelinTable.CLONE_SESSION, List.of(FieldMatch.exact("session_id", SESSION)), 0),
            EntryAction.call(EntryAction.CLONE_TO, "port", PortRef.CPU)));
  }
}
