package io.myelin.softswitch.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The entries of a table. Control methods are serialised; packets only read. */
final class Table {
  private static final CounterArray NO_COUNTER = new CounterArray(0);

  final TableInfo info;
  final CounterArray defaultCounter;
  private final SwitchState state;
  private final TupleSpace entries;
  private final Map<Long, TableEntry> byHandle = new HashMap<>();
  private final Map<Identity, Long> identities = new HashMap<>();
  private volatile Binding.@Nullable Bound defaultAction;
  private long nextHandle = 1;

  /** What makes two entries the same: value, mask, ranges and priority. */
  private record Identity(
      TupleSpace.WordsKey value,
      TupleSpace.WordsKey mask,
      List<KeyLayout.RangeCheck> ranges,
      int priority) {}

  private volatile boolean suspended;

  Table(TableInfo info, SwitchState state) {
    this.info = info;
    this.state = state;
    entries = new TupleSpace(info.key.words);
    defaultCounter = info.withCounters ? new CounterArray(1) : NO_COUNTER;
    defaultAction = info.initialDefault;
    for (SwitchControl.InitialEntry e : info.initialEntries) {
      add(e.match(), e.priority(), e.action());
    }
  }

  @Nullable TableEntry find(long[] key) {
    return suspended ? null : entries.find(key);
  }

  /** Nothing is found from now on, whatever is written. */
  void suspend() {
    suspended = true;
  }

  Binding.@Nullable Bound defaultAction() {
    return defaultAction;
  }

  synchronized long add(List<MatchField> match, int priority, EntryAction action) {
    if (info.key.fields.isEmpty()) {
      throw new IllegalArgumentException(
          "table " + info.name + " has no key: it only has a default action");
    }
    if (byHandle.size() >= info.maxSize) {
      throw new TableFullException(
          "table " + info.name + " holds its " + info.maxSize + " entries");
    }
    boolean ranked = info.key.fields.stream().anyMatch(f -> f.kind().needsPriority());
    if (!ranked && priority != 0) {
      throw new IllegalArgumentException(
          "table "
              + info.name
              + " has no ternary, range or optional field: its entries have"
              + " priority 0, not "
              + priority);
    }
    int words = info.key.words;
    long[] value = new long[words];
    long[] mask = new long[words];
    KeyLayout.RangeCheck[] ranges = info.key.encode(match, value, mask, info.name);
    int rank = ranked ? priority : info.key.prefixLength(match);
    Identity identity =
        new Identity(
            new TupleSpace.WordsKey(value), new TupleSpace.WordsKey(mask), List.of(ranges), rank);
    Long same = identities.get(identity);
    if (same != null) {
      throw new IllegalArgumentException(
          "table " + info.name + " already has this match, with handle " + same);
    }
    Binding binding = state.bind(info, action);
    TableEntry e =
        new TableEntry(
            nextHandle++,
            value,
            mask,
            ranges,
            rank,
            binding,
            info.withCounters ? new CounterArray(1) : NO_COUNTER,
            state.clock.nowNs());
    identities.put(identity, e.handle);
    byHandle.put(e.handle, e);
    entries.add(e);
    return e.handle;
  }

  synchronized void modify(long handle, EntryAction action) {
    TableEntry e = entry(handle);
    Binding old = e.binding;
    e.binding = state.bind(info, action);
    state.release(info, old);
  }

  synchronized void remove(long handle) {
    TableEntry e = entry(handle);
    entries.remove(e);
    byHandle.remove(handle);
    identities.remove(
        new Identity(
            new TupleSpace.WordsKey(e.value),
            new TupleSpace.WordsKey(e.mask),
            List.of(e.ranges),
            e.priority));
    state.release(info, e.binding);
  }

  synchronized void setDefault(@Nullable ActionCall call) {
    if (call == null) {
      defaultAction = info.initialDefault;
      return;
    }
    Binding.Bound bound = info.bind(call);
    if (info.constDefault) {
      Binding.Bound fixed = info.initialDefault;
      if (fixed == null
          || fixed.action() != bound.action()
          || !java.util.Arrays.equals(fixed.args(), bound.args())) {
        throw new IllegalArgumentException(
            "the default action of table "
                + info.name
                + " is constant"
                + (fixed == null ? "" : ": " + fixed.action().name));
      }
    }
    defaultAction = bound;
  }

  CounterValue counter(long handle) {
    return counted(entry(handle).counter).get(0);
  }

  void setCounter(long handle, CounterValue value) {
    counted(entry(handle).counter).set(0, value);
  }

  CounterValue defaultCounter() {
    return counted(defaultCounter).get(0);
  }

  void setDefaultCounter(CounterValue value) {
    counted(defaultCounter).set(0, value);
  }

  private CounterArray counted(CounterArray counter) {
    if (!info.withCounters) {
      throw new IllegalArgumentException("table " + info.name + " has no direct counter");
    }
    return counter;
  }

  void setMeter(long handle, @Nullable MeterRates rates) {
    if (info.meterTarget == null) {
      throw new IllegalArgumentException("table " + info.name + " has no direct meter");
    }
    if (rates != null) {
      Meter.validate(rates);
    }
    entry(handle).meter = rates == null ? null : new Meter(rates, state.clock.nowNs());
  }

  long lastHitNs(long handle) {
    return entry(handle).lastHitNs();
  }

  synchronized int size() {
    return byHandle.size();
  }

  private synchronized TableEntry entry(long handle) {
    TableEntry e = byHandle.get(handle);
    if (e == null) {
      throw new IllegalArgumentException(
          "table "
              + info.name
              + " has no entry with handle "
              + handle
              + "; it has "
              + byHandle.size()
              + " entries");
    }
    return e;
  }
}
