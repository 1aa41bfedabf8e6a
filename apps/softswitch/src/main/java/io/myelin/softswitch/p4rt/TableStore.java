package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.CounterData;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.CounterValue;
import io.myelin.softswitch.engine.EntryAction;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The entries of one table (§9.1), indexed by canonical match and priority. */
final class TableStore {
  final TableSpec spec;
  private final SwitchControl control;
  private final @Nullable ActionProfileStore profile;
  private final IdleTimeouts idle;
  private final Map<EntryKey, Entry> entries = new LinkedHashMap<>();

  private final DefaultEntry defaultEntry;

  TableStore(
      TableSpec spec,
      SwitchControl control,
      @Nullable ActionProfileStore profile,
      IdleTimeouts idle) {
    this.spec = spec;
    this.control = control;
    this.profile = profile;
    this.idle = idle;
    this.defaultEntry = new DefaultEntry(spec, control);
    for (SwitchControl.InitialEntry e : control.initialEntries(spec.engineName)) {
      adopt(e);
    }
  }

  /**
   * Which single entries are const, neither the P4Info nor BMv2's JSON tells: only whole tables.
   */
  private void adopt(SwitchControl.InitialEntry e) {
    EntryKey key = spec.key.key(e.priority(), e.match());
    TableEntry.Builder proto =
        TableEntry.newBuilder()
            .setTableId(spec.id)
            .addAllMatch(spec.key.toProto(key.bytes))
            .setIsConst(spec.isConst);
    if (spec.key.needsPriority()) {
      proto.setPriority(e.priority());
    }
    ActionSpec action = spec.actionByEngineName(e.action().action());
    if (action != null) {
      proto.getActionBuilder().setAction(action.toProto(e.action()));
    }
    entries.put(key, new Entry(key, e.handle(), proto.build(), e.action(), spec.isConst));
  }

  // ---- reading ---------------------------------------------------------------------------------

  Collection<Entry> all() {
    return entries.values();
  }

  @Nullable Entry find(EntryKey key) {
    return entries.get(key);
  }

  DefaultEntry defaultEntry() {
    return defaultEntry;
  }

  CounterValue counter(Entry e) {
    return control.entryCounter(spec.engineName, e.handle);
  }

  /** Nanoseconds since the entry was last hit, or inserted. */
  long sinceLastHitNs(Entry e) {
    return Math.max(0, control.nowNs() - lastHitNs(e));
  }

  long lastHitNs(Entry e) {
    return control.entryLastHitNs(spec.engineName, e.handle);
  }

  // ---- writing ---------------------------------------------------------------------------------

  void write(Update.Type type, TableEntry t, UndoLog undo) {
    if (t.getIsConst()) {
      throw Refusal.invalid("is_const of an entry of " + spec.what() + " cannot be written");
    }
    if (t.getIsDefaultAction()) {
      checkDirect(t);
      defaultEntry.write(type, t, undo);
      return;
    }
    switch (type) {
      case INSERT -> insert(t, undo);
      case MODIFY -> modify(t, undo);
      case DELETE -> delete(t, undo);
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("type " + type);
    }
  }

  private void refuseConstTable() {
    if (spec.isConst) {
      throw Refusal.denied(spec.what() + " has constant entries");
    }
  }

  private void insert(TableEntry t, UndoLog undo) {
    refuseConstTable();
    if (spec.key.isEmpty()) {
      throw Refusal.invalid(spec.what() + " has no match key: only its default entry is written");
    }
    EntryKey key = spec.key.key(t.getMatchList(), t.getPriority());
    if (!t.hasAction()) {
      throw Refusal.invalid("an entry inserted into " + spec.what() + " must have an action");
    }
    checkDirect(t);
    ActionProfileStore.Reference action = resolve(t.getAction(), null);
    if (entries.containsKey(key)) {
      throw Refusal.exists(spec.what() + " has an entry with " + describe(t));
    }
    if (spec.size > 0 && entries.size() >= spec.size) {
      throw Refusal.exhausted(spec.what() + " holds its " + spec.size + " entries");
    }
    add(key, canonical(t, key, action.canonical()), action.action(), t);
    undo.push(() -> remove(entry(key)));
  }

