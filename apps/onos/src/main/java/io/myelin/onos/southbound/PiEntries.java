package io.myelin.onos.southbound;

import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.onlab.util.ImmutableByteSequence;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.PiCriterion;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.PiInstruction;
import org.onosproject.net.pi.model.PiActionId;
import org.onosproject.net.pi.model.PiActionModel;
import org.onosproject.net.pi.model.PiActionParamId;
import org.onosproject.net.pi.model.PiMatchFieldId;
import org.onosproject.net.pi.model.PiMatchFieldModel;
import org.onosproject.net.pi.model.PiMatchType;
import org.onosproject.net.pi.model.PiPipelineModel;
import org.onosproject.net.pi.model.PiTableId;
import org.onosproject.net.pi.model.PiTableModel;
import org.onosproject.net.pi.runtime.PiAction;
import org.onosproject.net.pi.runtime.PiActionParam;
import org.onosproject.net.pi.runtime.PiActionSet;
import org.onosproject.net.pi.runtime.PiExactFieldMatch;
import org.onosproject.net.pi.runtime.PiFieldMatch;
import org.onosproject.net.pi.runtime.PiLpmFieldMatch;
import org.onosproject.net.pi.runtime.PiMatchKey;
import org.onosproject.net.pi.runtime.PiTableAction;
import org.onosproject.net.pi.runtime.PiTableEntry;
import org.onosproject.net.pi.runtime.PiTernaryFieldMatch;

/**
 * Entries of the core as ONOS's flow rules, and back. The core names tables and actions by their
 * short names, ONOS by the whole ones of the P4Info; all are resolved on construction, so that a
 * pipeline that lacks one fails there.
 */
final class PiEntries {

  private record Actions(PiTableModel table, Map<String, PiActionModel> byAlias) {}

  private final Map<Table, Actions> tables = new TreeMap<>(Comparator.comparingInt(Table::stage));
  private final Map<String, Table> byName = new HashMap<>();
  private final ApplicationId app;

  /**
   * @param core whose entries they are
   * @param pipeline ONOS's model of the same
   * @param app in whose name rules are written
   * @throws IllegalArgumentException naming a table that the pipeline lacks
   */
  PiEntries(Pipeline core, PiPipelineModel pipeline, ApplicationId app) {
    this.app = app;
    Map<String, PiTableModel> byAlias = new TreeMap<>();
    pipeline.tables().forEach(t -> byAlias.put(alias(t.id().id()), t));
    for (Table t : core.tables()) {
      if (t.isCloneSessions()) {
        continue; // not of the program
      }
      PiTableModel model = byAlias.get(t.p4Name());
      if (model == null) {
        throw new IllegalArgumentException(
            "the pipeline has no table '" + t.p4Name() + "'; it has: " + byAlias.keySet());
      }
      Map<String, PiActionModel> actions = new TreeMap<>();
      model.actions().forEach(a -> actions.put(alias(a.id().id()), a));
      tables.put(t, new Actions(model, actions));
      byName.put(model.id().id(), t);
    }
  }

