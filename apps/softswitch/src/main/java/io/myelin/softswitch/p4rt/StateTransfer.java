package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.ActionProfileMember;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.DigestEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.MeterEntry;
import io.myelin.p4.v1.MulticastGroupEntry;
import io.myelin.p4.v1.PacketReplicationEngineEntry;
import io.myelin.p4.v1.RegisterEntry;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.ValueSetEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Forwarding state as the updates that make it: how COMMIT replays what was written since
 * VERIFY_AND_SAVE, and RECONCILE_AND_COMMIT keeps what is there (§14).
 */
final class StateTransfer {
  /** To be inserted, or modified where the program itself declares the entry. */
  private final List<Entity> entities = new ArrayList<>();

  /** Direct resources of constant entries, kept where the entry still exists. */
  private final List<Entity> constants = new ArrayList<>();

  private final Set<Integer> tables = new HashSet<>();

  /** The state, with counters. */
  static StateTransfer of(ForwardingState s) {
    StateTransfer out = new StateTransfer();
    out.readAll(s);
    return out;
  }

  private void readAll(ForwardingState s) {
    StateReader r = new StateReader(s, entities::add);
    r.read(
        Entity.newBuilder()
            .setActionProfileMember(ActionProfileMember.getDefaultInstance())
            .build());
    r.read(
        Entity.newBuilder().setActionProfileGroup(ActionProfileGroup.getDefaultInstance()).build());
    for (TableStore t : s.tables.values()) {
      tables.add(t.spec.id);
      TableEntry.Builder q = TableEntry.newBuilder().setTableId(t.spec.id);
      if (t.spec.directCounter) {
        q.getCounterDataBuilder();
      }
      if (t.spec.directMeter != null) {
        q.getMeterConfigBuilder();
      }
      new StateReader(s, this::addEntry).read(Entity.newBuilder().setTableEntry(q).build());
      if (t.defaultEntry().isOverridden()) {
        q.setIsDefaultAction(true).clearMeterConfig();
        r.read(Entity.newBuilder().setTableEntry(q).build());
      }
    }
    arrays(s);
    PacketReplicationEngineEntry.Builder pre = PacketReplicationEngineEntry.newBuilder();
    pre.setMulticastGroupEntry(MulticastGroupEntry.getDefaultInstance());
    r.read(Entity.newBuilder().setPacketReplicationEngineEntry(pre).build());
    pre.setCloneSessionEntry(CloneSessionEntry.getDefaultInstance());
    r.read(Entity.newBuilder().setPacketReplicationEngineEntry(pre).build());
    r.read(Entity.newBuilder().setValueSetEntry(ValueSetEntry.getDefaultInstance()).build());
    r.read(Entity.newBuilder().setDigestEntry(DigestEntry.getDefaultInstance()).build());
  }

  private void addEntry(Entity e) {
    TableEntry t = e.getTableEntry();
    if (t.getIsConst()) {
      Entity.Builder b = e.toBuilder();
      b.getTableEntryBuilder().clearIsConst().clearAction();
      constants.add(b.build());
    } else {
      entities.add(e);
    }
  }

  /** Cells that differ from their initial value. */
  private void arrays(ForwardingState s) {
    Consumer<Entity> nonZero =
        e -> {
          boolean zero =
              switch (e.getEntityCase()) {
                case COUNTER_ENTRY ->
                    e.getCounterEntry().getData().getPacketCount() == 0
                        && e.getCounterEntry().getData().getByteCount() == 0;
                case METER_ENTRY -> !e.getMeterEntry().hasConfig();
                default ->
                    Bytestrings.hex(e.getRegisterEntry().getData().getBitstring()).equals("0x00");
              };
          if (!zero) {
            entities.add(e);
          }
        };
    s.arrays.read(CounterEntry.getDefaultInstance(), nonZero);
    s.arrays.read(MeterEntry.getDefaultInstance(), nonZero);
    for (Integer id : s.info.registers.ids()) {
      if (s.info.registers.get(id).bitwidth() > 0) {
        s.arrays.read(RegisterEntry.newBuilder().setRegisterId(id).build(), nonZero);
      }
    }
  }

  /**
   * Applies the state on top of another pipeline's.
   *
   * @throws Refusal naming what does not fit
   */
  void replayOn(ForwardingState s) {
    for (Entity e : entities) {
      s.write(Update.newBuilder().setType(type(e, s)).setEntity(e).build(), UndoLog.OFF);
    }
    for (Entity e : constants) {
      TableStore t = s.tables.get(e.getTableEntry().getTableId());
      if (t != null && exists(e.getTableEntry(), t)) {
        s.write(Update.newBuilder().setType(Update.Type.MODIFY).setEntity(e).build(), UndoLog.OFF);
      }
    }
  }

  /** Like {@link #replayOn}, and removes entries that the program declares but were deleted. */
  void restoreIn(ForwardingState s) {
    replayOn(s);
    Map<Integer, Set<EntryKey>> kept = new HashMap<>();
    for (Entity e : entities) {
      TableEntry t = e.getTableEntry();
      if (e.hasTableEntry() && !t.getIsDefaultAction()) {
        kept.computeIfAbsent(t.getTableId(), id -> new HashSet<>())
            .add(s.table(t).spec.key.key(t.getMatchList(), t.getPriority()));
      }
    }
    for (TableStore t : s.tables.values()) {
      Set<EntryKey> keep = kept.getOrDefault(t.spec.id, Set.of());
      for (Entry e : List.copyOf(t.all())) {
        if (tables.contains(t.spec.id) && !e.isConst && !keep.contains(e.key)) {
          t.write(Update.Type.DELETE, e.keyOnly(), UndoLog.OFF);
        }
      }
    }
  }

  private static boolean exists(TableEntry e, TableStore t) {
    return t.find(t.spec.key.key(e.getMatchList(), e.getPriority())) != null;
  }

  private static Update.Type type(Entity e, ForwardingState s) {
    return switch (e.getEntityCase()) {
      case TABLE_ENTRY ->
          e.getTableEntry().getIsDefaultAction()
                  || exists(e.getTableEntry(), s.table(e.getTableEntry()))
              ? Update.Type.MODIFY
              : Update.Type.INSERT;
      case COUNTER_ENTRY, METER_ENTRY, REGISTER_ENTRY, VALUE_SET_ENTRY -> Update.Type.MODIFY;
      default -> Update.Type.INSERT;
    };
  }
}