  /** Installs a checked entry with the direct resources that {@code direct} sets. */
  private Entry add(EntryKey key, TableEntry proto, EntryAction action, TableEntry direct) {
    long handle =
        control.addEntry(
            spec.engineName, spec.key.toEngine(key.bytes), proto.getPriority(), action);
    Entry e = new Entry(key, handle, proto, action, false);
    try {
      if (direct.hasMeterConfig()) {
        setMeter(e, direct.getMeterConfig());
      }
      if (direct.hasCounterData()) {
        setCounter(e, direct.getCounterData());
      }
    } catch (RuntimeException refusedByTheSwitch) {
      control.removeEntry(spec.engineName, handle);
      throw refusedByTheSwitch;
    }
    entries.put(key, e);
    use(action, 1);
    idle.track(this, e);
    return e;
  }

  private void remove(Entry e) {
    control.removeEntry(spec.engineName, e.handle);
    entries.remove(e.key);
    e.removed = true;
    use(e.action, -1);
  }

  private void use(EntryAction action, int delta) {
    if (profile != null) {
      profile.use(action, delta);
    }
  }

  private Entry entry(EntryKey key) {
    Entry e = entries.get(key);
    if (e == null) {
      throw new IllegalStateException("no entry in " + spec.what());
    }
    return e;
  }

  private Entry existing(TableEntry t) {
    Entry e = entries.get(spec.key.key(t.getMatchList(), t.getPriority()));
    if (e == null) {
      throw Refusal.notFound(spec.what() + " has no entry with " + describe(t));
    }
    return e;
  }

  private void modify(TableEntry t, UndoLog undo) {
    Entry e = existing(t);
    if (e.isConst && t.hasAction()) {
      throw Refusal.denied("the action of a constant entry of " + spec.what() + " cannot be set");
    }
    checkDirect(t);
    ActionProfileStore.Reference action =
        t.hasAction()
            ? resolve(t.getAction(), e.action)
            : new ActionProfileStore.Reference(e.action, e.proto.getAction());
    if (undo.isOn()) {
      TableEntry proto = e.proto;
      EntryAction before = e.action;
      MeterConfig meter = e.meter;
      CounterValue counter = t.hasCounterData() ? counter(e) : null;
      undo.push(
          () -> {
            bind(e, before);
            e.proto = proto;
            resetMeter(e, meter);
            if (counter != null) {
              control.setEntryCounter(spec.engineName, e.handle, counter);
            }
            idle.track(this, e);
          });
    }
    if (t.hasAction()) {
      bind(e, action.action());
    }
    e.proto = e.isConst ? e.proto : canonical(t, e.key, action.canonical());
    resetMeter(e, t.hasMeterConfig() ? t.getMeterConfig() : null);
    if (t.hasCounterData()) {
      setCounter(e, t.getCounterData());
    }
    idle.track(this, e);
  }

  @SuppressWarnings("ReferenceEquality") // Unchanged is the same object.
  private void bind(Entry e, EntryAction action) {
    if (action == e.action) {
      return;
    }
    control.modifyEntry(spec.engineName, e.handle, action);
    use(action, 1);
    use(e.action, -1);
    e.action = action;
  }

  private void delete(TableEntry t, UndoLog undo) {
    refuseConstTable();
    Entry e = existing(t);
    if (e.isConst) {
      throw Refusal.denied("the entry of " + spec.what() + " with " + describe(t) + " is constant");
    }
    if (undo.isOn()) {
      TableEntry.Builder direct = TableEntry.newBuilder();
      if (e.meter != null) {
        direct.setMeterConfig(e.meter);
      }
      if (spec.directCounter) {
        direct.setCounterData(toProto(counter(e)));
      }
      TableEntry kept = direct.build();
      undo.push(() -> add(e.key, e.proto, e.action, kept));
    }
    remove(e);
  }

  // ---- checks and direct resources (§9.1.7) ----------------------------------------------------

  @SuppressWarnings("ReferenceEquality") // Unchanged is the same object.
  private ActionProfileStore.Reference resolve(TableAction action, @Nullable EntryAction replaced) {
    if (profile != null) {
      return profile.resolve(action, replaced);
    }
    if (action.getTypeCase() != TableAction.TypeCase.ACTION) {
      throw Refusal.invalid(
          spec.what() + " has no action profile: give an action, not " + action.getTypeCase());
    }
    ActionSpec.Resolved r = spec.resolve(action.getAction(), TableSpec.Use.ENTRY);
    return new ActionProfileStore.Reference(
        r.call(),
        r.canonical() == action.getAction()
            ? action
            : TableAction.newBuilder().setAction(r.canonical()).build());
  }

