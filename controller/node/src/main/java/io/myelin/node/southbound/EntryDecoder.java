package io.myelin.node.southbound;

import com.google.protobuf.ByteString;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Table;
import io.myelin.p4.config.v1.Action.Param;
import io.myelin.p4.config.v1.MatchField;
import io.myelin.p4.v1.Action;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.FieldMatch.LPM;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads P4Runtime's entries by id back as entries by name; the other way is {@link WriteEncoder}.
 */
final class EntryDecoder {
  private final CompiledProgram program;
  private final Map<Integer, Table> byId = new HashMap<>();
  private @Nullable Table sessions;

  EntryDecoder(CompiledProgram program) {
    this.program = program;
    for (Table t : program.pipeline().tables()) {
      if (t.isCloneSessions()) {
        sessions = t;
        continue; // not of the program
      }
      byId.put(program.table(t.p4Name()).getPreamble().getId(), t);
    }
  }

  /** Null: the program knows no clone sessions. */
  @Nullable Entry decode(CloneSessionEntry e) {
    return sessions == null ? null : CloneSessions.decode(sessions, e);
  }

  /** Null: an entry of a table that is not ours. */
  @Nullable Entry decode(TableEntry e) {
    Table table = byId.get(e.getTableId());
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

  private EntryKey decodeKey(Table table, TableEntry e) {
    if (e.getIsDefaultAction()) {
      return EntryKey.defaultOf(table);
    }
    io.myelin.p4.config.v1.Table info = program.tableById(e.getTableId());
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
    io.myelin.p4.config.v1.Action info = program.actionById(a.getActionId());
    Map<Integer, ByteString> present = new HashMap<>();
    a.getParamsList().forEach(p -> present.put(p.getParamId(), p.getValue()));
    List<EntryAction.Arg> args = new ArrayList<>();
    for (Param p : info.getParamsList()) {
      ByteString v = present.get(p.getId());
      args.add(new EntryAction.Arg(p.getName(), v == null ? U128.ZERO : value(v)));
    }
    return new EntryAction.Call(info.getPreamble().getAlias(), args);
  }

  static U128 value(ByteString b) {
    return U128.fromBytes(b.toByteArray());
  }
}
