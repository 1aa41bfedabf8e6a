package io.myelin.softswitch.differential;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.Action;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.PacketReplicationEngineEntry;
import io.myelin.p4.v1.Replica;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Updates by the names of a P4Info: entries that mean something. {@link Entries} makes random ones.
 */
final class NamedEntries {
  private final Map<String, Table> tables = new HashMap<>();
  private final Map<String, Action> actions = new HashMap<>();
  private final List<Update> updates = new ArrayList<>();
  private final Set<Object> keys = new HashSet<>();

  NamedEntries(P4Info info) {
    info.getTablesList().forEach(t -> tables.put(t.getPreamble().getAlias(), t));
    info.getActionsList().forEach(a -> actions.put(a.getPreamble().getAlias(), a));
  }

  List<Update> updates() {
    return updates;
  }

  /** A field's match; null: any value. */
  record Match(BigInteger value, @Nullable BigInteger mask, int prefix) {}

  static Match exact(long value) {
    return new Match(BigInteger.valueOf(value), null, -1);
  }

  static Match exact(byte[] value) {
    return new Match(new BigInteger(1, value), null, -1);
  }

  static Match ternary(byte[] value) {
    return new Match(
        new BigInteger(1, value),
        BigInteger.ONE.shiftLeft(8 * value.length).subtract(BigInteger.ONE),
        -1);
  }

  static Match ternary(long value, long mask) {
    return new Match(BigInteger.valueOf(value & mask), BigInteger.valueOf(mask), -1);
  }

  static Match lpm(byte[] value, int length) {
    int rest = 8 * value.length - length;
    return new Match(new BigInteger(1, value).shiftRight(rest).shiftLeft(rest), null, length);
  }

  /** A call for {@link #add}. */
  TableAction call(String action, long... args) {
    return TableAction.newBuilder().setAction(action(action, args)).build();
  }

  private io.myelin.p4.v1.Action action(String name, long... args) {
    Action a = actions.get(name);
    if (a == null) {
      throw new IllegalArgumentException("no action " + name + "; there are " + actions.keySet());
    }
    if (a.getParamsCount() != args.length) {
      throw new IllegalArgumentException(name + " takes " + a.getParamsCount() + " arguments");
    }
    io.myelin.p4.v1.Action.Builder b =
        io.myelin.p4.v1.Action.newBuilder().setActionId(a.getPreamble().getId());
    for (int i = 0; i < args.length; i++) {
      b.addParamsBuilder()
          .setParamId(a.getParams(i).getId())
          .setValue(bytes(BigInteger.valueOf(args[i])));
    }
    return b.build();
  }

  /** A member of a one-shot group; watchPort 0: none. */
  ActionProfileAction member(int weight, int watchPort, String action, long... args) {
    ActionProfileAction.Builder b =
        ActionProfileAction.newBuilder().setWeight(weight).setAction(action(action, args));
    if (watchPort != 0) {
      b.setWatchPort(bytes(BigInteger.valueOf(watchPort)));
    }
    return b.build();
  }

  static TableAction group(List<ActionProfileAction> members) {
    TableAction.Builder b = TableAction.newBuilder();
    b.getActionProfileActionSetBuilder().addAllActionProfileActions(members);
    return b.build();
  }

  /** Adds an entry; one of the same key as an earlier one is left out. */
  void add(String table, int priority, TableAction action, @Nullable Match... matches) {
    addMetered(table, priority, action, null, matches);
  }

  void addMetered(
      String table,
      int priority,
      TableAction action,
      @Nullable MeterConfig meter,
      @Nullable Match... matches) {
    Table t = table(table);
    if (t.getMatchFieldsCount() != matches.length) {
      throw new IllegalArgumentException(table + " has " + t.getMatchFieldsCount() + " fields");
    }
    TableEntry.Builder e =
        TableEntry.newBuilder().setTableId(t.getPreamble().getId()).setPriority(priority);
    for (int i = 0; i < matches.length; i++) {
      Match m = matches[i];
      if (m != null) {
        e.addMatch(field(t.getMatchFields(i).getId(), m));
      }
    }
    if (!keys.add(List.of(table, priority, e.getMatchList()))) {
      return;
    }
    e.setAction(action);
    if (meter != null) {
      e.setMeterConfig(meter);
    }
    insert(Entity.newBuilder().setTableEntry(e).build(), Update.Type.INSERT);
  }

  void setDefault(String table, TableAction action) {
    insert(
        Entity.newBuilder()
            .setTableEntry(
                TableEntry.newBuilder()
                    .setTableId(table(table).getPreamble().getId())
                    .setIsDefaultAction(true)
                    .setAction(action))
            .build(),
        Update.Type.MODIFY);
  }

  void cloneSession(int id, int port) {
    insert(
        Entity.newBuilder()
            .setPacketReplicationEngineEntry(
                PacketReplicationEngineEntry.newBuilder()
                    .setCloneSessionEntry(
                        CloneSessionEntry.newBuilder()
                            .setSessionId(id)
                            .addReplicas(
                                Replica.newBuilder()
                                    .setPort(bytes(BigInteger.valueOf(port)))
                                    .setInstance(1))))
            .build(),
        Update.Type.INSERT);
  }

  private void insert(Entity entity, Update.Type type) {
    updates.add(Update.newBuilder().setType(type).setEntity(entity).build());
  }

  private Table table(String name) {
    Table t = tables.get(name);
    if (t == null) {
      throw new IllegalArgumentException("no table " + name + "; there are " + tables.keySet());
    }
    return t;
  }

  private static FieldMatch field(int id, Match m) {
    FieldMatch.Builder b = FieldMatch.newBuilder().setFieldId(id);
    if (m.prefix >= 0) {
      b.getLpmBuilder().setValue(bytes(m.value)).setPrefixLen(m.prefix);
    } else if (m.mask != null) {
      b.getTernaryBuilder().setValue(bytes(m.value)).setMask(bytes(m.mask));
    } else {
      b.getExactBuilder().setValue(bytes(m.value));
    }
    return b.build();
  }

  private static ByteString bytes(BigInteger v) {
    byte[] b = v.toByteArray();
    int from = b.length > 1 && b[0] == 0 ? 1 : 0;
    return ByteString.copyFrom(b, from, b.length - from);
  }
}
