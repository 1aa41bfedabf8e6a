package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;
import io.myelin.p4.config.v1.ActionProfile;
import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.ActionProfileMember;
import io.myelin.p4.v1.DigestList;
import io.myelin.p4.v1.DirectCounterEntry;
import io.myelin.p4.v1.DirectMeterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.PacketReplicationEngineEntry;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.ValueSetEntry;
import io.myelin.p4.v1.ValueSetMember;
import io.myelin.softswitch.engine.MatchField;
import io.myelin.softswitch.engine.SwitchControl;
import io.myelin.softswitch.engine.TableFullException;
import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Everything that Write and Read speak of, under one pipeline. Guarded by the service's lock. */
final class ForwardingState {
  private final PipelineInfo info;
  private final SwitchControl control;
  private final EntryChecks checks;
  private final Map<Integer, TableStore> tables = new LinkedHashMap<>();
  private final Map<Integer, ProfileStore> profiles = new LinkedHashMap<>();
  private final Map<Integer, ValueSetEntry> valueSets = new TreeMap<>();
  private final IndexedStore indexed;
  private final ReplicationStore replication;
  private final DigestStore digests;

  ForwardingState(
      PipelineInfo info,
      SwitchControl control,
      Scheduler scheduler,
      Consumer<DigestList> digestOut) {
    this.info = info;
    this.control = control;
    checks = new EntryChecks(info);
    for (ActionProfile p : info.profiles()) {
      profiles.put(p.getPreamble().getId(), new ProfileStore(p, checks, control));
    }
    for (PipelineInfo.TableInfo t : info.tables()) {
      tables.put(
          t.table().getPreamble().getId(),
          new TableStore(t, checks, control, profiles.get(t.table().getImplementationId())));
    }
    indexed = new IndexedStore(info, control);
    replication = new ReplicationStore(control);
    digests = new DigestStore(info, scheduler, digestOut);
  }

  PipelineInfo info() {
    return info;
  }

  DigestStore digests() {
    return digests;
  }

  Iterable<TableStore> tables() {
    return tables.values();
  }

  // ---- write ---------------------------------------------------------------------------------