  private void checkDirect(TableEntry t) {
    if (t.hasCounterData()) {
      requireCounter();
      fromProto(t.getCounterData());
    }
    if (t.hasMeterConfig()) {
      rates(t.getMeterConfig());
    }
    if (t.hasMeterCounterData()) {
      throw Meters.noColourCounters("the direct meter of " + spec.what());
    }
    if (t.hasTimeSinceLastHit()) {
      throw Refusal.invalid("time_since_last_hit of " + spec.what() + " cannot be written");
    }
    if (t.getIdleTimeoutNs() != 0 && !spec.idleTimeouts) {
      throw Refusal.invalid(spec.what() + " does not support idle timeouts");
    }
    if (t.getIdleTimeoutNs() < 0) {
      throw Refusal.invalid(
          "idle_timeout_ns of " + spec.what() + " is negative: " + t.getIdleTimeoutNs());
    }
  }

  void requireCounter() {
    if (!spec.directCounter) {
      throw Refusal.invalid(spec.what() + " has no direct counter");
    }
  }

  private io.myelin.softswitch.engine.MeterRates rates(MeterConfig c) {
    return Meters.rates(c, requireMeter(), "the direct meter of " + spec.what());
  }

  io.myelin.p4.config.v1.MeterSpec requireMeter() {
    if (spec.directMeter == null) {
      throw Refusal.invalid(spec.what() + " has no direct meter");
    }
    return spec.directMeter;
  }

  private void setMeter(Entry e, MeterConfig config) {
    control.setEntryMeter(spec.engineName, e.handle, rates(config));
    e.meter = config;
  }

  private void resetMeter(Entry e, @Nullable MeterConfig config) {
    if (config != null) {
      setMeter(e, config);
    } else if (e.meter != null) {
      control.setEntryMeter(spec.engineName, e.handle, null);
      e.meter = null;
    }
  }

  void writeMeter(Entry e, @Nullable MeterConfig config, UndoLog undo) {
    MeterConfig before = e.meter;
    resetMeter(e, config);
    undo.push(() -> resetMeter(e, before));
  }

  private void setCounter(Entry e, CounterData data) {
    control.setEntryCounter(spec.engineName, e.handle, fromProto(data));
  }

  void writeCounter(Entry e, CounterData data, UndoLog undo) {
    CounterValue before = undo.isOn() ? counter(e) : CounterValue.ZERO;
    setCounter(e, data);
    undo.push(() -> control.setEntryCounter(spec.engineName, e.handle, before));
  }

  static CounterData toProto(CounterValue v) {
    return CounterData.newBuilder().setByteCount(v.bytes()).setPacketCount(v.packets()).build();
  }

  static CounterValue fromProto(CounterData d) {
    if (d.getByteCount() < 0 || d.getPacketCount() < 0) {
      throw Refusal.invalid(
          "a counter cannot be negative: "
              + d.getByteCount()
              + " bytes, "
              + d.getPacketCount()
              + " packets");
    }
    return new CounterValue(d.getPacketCount(), d.getByteCount());
  }

  // ---- representation --------------------------------------------------------------------------

  /** As read back: the given message itself where it is canonical, so that inserts copy little. */
  @SuppressWarnings("ReferenceEquality") // Unchanged is the same object.
  private TableEntry canonical(TableEntry t, EntryKey key, TableAction action) {
    List<io.myelin.p4.v1.FieldMatch> match = spec.key.canonical(t.getMatchList(), key.bytes);
    if (match == t.getMatchList()
        && t.hasAction()
        && action == t.getAction()
        && !t.hasMeterConfig()
        && !t.hasCounterData()) {
      return t;
    }
    TableEntry.Builder b = withoutDirect(t).setAction(action);
    if (match != t.getMatchList()) {
      b.clearMatch().addAllMatch(match);
    }
    return b.build();
  }

  static TableEntry.Builder withoutDirect(TableEntry t) {
    return t.toBuilder().clearMeterConfig().clearCounterData();
  }

  private static String describe(TableEntry t) {
    String match =
        t.getMatchList().stream()
            .limit(6)
            .map(
                m ->
                    com.google.protobuf.TextFormat.printer()
                        .emittingSingleLine(true)
                        .printToString(m))
            .collect(java.util.stream.Collectors.joining("; "));
    return "match {" + match + "} and priority " + t.getPriority();
  }
}
