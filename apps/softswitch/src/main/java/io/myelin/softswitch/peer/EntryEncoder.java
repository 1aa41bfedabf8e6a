package io.myelin.softswitch.peer;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.Action;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.MatchField;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the engine's entries as P4Runtime inserts. */
final class EntryEncoder {
  private final P4Info info;

  EntryEncoder(P4Info info) {
    this.info = info;
  }

  Update insert(BenchTraffic.Entry e) {
    Table table =
        info.getTablesList().stream()
            .filter(t -> t.getPreamble().getName().equals(e.table()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no table " + e.table()));
    TableEntry.Builder entry =
        TableEntry.newBuilder().setTableId(table.getPreamble().getId()).setPriority(e.priority());
    for (int i = 0; i < e.match().size(); i++) {
      FieldMatch match = match(table.getMatchFields(i).getId(), e.match().get(i));
      if (match != null) {
        entry.addMatch(match);
      }
    }
    if (!(e.action() instanceof ActionCall call)) {
      throw new IllegalArgumentException("not an action: " + e.action());
    }
    return Update.newBuilder()
        .setType(Update.Type.INSERT)
        .setEntity(
            Entity.newBuilder()
                .setTableEntry(entry.setAction(TableAction.newBuilder().setAction(call(call)))))
        .build();
  }

  private io.myelin.p4.v1.Action call(ActionCall call) {
    Action action =
        info.getActionsList().stream()
            .filter(a -> a.getPreamble().getName().equals(call.action()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no action " + call.action()));
    io.myelin.p4.v1.Action.Builder out =
        io.myelin.p4.v1.Action.newBuilder().setActionId(action.getPreamble().getId());
    List<byte[]> args = call.args();
    for (int i = 0; i < args.size(); i++) {
      out.addParams(
          io.myelin.p4.v1.Action.Param.newBuilder()
              .setParamId(action.getParams(i).getId())
              .setValue(canonical(args.get(i))));
    }
    return out.build();
  }

  private static @Nullable FieldMatch match(int field, MatchField m) {
    FieldMatch.Builder out = FieldMatch.newBuilder().setFieldId(field);
    if (m instanceof MatchField.Exact e) {
      return out.setExact(FieldMatch.Exact.newBuilder().setValue(canonical(e.value()))).build();
    } else if (m instanceof MatchField.Lpm l) {
      return out.setLpm(
              FieldMatch.LPM
                  .newBuilder()
                  .setValue(canonical(l.value()))
                  .setPrefixLen(l.prefixLength()))
          .build();
    } else if (m instanceof MatchField.Ternary t) {
      return out.setTernary(
              FieldMatch.Ternary.newBuilder()
                  .setValue(canonical(t.value()))
                  .setMask(canonical(t.mask())))
          .build();
    } else if (m instanceof MatchField.Any) {
      return null;
    }
    throw new IllegalArgumentException("unexpected match " + m);
  }

  /** Without leading zeros, one byte at least. */
  private static ByteString canonical(byte[] value) {
    int from = 0;
    while (from < value.length - 1 && value[from] == 0) {
      from++;
    }
    return ByteString.copyFrom(value, from, value.length - from);
  }
}
