package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.ActionProfileMember;
import io.myelin.p4.v1.DirectCounterEntry;
import io.myelin.p4.v1.DirectMeterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Answers one request of a read: an entity whose zero or unset keys are wildcards (§9, §13). */
final class StateReader {
  private final ForwardingState state;
  private final Consumer<Entity> out;

  StateReader(ForwardingState state, Consumer<Entity> out) {
    this.state = state;
    this.out = out;
  }

  void read(Entity e) {
    switch (e.getEntityCase()) {
      case TABLE_ENTRY -> readTable(e.getTableEntry());
      case ACTION_PROFILE_MEMBER -> readMembers(e.getActionProfileMember());
      case ACTION_PROFILE_GROUP -> readGroups(e.getActionProfileGroup());
      case METER_ENTRY -> state.arrays.read(e.getMeterEntry(), out);
      case DIRECT_METER_ENTRY -> readDirectMeters(e.getDirectMeterEntry());
      case COUNTER_ENTRY -> state.arrays.read(e.getCounterEntry(), out);
      case DIRECT_COUNTER_ENTRY -> readDirectCounters(e.getDirectCounterEntry());
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          state.pre.read(e.getPacketReplicationEngineEntry(), out);
      case VALUE_SET_ENTRY -> state.valueSets.read(e.getValueSetEntry(), out);
      case REGISTER_ENTRY -> state.arrays.read(e.getRegisterEntry(), out);
      case DIGEST_ENTRY -> state.digests.read(e.getDigestEntry(), out);
      case EXTERN_ENTRY -> throw ForwardingState.noExterns();
      case ENTITY_NOT_SET -> throw Refusal.invalid("the entity to read is not set");
    }
  }

  // ---- table entries (§9.1.6) ------------------------------------------------------------------

  @SuppressWarnings("deprecation") // controller_metadata is still a filter.
  private void readTable(TableEntry q) {
    if (q.hasMeterCounterData()) {
      throw Meters.noColourCounters("no meter of this switch");
    }
    if (q.getTableId() == 0) {
      if (q.getMatchCount() > 0
          || q.hasAction()
          || q.getPriority() != 0
          || q.getControllerMetadata() != 0
          || !q.getMetadata().isEmpty()
          || q.getIsDefaultAction()) {
        throw Refusal.invalid("a read of all tables (table_id 0) takes no other filter");
      }
      state.tables.values().forEach(t -> t.all().forEach(e -> emit(t, e, q)));
      return;
    }
    TableStore t = state.table(q);
    if (q.hasCounterData()) {
      t.requireCounter();
    }
    if (q.hasMeterConfig()) {
      t.requireMeter();
    }
    if (q.hasTimeSinceLastHit() && !t.spec.idleTimeouts) {
      throw Refusal.invalid(t.spec.what() + " does not support idle timeouts");
    }
    if (q.getIsDefaultAction()) {
      readDefault(t, q);
      return;
    }
    Predicate<Entry> filter = filter(t, q);
    for (Entry e : candidates(t, q)) {
      if (filter.test(e)) {
        emit(t, e, q);
      }
    }
  }

  /** All entries, or those with the match asked for; a priority of 0 is a wildcard. */
  private static Collection<Entry> candidates(TableStore t, TableEntry q) {
    if (q.getMatchCount() == 0) {
      return t.all();
    }
    if (t.spec.key.needsPriority() && q.getPriority() == 0) {
      byte[] match = t.spec.key.matchKey(q.getMatchList());
      return t.all().stream().filter(e -> t.spec.key.sameMatch(e.key.bytes, match)).toList();
    }
    Entry e = t.find(t.spec.key.key(q.getMatchList(), q.getPriority()));
    return e == null ? List.of() : List.of(e);
  }

  @SuppressWarnings("deprecation")
  private static Predicate<Entry> filter(TableStore t, TableEntry q) {
    int action = actionFilter(t, q);
    int priority = q.getPriority();
    long cookie = q.getControllerMetadata();
    ByteString metadata = q.getMetadata();
    return e ->
        (action == 0 || e.proto.getAction().getAction().getActionId() == action)
            && (priority == 0 || e.proto.getPriority() == priority)
            && (cookie == 0 || e.proto.getControllerMetadata() == cookie)
            && (metadata.isEmpty() || e.proto.getMetadata().equals(metadata));
  }

  private static int actionFilter(TableStore t, TableEntry q) {
    if (!q.hasAction()) {
      return 0;
    }
    if (t.spec.profile != null || q.getAction().getTypeCase() != TableAction.TypeCase.ACTION) {
      throw Refusal.invalid(
          "entries of "
              + t.spec.what()
              + " can only be filtered by an action_id, and only in tables without action profile");
    }
    if (q.getAction().getAction().getParamsCount() > 0) {
      throw Refusal.invalid("entries cannot be filtered by action parameters");
    }
    int id = q.getAction().getAction().getActionId();
    if (id != 0) {
      t.spec.checkAction(id);
    }
    return id;
  }