  private static String alias(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private Actions table(Table table) {
    Actions a = tables.get(table);
    if (a == null) {
      throw new IllegalArgumentException(table + " is not a table of the program");
    }
    return a;
  }

  /** The tables with direct meters. */
  List<PiTableId> metered() {
    List<PiTableId> all = new ArrayList<>();
    for (Actions a : tables.values()) {
      if (!a.table.meters().isEmpty()) {
        all.add(a.table.id());
      }
    }
    return all;
  }

  // ---- to ONOS ---------------------------------------------------------------------------------

  /**
   * The rule of an entry. Without watch ports: {@link WatchedPorts} has taken their place.
   *
   * @throws IllegalArgumentException naming a field, action or parameter that the pipeline lacks
   */
  FlowRule rule(DeviceId device, Entry entry) {
    EntryKey key = entry.key();
    Actions table = table(key.table());
    return DefaultFlowRule.builder()
        .forDevice(device)
        .forTable(table.table.id())
        .fromApp(app)
        .makePermanent()
        // ONOS adds one (PiFlowRuleTranslator), since P4Runtime's lowest priority is 1.
        .withPriority(Math.max(0, key.priority() - 1))
        .withSelector(selector(table.table, key))
        .withTreatment(
            DefaultTrafficTreatment.builder().piTableAction(action(table, entry.action())).build())
        .build();
  }

  private static TrafficSelector selector(PiTableModel table, EntryKey key) {
    if (key.match().isEmpty()) {
      return DefaultTrafficSelector.emptySelector();
    }
    PiCriterion.Builder fields = PiCriterion.builder();
    matches(table, key).forEach(fields::add);
    return DefaultTrafficSelector.builder().matchPi(fields.build()).build();
  }

  private static List<PiFieldMatch> matches(PiTableModel table, EntryKey key) {
    List<PiFieldMatch> all = new ArrayList<>();
    for (FieldMatch m : key.match()) {
      PiMatchFieldId id = PiMatchFieldId.of(m.field());
      PiMatchFieldModel field =
          table
              .matchField(id)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "table '" + table.id() + "' has no field '" + m.field() + "'"));
      int bits = field.bitWidth();
      all.add(
          switch (m.kind()) {
            case EXACT -> new PiExactFieldMatch(id, bytes(m.value(), bits));
            case LPM -> new PiLpmFieldMatch(id, bytes(m.value(), bits), m.prefixLength());
            case TERNARY ->
                new PiTernaryFieldMatch(
                    id, bytes(m.value(), bits), bytes(m.mask().and(U128.ones(bits)), bits));
          });
    }
    return all;
  }

  private static PiTableAction action(Actions table, EntryAction action) {
    if (action instanceof EntryAction.Call call) {
      return call(table, call);
    }
    PiActionSet.Builder set = PiActionSet.builder();
    for (EntryAction.Member m : ((EntryAction.Weighted) action).members()) {
      set.addWeightedAction(call(table, m.call()), m.weight());
    }
    return set.build();
  }

  private static PiAction call(Actions table, EntryAction.Call call) {
    PiActionModel model = table.byAlias.get(call.action());
    if (model == null) {
      throw new IllegalArgumentException(
          "table '"
              + table.table.id()
              + "' has no action '"
              + call.action()
              + "'; it has: "
              + table.byAlias.keySet());
    }
    PiAction.Builder b = PiAction.builder().withId(PiActionId.of(model.id().id()));
    for (EntryAction.Arg a : call.args()) {
      PiActionParamId id = PiActionParamId.of(a.name());
      int bits =
          model
              .param(id)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "action '" + model.id() + "' has no parameter '" + a.name() + "'"))
              .bitWidth();
      b.withParameter(new PiActionParam(id, bytes(a.value(), bits)));
    }
    return b.build();
  }

  private static ImmutableByteSequence bytes(U128 value, int bits) {
    try {
      return ImmutableByteSequence.copyFrom(value.canonicalBytes()).fit(bits);
    } catch (ImmutableByteSequence.ByteSequenceTrimException e) {
      throw new IllegalArgumentException(value + " has more than " + bits + " bits", e);
    }
  }

  /** What a direct meter belongs to. */
  PiTableEntry meteredEntry(EntryKey key) {
    Actions table = table(key.table());
    PiMatchKey.Builder match = PiMatchKey.builder();
    match.addFieldMatches(matches(table.table, key));
    return PiTableEntry.builder()
        .forTable(table.table.id())
        .withMatchKey(match.build())
        .withPriority(key.priority())
        .build();
  }

  // ---- from ONOS -------------------------------------------------------------------------------

  /** The entry of a rule, without meter; null: a table that is not ours. */
  @Nullable Entry entry(FlowRule rule) {
    Table table = rule.table() instanceof PiTableId id ? byName.get(id.id()) : null;
    if (table == null) {
      return null;
    }
    Actions info = table(table);
    PiTableAction action = null;
    for (Instruction i : rule.treatment().allInstructions()) {
      if (i instanceof PiInstruction pi) {
        action = pi.action();
      }
    }
    if (action == null) {
      return null;
    }
    List<PiFieldMatch> fields = new ArrayList<>();
    if (rule.selector().getCriterion(Criterion.Type.PROTOCOL_INDEPENDENT)
        instanceof PiCriterion c) {
      fields.addAll(c.fieldMatches());
    }
    boolean prioritised =
        !fields.isEmpty()
            && info.table.matchFields().stream()
                .anyMatch(f -> f.matchType() == PiMatchType.TERNARY);
    return new Entry(
        key(table, info.table, fields, prioritised ? rule.priority() + 1 : 0),
        action(info, action));
  }

  /** The key of what a direct meter belongs to; null: a table that is not ours. */
  @Nullable EntryKey key(PiTableEntry e) {
    Table table = byName.get(e.table().id());
    if (table == null) {
      return null;
    }
    return key(
        table,
        table(table).table,
        List.copyOf(e.matchKey().fieldMatches()),
        e.priority().orElse(0));
  }

  private static EntryKey key(
      Table table, PiTableModel model, List<PiFieldMatch> fields, int priority) {
    Map<String, PiFieldMatch> present = new HashMap<>();
    fields.forEach(f -> present.put(f.fieldId().id(), f));
    List<FieldMatch> match = new ArrayList<>();
    for (PiMatchFieldModel f : model.matchFields()) { // in the program's order, as we write them
      PiFieldMatch m = present.get(f.id().id());
      if (m != null) {
        match.add(field(f.id().id(), m));
      }
    }
    return new EntryKey(table, match, priority);
  }

  private static FieldMatch field(String name, PiFieldMatch m) {
    if (m instanceof PiExactFieldMatch e) {
      return FieldMatch.exact(name, value(e.value()));
    }
    if (m instanceof PiLpmFieldMatch l) {
      return FieldMatch.lpm(name, value(l.value()), l.prefixLength());
    }
    if (m instanceof PiTernaryFieldMatch t) {
      return FieldMatch.ternary(name, value(t.value()), value(t.mask()));
    }
    throw new IllegalArgumentException("field '" + name + "' came back as " + m.type());
  }

  private static EntryAction action(Actions table, PiTableAction action) {
    if (action instanceof PiAction a) {
      return call(table, a);
    }
    List<EntryAction.Member> members = new ArrayList<>();
    for (PiActionSet.WeightedAction w : ((PiActionSet) action).actions()) {
      members.add(new EntryAction.Member(call(table, w.action()), w.weight(), 0));
    }
    // ONOS keeps a set, which has no order.
    members.sort(Comparator.comparing(EntryAction.Member::toString));
    return new EntryAction.Weighted(members);
  }

  private static EntryAction.Call call(Actions table, PiAction a) {
    String alias = alias(a.id().id());
    PiActionModel model = table.byAlias.get(alias);
    Map<String, U128> present = new HashMap<>();
    a.parameters().forEach(p -> present.put(p.id().id(), value(p.value())));
    List<EntryAction.Arg> args = new ArrayList<>();
    if (model != null) {
      model
          .params()
          .forEach(
              p ->
                  args.add(
                      new EntryAction.Arg(
                          p.id().id(), present.getOrDefault(p.id().id(), U128.ZERO))));
    }
    return new EntryAction.Call(alias, args);
  }

  private static U128 value(ImmutableByteSequence bytes) {
    return U128.fromBytes(bytes.asArray());
  }
}
