package io.myelin.softswitch.differential;

import io.myelin.p4.config.v1.DirectCounter;
import io.myelin.p4.v1.CounterData;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.DirectCounterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.TableEntry;
import io.myelin.softswitch.peer.SwitchClient;
import java.util.SortedMap;
import java.util.TreeMap;

/** All counters of a switch, by name and index or entry, except those at zero. */
final class Counters {
  private Counters() {}

  static SortedMap<String, String> read(Program program, SwitchClient client) {
    SortedMap<String, String> out = new TreeMap<>();
    program
        .info
        .getCountersList()
        .forEach(
            c -> {
              Entity all =
                  Entity.newBuilder()
                      .setCounterEntry(
                          CounterEntry.newBuilder().setCounterId(c.getPreamble().getId()))
                      .build();
              for (Entity e : client.read(all)) {
                CounterEntry entry = e.getCounterEntry();
                put(
                    out,
                    c.getPreamble().getName() + "[" + entry.getIndex().getIndex() + "]",
                    entry.getData());
              }
            });
    for (DirectCounter c : program.info.getDirectCountersList()) {
      Entity all =
          Entity.newBuilder()
              .setDirectCounterEntry(
                  DirectCounterEntry.newBuilder()
                      .setTableEntry(TableEntry.newBuilder().setTableId(c.getDirectTableId())))
              .build();
      for (Entity e : client.read(all)) {
        DirectCounterEntry entry = e.getDirectCounterEntry();
        TableEntry t = entry.getTableEntry();
        if (!t.getIsDefaultAction()) {
          put(out, c.getPreamble().getName() + " " + key(t), entry.getData());
        }
      }
    }
    return out;
  }

  /** Match and priority, fields in order. */
  private static String key(TableEntry t) {
    SortedMap<Integer, String> fields = new TreeMap<>();
    t.getMatchList().forEach(m -> fields.put(m.getFieldId(), m.toString().replace('\n', ' ')));
    return t.getPriority() + " " + fields.values();
  }

  private static void put(SortedMap<String, String> out, String name, CounterData data) {
    if (data.getPacketCount() != 0 || data.getByteCount() != 0) {
      out.put(name, data.getPacketCount() + " packets, " + data.getByteCount() + " bytes");
    }
  }
}
