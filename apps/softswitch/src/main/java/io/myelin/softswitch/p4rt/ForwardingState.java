package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.ActionProfileMember;
import io.myelin.p4.v1.DigestEntry;
import io.myelin.p4.v1.DirectCounterEntry;
import io.myelin.p4.v1.DirectMeterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** All that is written under one pipeline, and where each kind of entity is kept. */
final class ForwardingState {
  final PipelineInfo info;
  final IdleTimeouts idle;
  final Map<Integer, TableStore> tables = new LinkedHashMap<>();
  final Map<Integer, ActionProfileStore> profiles = new LinkedHashMap<>();
  final ArrayStore arrays;
  final PreStore pre;
  final ValueSetStore valueSets;
  final DigestStore digests;

  ForwardingState(
      PipelineInfo info,
      SwitchControl control,
      IdleTimeouts idle,
      BiConsumer<DigestSpec, DigestEntry.@Nullable Config> digestTarget) {
    this.info = info;
    this.idle = idle;
    for (TableSpec t : info.tables.all()) {
      if (t.profile != null) {
        ProfileSpec p = t.profile;
        profiles.computeIfAbsent(p.id(), id -> new ActionProfileStore(p, t, control));
      }
    }
    for (TableSpec t : info.tables.all()) {
      ActionProfileStore profile = t.profile == null ? null : profiles.get(t.profile.id());
      tables.put(t.id, new TableStore(t, control, profile, idle));
    }
    arrays = new ArrayStore(info, control);
    pre = new PreStore(control);
    valueSets = new ValueSetStore(info, control);
    digests = new DigestStore(info, digestTarget);
  }

  /** State in memory only: see {@link ShadowControl}. */
  static ForwardingState shadow(PipelineInfo info) {
    ShadowControl control = new ShadowControl(info);
    return new ForwardingState(
        info, control, new IdleTimeouts(control, () -> 0, n -> {}, t -> {}), (spec, config) -> {});
  }

  /** Applies an update or refuses it, having changed nothing. */
  void write(Update update, UndoLog undo) {
    Update.Type type = update.getType();
    if (type == Update.Type.UNSPECIFIED || type == Update.Type.UNRECOGNIZED) {
      throw Refusal.invalid("the update's type is not set; valid: INSERT, MODIFY, DELETE");
    }
    Entity e = update.getEntity();
    switch (e.getEntityCase()) {
      case TABLE_ENTRY -> {
        info.tables.get(e.getTableEntry().getTableId());
        table(e.getTableEntry()).write(type, e.getTableEntry(), undo);
      }
      case ACTION_PROFILE_MEMBER -> {
        ActionProfileMember m = e.getActionProfileMember();
        profile(m.getActionProfileId()).write(type, m, undo);
      }
      case ACTION_PROFILE_GROUP -> {
        ActionProfileGroup g = e.getActionProfileGroup();
        profile(g.getActionProfileId()).write(type, g, undo);
      }
      case METER_ENTRY -> {
        modifyOnly(type, "meter_entry");
        arrays.write(e.getMeterEntry(), undo);
      }
      case DIRECT_METER_ENTRY -> {
        modifyOnly(type, "direct_meter_entry");
        writeDirectMeter(e.getDirectMeterEntry(), undo);
      }
      case COUNTER_ENTRY -> {
        modifyOnly(type, "counter_entry");
        arrays.write(e.getCounterEntry(), undo);
      }
      case DIRECT_COUNTER_ENTRY -> {
        modifyOnly(type, "direct_counter_entry");
        writeDirectCounter(e.getDirectCounterEntry(), undo);
      }
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          pre.write(type, e.getPacketReplicationEngineEntry(), undo);
      case VALUE_SET_ENTRY -> {
        modifyOnly(type, "value_set_entry");
        valueSets.write(e.getValueSetEntry(), undo);
      }
      case REGISTER_ENTRY -> {
        modifyOnly(type, "register_entry");
        arrays.write(e.getRegisterEntry(), undo);
      }
      case DIGEST_ENTRY -> digests.write(type, e.getDigestEntry(), undo);
      case EXTERN_ENTRY -> throw noExterns();
      case ENTITY_NOT_SET -> throw Refusal.invalid("the update's entity is not set");
    }
  }

  static Refusal noExterns() {
    return Refusal.unimplemented("extern_entry: there are no externs beyond those of v1model");
  }

  private static void modifyOnly(Update.Type type, String what) {
    if (type != Update.Type.MODIFY) {
      throw Refusal.invalid("a " + what + " can only be modified, not " + type);
    }
  }

  TableStore table(TableEntry e) {
    TableStore t = tables.get(e.getTableId());
    if (t == null) {
      info.tables.get(e.getTableId());
      throw new IllegalStateException("table without store");
    }
    return t;
  }

  private ActionProfileStore profile(int id) {
    ProfileSpec spec = info.profiles.get(id);
    ActionProfileStore p = profiles.get(id);
    if (p == null) {
      throw Refusal.invalid(spec.what() + " is used by no table");
    }
    return p;
  }

  private void writeDirectCounter(DirectCounterEntry d, UndoLog undo) {
    TableEntry key = d.getTableEntry();
    TableStore t = table(key);
    t.requireCounter();
    if (key.getIsDefaultAction()) {
      if (d.hasData()) {
        t.defaultEntry().setCounter(d.getData(), undo);
      }
      return;
    }
    Entry e = existing(t, key);
    if (d.hasData()) {
      t.writeCounter(e, d.getData(), undo);
    }
  }

  private void writeDirectMeter(DirectMeterEntry d, UndoLog undo) {
    TableEntry key = d.getTableEntry();
    TableStore t = table(key);
    t.requireMeter();
    if (d.hasCounterData()) {
      throw Meters.noColourCounters("the direct meter of " + t.spec.what());
    }
    if (key.getIsDefaultAction()) {
      throw Refusal.unimplemented(
          "the default entry of " + t.spec.what() + " has no meter in this switch");
    }
    t.writeMeter(existing(t, key), d.hasConfig() ? d.getConfig() : null, undo);
  }

  static Entry existing(TableStore t, TableEntry key) {
    Entry e = t.find(t.spec.key.key(key.getMatchList(), key.getPriority()));
    if (e == null) {
      throw Refusal.notFound(t.spec.what() + " has no such entry");
    }
    return e;
  }
}
