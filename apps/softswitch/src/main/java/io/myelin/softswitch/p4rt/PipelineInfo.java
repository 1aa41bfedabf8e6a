package io.myelin.softswitch.p4rt;

import io.myelin.p4.config.v1.Counter;
import io.myelin.p4.config.v1.Digest;
import io.myelin.p4.config.v1.DirectCounter;
import io.myelin.p4.config.v1.DirectMeter;
import io.myelin.p4.config.v1.Meter;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.config.v1.Preamble;
import io.myelin.p4.config.v1.Register;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.config.v1.ValueSet;
import io.myelin.softswitch.engine.P4Program;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A P4Info resolved once: every id is looked up here and nowhere else. Immutable after
 * construction. A P4Info that contradicts itself, or the program, is refused with INVALID_ARGUMENT.
 */
final class PipelineInfo {
  private final Map<Integer, ActionSpec> actions = new HashMap<>();
  private final Map<Integer, DirectCounter> directCounters = new HashMap<>();
  private final Map<Integer, DirectMeter> directMeters = new HashMap<>();

  final Catalog<ProfileSpec> profiles = new Catalog<>("action profile");
  final Catalog<TableSpec> tables = new Catalog<>("table");
  final Catalog<ArraySpec> counters = new Catalog<>("counter");
  final Catalog<ArraySpec> meters = new Catalog<>("meter");
  final Catalog<ArraySpec> registers = new Catalog<>("register");
  final Catalog<ValueSetSpec> valueSets = new Catalog<>("value set");
  final Catalog<DigestSpec> digests = new Catalog<>("digest");
  final Map<String, TableSpec> tablesByEngineName = new HashMap<>();
  final PacketHeader packetIn;
  final PacketHeader packetOut;

  /**
   * An indexed counter, meter or register; {@code spec} for meters, {@code bitwidth} for registers.
   */
  record ArraySpec(
      String name,
      String engineName,
      long size,
      io.myelin.p4.config.v1.@Nullable MeterSpec spec,
      int bitwidth) {}

  /** A parser value set. */
  record ValueSetSpec(int id, String name, String engineName, int size, KeySpec key) {}

  /** Objects of one kind, by id. */
  static final class Catalog<T> {
    private final String kind;
    private final Map<Integer, T> byId = new LinkedHashMap<>();
    private final Map<Integer, String> names = new LinkedHashMap<>();

    Catalog(String kind) {
      this.kind = kind;
    }

    void add(Preamble p, T value) {
      byId.put(p.getId(), value);
      names.put(p.getId(), shortName(p));
    }

    /** For requests: an unknown id, or zero, is refused with the valid ones. */
    T get(int id) {
      T value = byId.get(id);
      if (value == null) {
        throw unknown(id);
      }
      return value;
    }

    private Refusal unknown(int id) {
      List<String> valid = new ArrayList<>();
      names.forEach((i, name) -> valid.add(Integer.toUnsignedString(i) + " (" + name + ")"));
      return Refusal.invalid(
          "there is no "
              + kind
              + " with id "
              + Integer.toUnsignedString(id)
              + "; valid: "
              + Options.list(valid));
    }

    Collection<T> all() {
      return byId.values();
    }

    Collection<Integer> ids() {
      return byId.keySet();
    }

    /** All for id zero, the wildcard of reads. */
    Collection<Map.Entry<Integer, T>> select(int id) {
      return id == 0 ? byId.entrySet() : List.of(Map.entry(id, get(id)));
    }
  }

  private PipelineInfo(P4Info p) {
    uniqueIds(p);
    p.getActionsList().forEach(a -> actions.put(a.getPreamble().getId(), new ActionSpec(a)));
    p.getDirectCountersList().forEach(c -> directCounters.put(c.getPreamble().getId(), c));
    p.getDirectMetersList().forEach(m -> directMeters.put(m.getPreamble().getId(), m));
    p.getActionProfilesList().forEach(a -> profiles.add(a.getPreamble(), ProfileSpec.of(a)));
    for (Table t : p.getTablesList()) {
      TableSpec spec = new TableSpec(t, this);
      tables.add(t.getPreamble(), spec);
      tablesByEngineName.put(spec.engineName, spec);
    }
    for (Counter c : p.getCountersList()) {
      counters.add(c.getPreamble(), array(c.getPreamble(), c.getSize()));
    }
    for (Meter m : p.getMetersList()) {
      Preamble n = m.getPreamble();
      meters.add(n, new ArraySpec(shortName(n), n.getName(), m.getSize(), m.getSpec(), 0));
    }
    for (Register r : p.getRegistersList()) {
      Preamble n = r.getPreamble();
      int width = r.getTypeSpec().getBitstring().getBit().getBitwidth();
      registers.add(n, new ArraySpec(shortName(n), n.getName(), r.getSize(), null, width));
    }
    for (ValueSet v : p.getValueSetsList()) {
      Preamble n = v.getPreamble();
      KeySpec key = new KeySpec("value set '" + shortName(n) + "'", v.getMatchList());
      valueSets.add(n, new ValueSetSpec(n.getId(), shortName(n), n.getName(), v.getSize(), key));
    }
    for (Digest d : p.getDigestsList()) {
      digests.add(d.getPreamble(), DigestSpec.of(d, p.getTypeInfo()));
    }
    packetIn = PacketHeader.of(p, "packet_in");
    packetOut = PacketHeader.of(p, "packet_out");
  }

