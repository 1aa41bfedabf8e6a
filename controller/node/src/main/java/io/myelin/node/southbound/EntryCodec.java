package io.myelin.node.southbound;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.myelin.core.model.U128;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryAction;
import io.myelin.core.tables.EntryKey;
import io.myelin.core.tables.FieldMatch;
import io.myelin.core.tables.P4Table;
import io.myelin.p4.config.v1.Action.Param;
import io.myelin.p4.config.v1.MatchField;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.Action;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.ActionProfileActionSet;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.FieldMatch.Exact;
import io.myelin.p4.v1.FieldMatch.LPM;
import io.myelin.p4.v1.FieldMatch.Ternary;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Between entries by name and P4Runtime's entries by id. All names are resolved on construction, so
 * that a pipeline that lacks one fails there and the hot path only looks up.
 */
final class EntryCodec {
  private final Pipeline pipeline;
  private final Map<P4Table, TableIds> tables = new EnumMap<>(P4Table.class);
  private final Map<Integer, P4Table> byId = new HashMap<>();
  private final Map<String, ActionIds> actions = new HashMap<>();

  private record TableIds(int id, Map<String, FieldIds> fields) {}

  private record FieldIds(int id, int width) {}

  private record ActionIds(int id, Map<String, Integer> params) {}

  EntryCodec(Pipeline pipeline) {
    this.pipeline = pipeline;
    for (P4Table t : P4Table.values()) {
      Table info = pipeline.table(t.p4Name());
      Map<String, FieldIds> fields = new HashMap<>();
      for (MatchField f : info.getMatchFieldsList()) {
        fields.put(f.getName(), new FieldIds(f.getId(), f.getBitwidth()));
      }
      tables.put(t, new TableIds(info.getPreamble().getId(), fields));
      byId.put(info.getPreamble().getId(), t);
      info.getActionRefsList().forEach(ref -> learn(pipeline.actionById(ref.getId())));
    }
  }

  private void learn(io.myelin.p4.config.v1.Action action) {
    Map<String, Integer> params = new HashMap<>();
    action.getParamsList().forEach(p -> params.put(p.getName(), p.getId()));
    actions.put(
        action.getPreamble().getAlias(), new ActionIds(action.getPreamble().getId(), params));
  }

  Update encode(TableUpdate update) {
    Update.Type type =
        switch (update.type()) {
          case INSERT -> Update.Type.INSERT;
          case MODIFY -> Update.Type.MODIFY;
          case DELETE -> Update.Type.DELETE;
        };
    TableEntry.Builder entry = encodeKey(update.entry().key());
    if (update.type() != TableUpdate.Type.DELETE) {
      entry.setAction(encode(update.entry().action()));
      Entry.Meter meter = update.entry().meter();
      if (meter != null) {
        entry.setMeterConfig(
            MeterConfig.newBuilder()
                .setCir(meter.committedBytesPerS())
                .setCburst(meter.committedBurstBytes())
                .setPir(meter.peakBytesPerS())
                .setPburst(meter.peakBurstBytes()));
      }
    }
    return Update.newBuilder()
        .setType(type)
        .setEntity(Entity.newBuilder().setTableEntry(entry))
        .build();
  }

  TableEntry.Builder encodeKey(EntryKey key) {
    TableIds ids = ids(key.table());
    TableEntry.Builder entry = TableEntry.newBuilder().setTableId(ids.id);
    if (key.isDefault()) {
      return entry.setIsDefaultAction(true);
    }
    for (FieldMatch m : key.match()) {
      entry.addMatch(encode(m, field(key.table(), ids, m.field())));
    }
    return entry.setPriority(key.priority());
  }

  private static FieldIds field(P4Table table, TableIds ids, String name) {
    FieldIds f = ids.fields.get(name);
    if (f == null) {
      throw new IllegalArgumentException(
          "table '"
              + table.p4Name()
              + "' has no field '"
              + name
              + "'; it has: "
              + ids.fields.keySet());
    }
    return f;
  }

  private TableIds ids(P4Table table) {
    TableIds ids = tables.get(table);
    if (ids == null) {
      throw new AssertionError("every table is resolved on construction: " + table);
    }
    return ids;
  }

  private static io.myelin.p4.v1.FieldMatch encode(FieldMatch m, FieldIds field) {
    io.myelin.p4.v1.FieldMatch.Builder b =
        io.myelin.p4.v1.FieldMatch.newBuilder().setFieldId(field.id);
    ByteString value = bytes(m.value());
    switch (m.kind()) {
      case EXACT -> b.setExact(Exact.newBuilder().setValue(value));
      case LPM -> b.setLpm(LPM.newBuilder().setValue(value).setPrefixLen(m.prefixLength()));
      case TERNARY ->
          b.setTernary(
              Ternary.newBuilder()
                  .setValue(value)
                  .setMask(bytes(m.mask().and(U128.ones(field.width)))));
    }
    return b.build();
  }

