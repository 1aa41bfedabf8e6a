package io.myelin.softswitch.p4rt;

import io.myelin.p4.config.v1.Action;
import io.myelin.p4.config.v1.ActionProfile;
import io.myelin.p4.config.v1.ActionRef;
import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.config.v1.Counter;
import io.myelin.p4.config.v1.Digest;
import io.myelin.p4.config.v1.MatchField;
import io.myelin.p4.config.v1.Meter;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.config.v1.Preamble;
import io.myelin.p4.config.v1.Register;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.config.v1.ValueSet;
import io.myelin.softswitch.engine.P4Program;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A P4Info resolved once: objects by id, and the checks that it belongs to a program. */
final class PipelineInfo {
  /** Valid options shown in a message. */
  private static final int MOST = 12;

  private final P4Info p4info;
  private final Map<Integer, TableInfo> tables = new LinkedHashMap<>();
  private final Map<Integer, Action> actions;
  private final Map<Integer, ActionProfile> profiles;
  private final Map<Integer, Counter> counters;
  private final Map<Integer, Meter> meters;
  private final Map<Integer, Register> registers;
  private final Map<Integer, Digest> digests;
  private final Map<Integer, ValueSet> valueSets;

  /**
   * A table with what its entries are checked against.
   *
   * @param priority whether entries need a priority: a ternary, range or optional field is there
   */
  record TableInfo(
      Table table,
      String name,
      Map<Integer, Integer> fieldIndex,
      Map<Integer, ActionRef> actions,
      boolean priority,
      boolean directCounter,
      boolean directMeter) {}

  PipelineInfo(P4Info info) {
    p4info = info;
    actions = index(info.getActionsList(), Action::getPreamble);
    profiles = index(info.getActionProfilesList(), ActionProfile::getPreamble);
    counters = index(info.getCountersList(), Counter::getPreamble);
    meters = index(info.getMetersList(), Meter::getPreamble);
    registers = index(info.getRegistersList(), Register::getPreamble);
    digests = index(info.getDigestsList(), Digest::getPreamble);
    valueSets = index(info.getValueSetsList(), ValueSet::getPreamble);
    Set<Integer> directCounters = new HashSet<>();
    info.getDirectCountersList().forEach(c -> directCounters.add(c.getDirectTableId()));
    Set<Integer> directMeters = new HashSet<>();
    info.getDirectMetersList().forEach(m -> directMeters.add(m.getDirectTableId()));
    for (Table t : info.getTablesList()) {
      tables.put(t.getPreamble().getId(), resolve(t, directCounters, directMeters));
    }
  }

  private TableInfo resolve(Table t, Set<Integer> directCounters, Set<Integer> directMeters) {
    Map<Integer, Integer> fields = new HashMap<>();
    boolean priority = false;
    for (int i = 0; i < t.getMatchFieldsCount(); i++) {
      MatchField f = t.getMatchFields(i);
      fields.put(f.getId(), i);
      priority |=
          switch (f.getMatchType()) {
            case TERNARY, RANGE, OPTIONAL -> true;
            case EXACT, LPM, UNSPECIFIED, UNRECOGNIZED -> false;
          };
    }
    Map<Integer, ActionRef> refs = new LinkedHashMap<>();
    for (ActionRef ref : t.getActionRefsList()) {
      refs.put(ref.getId(), ref);
      if (!actions.containsKey(ref.getId())) {
        throw RpcException.invalid(
            "P4Info: table '"
                + t.getPreamble().getName()
                + "' refers to unknown action "
                + ref.getId());
      }
    }
    if (t.getImplementationId() != 0 && !profiles.containsKey(t.getImplementationId())) {
      throw RpcException.invalid(
          "P4Info: table '"
              + t.getPreamble().getName()
              + "' refers to unknown action profile "
              + t.getImplementationId());
    }
    int id = t.getPreamble().getId();
    return new TableInfo(
        t,
        t.getPreamble().getName(),
        fields,
        refs,
        priority,
        directCounters.contains(id),
        directMeters.contains(id));
  }

