package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.ValueSetEntry;
import io.myelin.p4.v1.ValueSetMember;
import io.myelin.softswitch.engine.MatchField;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Parser value sets (§9.6). */
final class ValueSetStore {
  private final PipelineInfo info;
  private final SwitchControl control;
  private final Map<Integer, ValueSetEntry> sets = new HashMap<>();

  ValueSetStore(PipelineInfo info, SwitchControl control) {
    this.info = info;
    this.control = control;
  }

  void write(ValueSetEntry v, UndoLog undo) {
    PipelineInfo.ValueSetSpec spec = info.valueSets.get(v.getValueSetId());
    if (v.getMembersCount() > spec.size()) {
      throw Refusal.exhausted(
          "value set '"
              + spec.name()
              + "' has room for "
              + spec.size()
              + " members, not "
              + v.getMembersCount());
    }
    ValueSetEntry before = get(spec);
    set(spec, v);
    undo.push(() -> set(spec, before));
  }

  private ValueSetEntry get(PipelineInfo.ValueSetSpec spec) {
    ValueSetEntry v = sets.get(spec.id());
    return v == null ? ValueSetEntry.newBuilder().setValueSetId(spec.id()).build() : v;
  }

  private void set(PipelineInfo.ValueSetSpec spec, ValueSetEntry v) {
    List<List<MatchField>> members = new ArrayList<>();
    ValueSetEntry.Builder canonical = ValueSetEntry.newBuilder().setValueSetId(spec.id());
    Set<EntryKey> seen = new HashSet<>();
    for (ValueSetMember m : v.getMembersList()) {
      byte[] key = spec.key().matchKey(m.getMatchList());
      if (!seen.add(new EntryKey(key))) {
        throw Refusal.exists("value set '" + spec.name() + "' is given a member twice");
      }
      members.add(spec.key().toEngine(key));
      canonical.addMembersBuilder().addAllMatch(spec.key().canonical(m.getMatchList(), key));
    }
    control.setValueSet(spec.engineName(), members);
    sets.put(spec.id(), canonical.build());
  }

  void read(ValueSetEntry v, Consumer<Entity> out) {
    info.valueSets
        .select(v.getValueSetId())
        .forEach(s -> out.accept(Entity.newBuilder().setValueSetEntry(get(s.getValue())).build()));
  }
}
