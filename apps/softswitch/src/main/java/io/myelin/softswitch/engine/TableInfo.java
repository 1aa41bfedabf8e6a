package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A table as the program declares it, plus where the pipeline goes after it. */
final class TableInfo extends ControlNode {
  final int index;
  final KeyLayout key;
  final int maxSize;
  final boolean withCounters;

  /** Actions that entries may name, by name. */
  final Map<String, CompiledAction> actions = new LinkedHashMap<>();

  /** Profile that holds the entries' actions, or null. */
  @Nullable ProfileInfo profile;

  /** Where the direct meter's colour goes, or null. */
  @Nullable FieldRef meterTarget;

  boolean meterBytes;

  Binding.@Nullable Bound initialDefault;
  boolean constDefault;
  final List<SwitchControl.InitialEntry> initialEntries = new ArrayList<>();

  // ---- where to go on ---------------------------------------------------------------------------
  boolean byHit;
  @Nullable ControlNode onHit;
  @Nullable ControlNode onMiss;
  @Nullable ControlNode otherwise;
  final Map<CompiledAction, @Nullable ControlNode> onAction = new LinkedHashMap<>();

  /** All actions lead to the same node. */
  private boolean uniform;

  TableInfo(String name, int index, KeyLayout key, int maxSize, boolean withCounters) {
    super(name);
    this.index = index;
    this.key = key;
    this.maxSize = maxSize;
    this.withCounters = withCounters;
  }

  void nextNodesKnown() {
    uniform = onAction.values().stream().allMatch(n -> n == otherwise);
  }

  private @Nullable ControlNode after(CompiledAction action) {
    return uniform ? otherwise : onAction.get(action);
  }

  @Override
  Stream<ControlNode> next() {
    Stream<ControlNode> first = present(onHit, onMiss, otherwise);
    return Stream.concat(first, onAction.values().stream().flatMap(n -> present(n)));
  }

  @Override
  @Nullable ControlNode run(PacketContext c) {
    Table t = c.state.tables[index];
    if (key.words > 0) {
      long[] k = c.workspace.key;
      key.read(c.f, k);
      TableEntry e = t.find(k);
      if (e != null) {
        return hit(c, e);
      }
    }
    if (withCounters) {
      t.defaultCounter.count(0, c.ingressLength);
    }
    Binding.Bound d = t.defaultAction();
    if (d == null) {
      return byHit ? onMiss : otherwise;
    }
    d.action().run(c, d.args());
    return byHit ? onMiss : after(d.action());
  }

  private @Nullable ControlNode hit(PacketContext c, TableEntry e) {
    long now = c.state.packetTimeNs;
    if (withCounters) {
      e.counter.count(0, c.ingressLength);
    }
    FieldRef target = meterTarget;
    if (target != null) {
      Meter meter = e.meter;
      c.f[target.slot()] =
          meter == null
              ? Meter.GREEN
              : meter.execute(meterBytes ? c.ingressLength : 1, now) & Bits.mask(target.width());
    }
    e.hit(now);
    Binding.Bound bound = e.binding.choose(c);
    if (bound == null) {
      return byHit ? onHit : otherwise;
    }
    bound.action().run(c, bound.args());
    return byHit ? onHit : after(bound.action());
  }

  /** Refuses entries of the program that could not be inserted when it is loaded. */
  void checkInitialEntries() {
    if (initialEntries.size() > maxSize) {
      throw new InvalidProgramException(
          "it has " + initialEntries.size() + " entries, but a size of " + maxSize);
    }
    Set<List<Object>> seen = new HashSet<>();
    for (int i = 0; i < initialEntries.size(); i++) {
      SwitchControl.InitialEntry e = initialEntries.get(i);
      boolean added = Problems.in("entry " + i, () -> seen.add(identity(e)));
      if (!added) {
        throw new InvalidProgramException("entry " + i + " has the match of an earlier one");
      }
    }
  }

  private List<Object> identity(SwitchControl.InitialEntry e) {
    if (profile != null || key.fields.isEmpty()) {
      throw new InvalidProgramException(
          profile == null
              ? "the table has no key, so it has no entries"
              : "the table's actions are in profile " + profile.name() + ", not in entries");
    }
    var unused = bind(e.action());
    long[] value = new long[key.words];
    long[] mask = new long[key.words];
    KeyLayout.RangeCheck[] ranges = key.encode(e.match(), value, mask, name);
    return List.of(
        new TupleSpace.WordsKey(value),
        new TupleSpace.WordsKey(mask),
        List.of(ranges),
        e.priority(),
        key.prefixLength(e.match()));
  }

  /** Binds an action call to this table's code. */
  Binding.Bound bind(ActionCall call) {
    CompiledAction action = actions.get(call.action());
    if (action == null) {
      throw new IllegalArgumentException(
          "table " + name + " has no action " + call.action() + "; it has " + actions.keySet());
    }
    return new Binding.Bound(action, action.parameters.encode(call.args()));
  }
}