  private TableAction encode(EntryAction action) {
    if (action instanceof EntryAction.Call call) {
      return TableAction.newBuilder().setAction(encode(call)).build();
    }
    ActionProfileActionSet.Builder set = ActionProfileActionSet.newBuilder();
    for (EntryAction.Member m : ((EntryAction.Weighted) action).members()) {
      ActionProfileAction.Builder b =
          ActionProfileAction.newBuilder().setAction(encode(m.call())).setWeight(m.weight());
      if (m.watchPort() != 0) {
        b.setWatchPort(bytes(U128.of(m.watchPort())));
      }
      set.addActionProfileActions(b);
    }
    return TableAction.newBuilder().setActionProfileActionSet(set).build();
  }

  private Action encode(EntryAction.Call call) {
    ActionIds ids = actions.get(call.action());
    if (ids == null) {
      throw new IllegalArgumentException(
          "the pipeline has no action '" + call.action() + "'; it has: " + actions.keySet());
    }
    Action.Builder b = Action.newBuilder().setActionId(ids.id);
    for (EntryAction.Arg arg : call.args()) {
      Integer id = ids.params.get(arg.name());
      if (id == null) {
        throw new IllegalArgumentException(
            "action '"
                + call.action()
                + "' has no parameter '"
                + arg.name()
                + "'; it has: "
                + ids.params.keySet());
      }
      b.addParams(Action.Param.newBuilder().setParamId(id).setValue(bytes(arg.value())));
    }
    return b.build();
  }

  /** Null: an entry of a table that is not ours. */
  @Nullable Entry decode(TableEntry e) {
    P4Table table = byId.get(e.getTableId());
    if (table == null) {
      return null;
    }
    Entry.Meter meter = null;
    if (e.hasMeterConfig()) {
      MeterConfig m = e.getMeterConfig();
      meter = new Entry.Meter(m.getCir(), m.getCburst(), m.getPir(), m.getPburst());
    }
    return new Entry(decodeKey(table, e), decode(e.getAction()), meter);
  }

  /** Null: an entry of a table that is not ours. */
  @Nullable EntryKey keyOf(TableEntry e) {
    P4Table table = byId.get(e.getTableId());
    return table == null ? null : decodeKey(table, e);
  }

  private EntryKey decodeKey(P4Table table, TableEntry e) {
    if (e.getIsDefaultAction()) {
      return EntryKey.defaultOf(table);
    }
    Table info = pipeline.tableById(e.getTableId());
    Map<Integer, io.myelin.p4.v1.FieldMatch> present = new HashMap<>();
    e.getMatchList().forEach(m -> present.put(m.getFieldId(), m));
    List<FieldMatch> match = new ArrayList<>();
    for (MatchField f : info.getMatchFieldsList()) { // in the program's order, as we write them
      io.myelin.p4.v1.FieldMatch m = present.get(f.getId());
      if (m != null) {
        match.add(decode(f.getName(), m));
      }
    }
    return new EntryKey(table, match, e.getPriority());
  }

  private static FieldMatch decode(String name, io.myelin.p4.v1.FieldMatch m) {
    return switch (m.getFieldMatchTypeCase()) {
      case EXACT -> FieldMatch.exact(name, value(m.getExact().getValue()));
      case LPM -> FieldMatch.lpm(name, value(m.getLpm().getValue()), m.getLpm().getPrefixLen());
      case TERNARY ->
          FieldMatch.ternary(
              name, value(m.getTernary().getValue()), value(m.getTernary().getMask()));
      case RANGE, OPTIONAL, OTHER, FIELDMATCHTYPE_NOT_SET ->
          throw new IllegalArgumentException(
              "field '" + name + "' came back as " + m.getFieldMatchTypeCase());
    };
  }

  private EntryAction decode(TableAction action) {
    if (action.hasAction()) {
      return decode(action.getAction());
    }
    List<EntryAction.Member> members = new ArrayList<>();
    for (ActionProfileAction a : action.getActionProfileActionSet().getActionProfileActionsList()) {
      int watch =
          switch (a.getWatchKindCase()) {
            case WATCH_PORT -> (int) value(a.getWatchPort()).lo();
            case WATCH, WATCHKIND_NOT_SET -> 0;
          };
      members.add(new EntryAction.Member(decode(a.getAction()), a.getWeight(), watch));
    }
    return new EntryAction.Weighted(members);
  }

  private EntryAction.Call decode(Action a) {
    io.myelin.p4.config.v1.Action info = pipeline.actionById(a.getActionId());
    Map<Integer, ByteString> present = new HashMap<>();
    a.getParamsList().forEach(p -> present.put(p.getParamId(), p.getValue()));
    List<EntryAction.Arg> args = new ArrayList<>();
    for (Param p : info.getParamsList()) {
      ByteString v = present.get(p.getId());
      args.add(new EntryAction.Arg(p.getName(), v == null ? U128.ZERO : value(v)));
    }
    return new EntryAction.Call(info.getPreamble().getAlias(), args);
  }

  static ByteString bytes(U128 v) {
    return UnsafeByteOperations.unsafeWrap(v.canonicalBytes()); // ours alone
  }

  static U128 value(ByteString b) {
    return U128.fromBytes(b.toByteArray());
  }
}
