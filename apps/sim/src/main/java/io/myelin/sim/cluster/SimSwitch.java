package io.myelin.sim.cluster;

import io.myelin.core.model.Device;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A switch as P4Runtime makes it look: tables, who may write them, what it counted. It forgets all
 * of that when it restarts.
 */
final class SimSwitch {
  final Device device;
  private final World world;
  private final Invariants invariants;
  private final Map<EntryKey, Entry> tables = new TreeMap<>();
  private final Map<EntryKey, Long> bytes = new TreeMap<>();
  private final Map<String, Long> ever = new TreeMap<>();
  private U128 highest = U128.ZERO;
  private @Nullable SimSession primary;
  private boolean up = true;
  private final Map<Fault, Long> untilNs = new EnumMap<>(Fault.class);
  private final Map<EntryKey, SimSession> outstanding = new TreeMap<>();
  private long bootedNs = -1;

  SimSwitch(Device device, World world, Invariants invariants) {
    this.device = device;
    this.world = world;
    this.invariants = invariants;
  }

  String name() {
    return device.id().value();
  }

  boolean isUp() {
    return up;
  }

  /** When it last began with empty tables; -1: it never did since the start. */
  long bootedNs() {
    return bootedNs;
  }

  Map<EntryKey, Entry> tables() {
    return tables;
  }

  /** What a switch may answer to a write, other than that it is done. */
  enum Fault {
    /** Some updates are not taken now. */
    BUSY,
    /** Some updates are refused, each time for as long as it lasts. */
    REFUSING,
    /** The answer does not say what became of which update; some were applied. */
    VAGUE,
    /** The answer is about other updates than those that were sent. */
    NONSENSE,
    /** The answer comes late, when nobody waits for it any more. */
    LATE
  }

  /** Answers like this for some time. */
  void fault(Fault fault, long until) {
    untilNs.put(fault, until);
  }

  private boolean has(Fault fault) {
    return !world.isCalm() && world.nowNs() < untilNs.getOrDefault(fault, 0L);
  }

  /** Whether an answer to a write is held back. */
  boolean late() {
    return has(Fault.LATE) && world.random.nextInt(8) == 0;
  }

  /** The updates that it did not take from a session and was not asked for again. */
  Set<EntryKey> outstanding(SimSession session) {
    Set<EntryKey> keys = new TreeSet<>();
    outstanding.forEach(
        (key, from) -> {
          if (from == session) {
            keys.add(key);
          }
        });
    return keys;
  }

  /** What it did not take is not wanted any more. */
  void settled(EntryKey key) {
    outstanding.remove(key);
  }

  /** Power off. */
  void stop() {
    up = false;
    SimSession p = primary;
    primary = null;
    if (p != null) {
      p.broken("the switch went down");
    }
  }

  /** Power on. */
  void start() {
    if (!up) {
      up = true;
      bootedNs = world.nowNs();
      tables.clear();
      bytes.clear();
      outstanding.clear();
      highest = U128.ZERO;
      invariants.forgot(this);
    }
  }

  /** Whether this session is the primary's from now on. */
  boolean arbitrate(SimSession session) {
    if (!up || session.electionId().compareTo(highest) < 0) {
      return false;
    }
    SimSession old = primary;
    if (old != null && old != session) {
      if (session.electionId().equals(highest)) {
        return false; // two streams must not have the same id
      }
      old.broken("another became primary");
    }
    highest = session.electionId();
    primary = session;
    invariants.arbitrated(this, session);
    return true;
  }

  void gone(SimSession session) {
    if (session.equals(primary)) {
      primary = null;
    }
  }

  /** Applies what is not refused; null: none of it, the sender is not primary. */
  @Nullable List<WriteOutcome> write(SimSession session, List<TableUpdate> updates) {
    if (!up || primary == null || !primary.electionId().equals(session.electionId())) {
      return null;
    }
    invariants.accepted(this, session);
    List<WriteOutcome> outcomes = new ArrayList<>();
    for (TableUpdate u : updates) {
      WriteOutcome outcome = apply(u);
      outcomes.add(outcome);
      if (outcome.kind() == WriteOutcome.Kind.RETRYING) {
        outstanding.put(u.entry().key(), session);
      } else {
        outstanding.remove(u.entry().key());
      }
    }
    invariants.written(this, updates);
    boolean all = outcomes.stream().allMatch(WriteOutcome::isAcknowledged);
    if (!all && has(Fault.VAGUE) && world.random.nextInt(2) == 0) {
      updates.forEach(u -> outstanding.remove(u.entry().key()));
      return Collections.nCopies(updates.size(), WriteOutcome.unknown("no details"));
    }
    if (has(Fault.NONSENSE) && world.random.nextInt(8) == 0) {
      updates.forEach(u -> outstanding.remove(u.entry().key()));
      outcomes.remove(0);
    }
    return outcomes;
  }

  private WriteOutcome apply(TableUpdate u) {
    EntryKey key = u.entry().key();
    boolean there = tables.containsKey(key) || key.isDefault();
    if (has(Fault.BUSY) && world.random.nextInt(4) == 0) {
      return WriteOutcome.retrying("busy");
    }
    // Steering only: what else a switch needs it may not refuse and go on.
    if (has(Fault.REFUSING)
        && SimSouthbound.PIPELINE.steers(key)
        && Math.floorMod(key.toString().hashCode(), 4) == 0) {
      return WriteOutcome.refused("not this one");
    }
    if (u.type() == TableUpdate.Type.INSERT ? tables.containsKey(key) : !there) {
      return WriteOutcome.unknown(there ? "already there" : "not there");
    }
    if (u.type() == TableUpdate.Type.DELETE) {
      tables.remove(key);
      bytes.remove(key);
    } else {
      tables.put(key, u.entry());
      bytes.putIfAbsent(key, 0L);
    }
    return WriteOutcome.acknowledged();
  }

  @Nullable Map<EntryKey, Entry> read(SimSession session) {
    return up && session.equals(primary) ? new TreeMap<>(tables) : null;
  }

  /** Packets of a lease: counted by its entry. */
  void count(EntryKey key, long more) {
    bytes.computeIfPresent(key, (k, b) -> b + more);
    ever.merge(key.text(), more, Long::sum);
  }

  /** Bytes that the packets of an entry, by its text, had in all, whatever the switch remembers. */
  long ever(String key) {
    return ever.getOrDefault(key, 0L);
  }

  Map<EntryKey, Count> counted(Predicate<EntryKey> filter) {
    Map<EntryKey, Count> all = new TreeMap<>();
    bytes.forEach(
        (key, b) -> {
          if (filter.test(key)) {
            all.put(key, new Count(b / 1000, b));
          }
        });
    return all;
  }
}