  private void emit(TableStore t, Entry e, TableEntry q) {
    boolean counter = q.hasCounterData() && t.spec.directCounter;
    boolean meter = q.hasMeterConfig() && e.meter != null;
    boolean hit = q.hasTimeSinceLastHit() && t.spec.idleTimeouts;
    TableEntry proto = e.proto;
    if (counter || meter || hit) {
      TableEntry.Builder b = proto.toBuilder();
      if (counter) {
        b.setCounterData(TableStore.toProto(t.counter(e)));
      }
      if (meter) {
        b.setMeterConfig(e.meter);
      }
      if (hit) {
        b.getTimeSinceLastHitBuilder().setElapsedNs(t.sinceLastHitNs(e));
      }
      proto = b.build();
    }
    out.accept(Entity.newBuilder().setTableEntry(proto).build());
  }

  private void readDefault(TableStore t, TableEntry q) {
    if (q.getMatchCount() > 0 || q.getPriority() != 0 || q.hasTimeSinceLastHit()) {
      throw Refusal.invalid(
          "the default entry of " + t.spec.what() + " has no match, priority or idle timeout");
    }
    TableEntry e = t.defaultEntry().proto();
    if (q.hasCounterData()) {
      e = e.toBuilder().setCounterData(TableStore.toProto(t.defaultEntry().counter())).build();
    }
    out.accept(Entity.newBuilder().setTableEntry(e).build());
  }

  // ---- direct resources ------------------------------------------------------------------------

  private void readDirectCounters(DirectCounterEntry q) {
    TableEntry key = q.getTableEntry();
    if (key.getTableId() == 0) {
      for (TableStore t : state.tables.values()) {
        if (t.spec.directCounter) {
          t.all().forEach(e -> emitCounter(t, e));
        }
      }
      return;
    }
    TableStore t = state.table(key);
    t.requireCounter();
    if (key.getIsDefaultAction()) {
      DirectCounterEntry.Builder d =
          DirectCounterEntry.newBuilder().setData(TableStore.toProto(t.defaultEntry().counter()));
      d.getTableEntryBuilder().setTableId(t.spec.id).setIsDefaultAction(true);
      out.accept(Entity.newBuilder().setDirectCounterEntry(d).build());
      return;
    }
    entriesFor(t, key).forEach(e -> emitCounter(t, e));
  }

  /** All for an unset match, filtered by priority if that is set; otherwise one, or NOT_FOUND. */
  private static Collection<Entry> entriesFor(TableStore t, TableEntry key) {
    if (key.getMatchCount() > 0) {
      return List.of(ForwardingState.existing(t, key));
    }
    int priority = key.getPriority();
    return priority == 0
        ? t.all()
        : t.all().stream().filter(e -> e.proto.getPriority() == priority).toList();
  }

  private void emitCounter(TableStore t, Entry e) {
    DirectCounterEntry.Builder d =
        DirectCounterEntry.newBuilder()
            .setTableEntry(e.keyOnly())
            .setData(TableStore.toProto(t.counter(e)));
    out.accept(Entity.newBuilder().setDirectCounterEntry(d).build());
  }

  private void readDirectMeters(DirectMeterEntry q) {
    TableEntry key = q.getTableEntry();
    if (q.hasCounterData()) {
      throw Meters.noColourCounters("no meter of this switch");
    }
    if (key.getTableId() == 0) {
      for (TableStore t : state.tables.values()) {
        if (t.spec.directMeter != null) {
          t.all().forEach(this::emitMeter);
        }
      }
      return;
    }
    TableStore t = state.table(key);
    t.requireMeter();
    if (key.getIsDefaultAction()) {
      throw Refusal.unimplemented(
          "the default entry of " + t.spec.what() + " has no meter in this switch");
    }
    entriesFor(t, key).forEach(this::emitMeter);
  }

  private void emitMeter(Entry e) {
    DirectMeterEntry.Builder d = DirectMeterEntry.newBuilder().setTableEntry(e.keyOnly());
    if (e.meter != null) {
      d.setConfig(e.meter);
    }
    out.accept(Entity.newBuilder().setDirectMeterEntry(d).build());
  }

  // ---- action profiles -------------------------------------------------------------------------

  private void readMembers(ActionProfileMember q) {
    for (ActionProfileStore p : profiles(q.getActionProfileId())) {
      p.readMembers(q.getMemberId())
          .forEach(m -> out.accept(Entity.newBuilder().setActionProfileMember(m).build()));
    }
  }

  private void readGroups(ActionProfileGroup q) {
    for (ActionProfileStore p : profiles(q.getActionProfileId())) {
      p.readGroups(q.getGroupId())
          .forEach(g -> out.accept(Entity.newBuilder().setActionProfileGroup(g).build()));
    }
  }

  private Collection<ActionProfileStore> profiles(int id) {
    if (id == 0) {
      return state.profiles.values();
    }
    state.info.profiles.get(id);
    ActionProfileStore p = state.profiles.get(id);
    return p == null ? List.of() : List.of(p);
  }
}
