package io.myelin.node.southbound;

import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Table;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.Replica;
import java.util.List;

/** Clone sessions of the packet replication engine as entries (P4Runtime 1.4 §9.5.2). */
final class CloneSessions {
  private CloneSessions() {}

  /** Writes the content of a CloneSessionEntry. */
  static void encode(Entry entry, WriteEncoder.Backwards out) {
    EntryAction.Call call = (EntryAction.Call) entry.action();
    FieldMatch id = entry.key().on(Table.SESSION_ID);
    if (id == null || !call.action().equals(EntryAction.CLONE_TO)) {
      throw new IllegalArgumentException("not a clone session: " + entry);
    }
    int replica = out.position();
    out.value(3, call.args().get(0).value());
    out.number(2, 1); // instance
    out.close(2, replica);
    out.number(1, id.value().lo());
  }

  static Entry decode(Table table, CloneSessionEntry e) {
    Replica first = e.getReplicasCount() == 0 ? Replica.getDefaultInstance() : e.getReplicas(0);
    U128 port =
        switch (first.getPortKindCase()) {
          case PORT -> EntryDecoder.value(first.getPort());
          case EGRESS_PORT -> U128.of(egressPort(first));
          case PORTKIND_NOT_SET -> U128.ZERO;
        };
    return new Entry(
        new EntryKey(table, List.of(FieldMatch.exact(Table.SESSION_ID, e.getSessionId())), 0),
        new EntryAction.Call(EntryAction.CLONE_TO, List.of(new EntryAction.Arg("port", port))));
  }

  @SuppressWarnings("deprecation") // what servers of P4Runtime 1.3 answer
  private static long egressPort(Replica r) {
    return r.getEgressPort();
  }
}