  private static ArraySpec array(Preamble p, long size) {
    return new ArraySpec(shortName(p), p.getName(), size, null, 0);
  }

  /** Resolves a P4Info and checks that the program has all that it promises. */
  static PipelineInfo of(P4Info p, P4Program program) {
    PipelineInfo info = new PipelineInfo(p);
    check("table", p.getTablesList(), Table::getPreamble, program.tables());
    check(
        "action",
        p.getActionsList(),
        io.myelin.p4.config.v1.Action::getPreamble,
        program.actions());
    check(
        "action profile",
        p.getActionProfilesList(),
        io.myelin.p4.config.v1.ActionProfile::getPreamble,
        program.actionProfiles());
    check("counter", p.getCountersList(), Counter::getPreamble, program.indexedExterns());
    check("meter", p.getMetersList(), Meter::getPreamble, program.indexedExterns());
    check("register", p.getRegistersList(), Register::getPreamble, program.indexedExterns());
    check("value set", p.getValueSetsList(), ValueSet::getPreamble, program.valueSets());
    if (p.getExternsCount() > 0) {
      throw Refusal.invalid(
          "extern type '"
              + p.getExterns(0).getExternTypeName()
              + "' is not known; there are no externs beyond those of v1model");
    }
    return info;
  }

  private static <T> void check(
      String kind, List<T> declared, Function<T, Preamble> preamble, Set<String> known) {
    for (T t : declared) {
      String name = preamble.apply(t).getName();
      if (!known.contains(name)) {
        throw Refusal.invalid(
            "the P4Info has "
                + kind
                + " '"
                + name
                + "', the program has not; it has: "
                + Options.list(known));
      }
    }
  }

  private static void uniqueIds(P4Info p) {
    Map<Integer, String> seen = new HashMap<>();
    List<Preamble> all = new ArrayList<>();
    p.getTablesList().forEach(x -> all.add(x.getPreamble()));
    p.getActionsList().forEach(x -> all.add(x.getPreamble()));
    p.getActionProfilesList().forEach(x -> all.add(x.getPreamble()));
    p.getCountersList().forEach(x -> all.add(x.getPreamble()));
    p.getDirectCountersList().forEach(x -> all.add(x.getPreamble()));
    p.getMetersList().forEach(x -> all.add(x.getPreamble()));
    p.getDirectMetersList().forEach(x -> all.add(x.getPreamble()));
    p.getControllerPacketMetadataList().forEach(x -> all.add(x.getPreamble()));
    p.getValueSetsList().forEach(x -> all.add(x.getPreamble()));
    p.getRegistersList().forEach(x -> all.add(x.getPreamble()));
    p.getDigestsList().forEach(x -> all.add(x.getPreamble()));
    for (Preamble n : all) {
      String other = seen.put(n.getId(), n.getName());
      if (n.getId() == 0 || other != null) {
        throw Refusal.invalid(
            "'"
                + n.getName()
                + "' has id "
                + Integer.toUnsignedString(n.getId())
                + (other == null ? ", which is reserved" : ", which '" + other + "' has too"));
      }
    }
  }

  /** The alias, unique among objects of a kind, or the full name where there is none. */
  static String shortName(Preamble p) {
    return p.getAlias().isEmpty() ? p.getName() : p.getAlias();
  }

  ActionSpec declaredAction(int id, String owner) {
    ActionSpec a = actions.get(id);
    if (a == null) {
      throw Refusal.invalid(
          owner + " refers to an unknown action id " + Integer.toUnsignedString(id));
    }
    return a;
  }

  ProfileSpec declaredProfile(Table t) {
    ProfileSpec p = profiles.byId.get(t.getImplementationId());
    if (p == null) {
      throw Refusal.invalid(
          "table '"
              + t.getPreamble().getName()
              + "' refers to an unknown implementation id "
              + Integer.toUnsignedString(t.getImplementationId()));
    }
    return p;
  }

  @Nullable DirectMeter directMeter(int id) {
    return directMeters.get(id);
  }

  boolean isDirectCounter(int id) {
    return directCounters.containsKey(id);
  }
}