  /** Applies one update or throws {@link RpcException}, leaving everything as it was. */
  void write(Update update) {
    try {
      dispatch(update.getType(), update.getEntity());
    } catch (TableFullException e) {
      throw new RpcException(Code.RESOURCE_EXHAUSTED, String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw RpcException.invalid(String.valueOf(e.getMessage()));
    } catch (IllegalStateException e) {
      throw new RpcException(Code.FAILED_PRECONDITION, String.valueOf(e.getMessage()));
    }
  }

  private void dispatch(Update.Type type, Entity e) {
    if (type == Update.Type.UNSPECIFIED || type == Update.Type.UNRECOGNIZED) {
      throw ProfileStore.unspecified();
    }
    switch (e.getEntityCase()) {
      case TABLE_ENTRY -> table(e.getTableEntry().getTableId()).write(type, e.getTableEntry());
      case ACTION_PROFILE_MEMBER ->
          profile(e.getActionProfileMember().getActionProfileId())
              .write(type, e.getActionProfileMember());
      case ACTION_PROFILE_GROUP ->
          profile(e.getActionProfileGroup().getActionProfileId())
              .write(type, e.getActionProfileGroup());
      case METER_ENTRY -> indexed.write(type, e.getMeterEntry());
      case COUNTER_ENTRY -> indexed.write(type, e.getCounterEntry());
      case REGISTER_ENTRY -> indexed.write(type, e.getRegisterEntry());
      case DIRECT_METER_ENTRY -> {
        modifyOnly(type);
        DirectMeterEntry m = e.getDirectMeterEntry();
        table(m.getTableEntry().getTableId())
            .writeMeter(m.getTableEntry(), m.hasConfig() ? m.getConfig() : null);
      }
      case DIRECT_COUNTER_ENTRY -> {
        modifyOnly(type);
        DirectCounterEntry c = e.getDirectCounterEntry();
        table(c.getTableEntry().getTableId()).writeCounter(c.getTableEntry(), c.getData());
      }
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          replication.write(type, e.getPacketReplicationEngineEntry());
      case VALUE_SET_ENTRY -> valueSet(type, e.getValueSetEntry());
      case DIGEST_ENTRY -> digests.write(type, e.getDigestEntry());
      case EXTERN_ENTRY -> throw RpcException.unimplemented("extern entries are not supported");
      case ENTITY_NOT_SET -> throw RpcException.invalid("an update has no entity");
    }
  }

  private static void modifyOnly(Update.Type type) {
    if (type != Update.Type.MODIFY) {
      throw RpcException.invalid("a direct resource can only be modified");
    }
  }

  private TableStore table(int id) {
    return PipelineInfo.find("table", id, tables, t -> t.table().name());
  }

  private ProfileStore profile(int id) {
    return PipelineInfo.find(
        "action profile", id, profiles, p -> p.profile().getPreamble().getName());
  }

  private void valueSet(Update.Type type, ValueSetEntry e) {
    if (type != Update.Type.MODIFY) {
      throw RpcException.invalid("a value set can only be modified");
    }
    var declared =
        PipelineInfo.find(
            "value set", e.getValueSetId(), info.valueSets(), v -> v.getPreamble().getName());
    String name = declared.getPreamble().getName();
    if (e.getMembersCount() > declared.getSize()) {
      throw new RpcException(
          Code.RESOURCE_EXHAUSTED,
          "value set '"
              + name
              + "': "
              + e.getMembersCount()
              + " members; at most "
              + declared.getSize());
    }
    List<List<MatchField>> members = new ArrayList<>();
    for (ValueSetMember m : e.getMembersList()) {
      members.add(
          checks
              .match("value set '" + name + "'", declared.getMatchList(), m.getMatchList())
              .engine());
    }
    control.setValueSet(name, members);
    valueSets.put(e.getValueSetId(), e);
  }

  // ---- read ----------------------------------------------------------------------------------

  void read(Entity request, Consumer<Entity> out) {
    switch (request.getEntityCase()) {
      case TABLE_ENTRY -> readTable(request.getTableEntry(), out);
      case ACTION_PROFILE_MEMBER -> readMembers(request.getActionProfileMember(), out);
      case ACTION_PROFILE_GROUP -> readGroups(request.getActionProfileGroup(), out);
      case METER_ENTRY -> indexed.read(request.getMeterEntry(), out);
      case COUNTER_ENTRY -> indexed.read(request.getCounterEntry(), out);
      case REGISTER_ENTRY -> indexed.read(request.getRegisterEntry(), out);
      case DIRECT_METER_ENTRY ->
          readDirectMeter(request.getDirectMeterEntry().getTableEntry(), out);
      case DIRECT_COUNTER_ENTRY ->
          readDirectCounter(request.getDirectCounterEntry().getTableEntry(), out);
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          replication.read(
              request.getPacketReplicationEngineEntry(),
              (PacketReplicationEngineEntry e) ->
                  out.accept(Entity.newBuilder().setPacketReplicationEngineEntry(e).build()));
      case VALUE_SET_ENTRY -> readValueSets(request.getValueSetEntry().getValueSetId(), out);
      case DIGEST_ENTRY ->
          digests.read(
              request.getDigestEntry(),
              e -> out.accept(Entity.newBuilder().setDigestEntry(e).build()));
      case EXTERN_ENTRY -> throw RpcException.unimplemented("extern entries are not supported");
      case ENTITY_NOT_SET -> throw RpcException.invalid("a read request has an empty entity");
    }
  }

  private Iterable<TableStore> tables(int id) {
    return id == 0 ? tables.values() : List.of(table(id));
  }

  private void readTable(TableEntry f, Consumer<Entity> out) {
    boolean any = f.getTableId() == 0; // then no other filter applies (§9.1.6)
    for (TableStore t : tables(f.getTableId())) {
      if (!any && f.getIsDefaultAction()) {
        out.accept(Entity.newBuilder().setTableEntry(t.defaultEntry(f)).build());
      } else {
        t.select(f, any, s -> out.accept(Entity.newBuilder().setTableEntry(t.full(s, f)).build()));
      }
    }
  }

  private void readDirectCounter(TableEntry f, Consumer<Entity> out) {
    TableEntry with =
        TableEntry.newBuilder()
            .setCounterData(TableStore.data(io.myelin.softswitch.engine.CounterValue.ZERO))
            .build();
    for (TableStore t : tables(f.getTableId())) {
      if (!t.table().directCounter()) {
        t.require(f.getTableId() == 0, "counter");
        continue;
      }
      t.select(
          f,
          f.getTableId() == 0,
          s ->
              out.accept(
                  Entity.newBuilder()
                      .setDirectCounterEntry(
                          DirectCounterEntry.newBuilder()
                              .setTableEntry(key(s.entry))
                              .setData(t.full(s, with).getCounterData()))
                      .build()));
    }
  }

  private void readDirectMeter(TableEntry f, Consumer<Entity> out) {
    for (TableStore t : tables(f.getTableId())) {
      if (!t.table().directMeter()) {
        t.require(f.getTableId() == 0, "meter");
        continue;
      }
      t.select(
          f,
          f.getTableId() == 0,
          s -> {
            DirectMeterEntry.Builder b = DirectMeterEntry.newBuilder().setTableEntry(key(s.entry));
            MeterConfig config = s.meter;
            if (config != null) {
              b.setConfig(config);
            }
            out.accept(Entity.newBuilder().setDirectMeterEntry(b).build());
          });
    }
  }

  /** Table id, match and priority: what names an entry. */
  private static TableEntry key(TableEntry e) {
    return TableEntry.newBuilder()
        .setTableId(e.getTableId())
        .addAllMatch(e.getMatchList())
        .setPriority(e.getPriority())
        .build();
  }

  private void readMembers(ActionProfileMember f, Consumer<Entity> out) {
    for (ProfileStore p : profiles(f.getActionProfileId())) {
      p.members()
          .forEach(
              (id, action) -> {
                if (f.getMemberId() == 0 || f.getMemberId() == id) {
                  out.accept(
                      Entity.newBuilder()
                          .setActionProfileMember(
                              ActionProfileMember.newBuilder()
                                  .setActionProfileId(p.profile().getPreamble().getId())
                                  .setMemberId(id)
                                  .setAction(action))
                          .build());
                }
              });
    }
  }

  private void readGroups(ActionProfileGroup f, Consumer<Entity> out) {
    for (ProfileStore p : profiles(f.getActionProfileId())) {
      p.groups()
          .forEach(
              (id, group) -> {
                if (f.getGroupId() == 0 || f.getGroupId() == id) {
                  out.accept(Entity.newBuilder().setActionProfileGroup(group).build());
                }
              });
    }
  }

  private Iterable<ProfileStore> profiles(int id) {
    return id == 0 ? profiles.values() : List.of(profile(id));
  }

  private void readValueSets(int id, Consumer<Entity> out) {
    info.valueSets()
        .forEach(
            (vs, declared) -> {
              if (id == 0 || id == vs) {
                ValueSetEntry e =
                    valueSets.getOrDefault(
                        vs, ValueSetEntry.newBuilder().setValueSetId(vs).build());
                out.accept(Entity.newBuilder().setValueSetEntry(e).build());
              }
            });
  }

  // ---- replay --------------------------------------------------------------------------------

  /** Writes everything that clients wrote here into another state: COMMIT, RECONCILE_AND_COMMIT. */
  void replayInto(ForwardingState other) {
    Entity.Builder all = Entity.newBuilder();
    readMembers(ActionProfileMember.getDefaultInstance(), e -> other.insert(e));
    readGroups(ActionProfileGroup.getDefaultInstance(), e -> other.insert(e));
    for (TableStore t : tables.values()) {
      TableEntry withMeter =
          TableEntry.newBuilder().setMeterConfig(MeterConfig.getDefaultInstance()).build();
      t.select(
          withMeter,
          true,
          s -> {
            if (!s.entry.getIsConst()) {
              other.upsert(all.setTableEntry(t.full(s, withMeter)).build());
            }
          });
      TableEntry changed = t.changedDefault();
      if (changed != null) {
        other.write(update(Update.Type.MODIFY, all.setTableEntry(changed).build()));
      }
    }
    indexed.meters(m -> other.write(update(Update.Type.MODIFY, all.setMeterEntry(m).build())));
    replication.read(
        PacketReplicationEngineEntry.getDefaultInstance(),
        e -> other.insert(all.setPacketReplicationEngineEntry(e).build()));
    valueSets.forEach(
        (id, v) -> other.write(update(Update.Type.MODIFY, all.setValueSetEntry(v).build())));
    digests.read(
        io.myelin.p4.v1.DigestEntry.getDefaultInstance(),
        d -> other.insert(all.setDigestEntry(d).build()));
  }

  private void insert(Entity e) {
    write(update(Update.Type.INSERT, e));
  }

  /** Entries that the program declares are there already. */
  private void upsert(Entity e) {
    try {
      insert(e);
    } catch (RpcException exists) {
      if (exists.code() != Code.ALREADY_EXISTS) {
        throw exists;
      }
      write(update(Update.Type.MODIFY, e));
    }
  }

  private static Update update(Update.Type type, Entity e) {
    return Update.newBuilder().setType(type).setEntity(e).build();
  }
}
