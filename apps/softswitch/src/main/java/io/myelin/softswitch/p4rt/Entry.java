package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.TableEntry;
import io.myelin.softswitch.engine.EntryAction;
import org.jspecify.annotations.Nullable;

/** An entry of a table. Changed under the write lock only. */
final class Entry {
  final EntryKey key;
  final long handle;

  /** From {@code const entries}, or an entry declared const: only direct resources change. */
  final boolean isConst;

  /** As read back, without direct resources. */
  TableEntry proto;

  EntryAction action;

  /** Null: the default, every packet is green. */
  @Nullable MeterConfig meter;

  /** When its idle timer started: at insertion, modification or the last notification. */
  long idleSinceNs;

  boolean removed;

  Entry(EntryKey key, long handle, TableEntry proto, EntryAction action, boolean isConst) {
    this.key = key;
    this.handle = handle;
    this.proto = proto;
    this.action = action;
    this.isConst = isConst;
  }

  /** Only what identifies it. */
  TableEntry keyOnly() {
    return TableEntry.newBuilder()
        .setTableId(proto.getTableId())
        .addAllMatch(proto.getMatchList())
        .setPriority(proto.getPriority())
        .build();
  }
}