  private static <T> Map<Integer, T> index(List<T> list, Function<T, Preamble> preamble) {
    Map<Integer, T> map = new LinkedHashMap<>();
    for (T t : list) {
      Preamble p = preamble.apply(t);
      if (p.getId() == 0 || map.put(p.getId(), t) != null) {
        throw RpcException.invalid(
            "P4Info: id " + p.getId() + " of '" + p.getName() + "' is zero or used twice");
      }
    }
    return map;
  }

  /** Refuses a P4Info that speaks of things that the program does not have. */
  void checkAgainst(P4Program program) {
    check("table", p4info.getTablesList(), Table::getPreamble, program.tables());
    check(
        "action profile",
        p4info.getActionProfilesList(),
        ActionProfile::getPreamble,
        program.actionProfiles());
    check("counter", p4info.getCountersList(), Counter::getPreamble, program.indexedExterns());
    check("meter", p4info.getMetersList(), Meter::getPreamble, program.indexedExterns());
    check("register", p4info.getRegistersList(), Register::getPreamble, program.indexedExterns());
    Set<Integer> used = new HashSet<>();
    tables.values().forEach(t -> used.addAll(t.actions().keySet()));
    check(
        "action",
        p4info.getActionsList().stream()
            .filter(a -> used.contains(a.getPreamble().getId()))
            .toList(),
        Action::getPreamble,
        program.actions());
  }

  private static <T> void check(
      String kind, List<T> list, Function<T, Preamble> preamble, Set<String> program) {
    for (T t : list) {
      String name = preamble.apply(t).getName();
      if (!program.contains(name)) {
        throw RpcException.invalid(
            "P4Info does not match the device config: "
                + kind
                + " '"
                + name
                + "' is not in the program, which has: "
                + some(program));
      }
    }
  }

  P4Info p4info() {
    return p4info;
  }

  Iterable<TableInfo> tables() {
    return tables.values();
  }

  Iterable<ActionProfile> profiles() {
    return profiles.values();
  }

  TableInfo table(int id) {
    return find("table", id, tables, TableInfo::name);
  }

  @Nullable Action actionOrNull(int id) {
    return actions.get(id);
  }

  ActionProfile profile(int id) {
    return find("action profile", id, profiles, p -> p.getPreamble().getName());
  }

  Map<Integer, Counter> counters() {
    return counters;
  }

  Map<Integer, Meter> meters() {
    return meters;
  }

  Map<Integer, Register> registers() {
    return registers;
  }

  Map<Integer, Digest> digests() {
    return digests;
  }

  Map<Integer, ValueSet> valueSets() {
    return valueSets;
  }

  @Nullable ControllerPacketMetadata controllerHeader(String name) {
    for (ControllerPacketMetadata h : p4info.getControllerPacketMetadataList()) {
      if (h.getPreamble().getName().equals(name)) {
        return h;
      }
    }
    return null;
  }

  /** An object by id; NOT_FOUND names the valid ones. */
  static <T> T find(String kind, int id, Map<Integer, T> among, Function<T, String> name) {
    T t = among.get(id);
    if (t == null) {
      throw RpcException.notFound(
          "there is no "
              + kind
              + " with id "
              + id
              + "; there are: "
              + among.entrySet().stream()
                  .limit(MOST)
                  .map(e -> e.getKey() + " (" + name.apply(e.getValue()) + ")")
                  .collect(Collectors.joining(", "))
              + (among.size() > MOST ? " and " + (among.size() - MOST) + " more" : ""));
    }
    return t;
  }

  static String some(Iterable<String> names) {
    StringBuilder s = new StringBuilder();
    int n = 0;
    for (String name : names) {
      if (n++ < MOST) {
        s.append(s.length() > 0 ? ", " : "").append(name);
      }
    }
    return n > MOST ? s + " and " + (n - MOST) + " more" : n == 0 ? "none" : s.toString();
  }
}
