package io.myelin.sim.cluster;

import io.myelin.core.model.Device;
import io.myelin.core.model.U128;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.port.Southbound.Failure;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
  private final Map<EntryKey, Long> ever = new TreeMap<>();
  private U128 highest = U128.ZERO;
  private @Nullable SimSession primary;
  private boolean up = true;
  private long flakyUntilNs;
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

  void flakyUntil(long timeNs) {
    flakyUntilNs = timeNs;
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
  @Nullable List<Failure> write(SimSession session, List<TableUpdate> updates) {
    if (!up || primary == null || !primary.electionId().equals(session.electionId())) {
      return null;
    }
    invariants.accepted(this, session);
    List<Failure> failures = new ArrayList<>();
    boolean flaky = world.nowNs() < flakyUntilNs;
    for (int i = 0; i < updates.size(); i++) {
      TableUpdate u = updates.get(i);
      EntryKey key = u.entry().key();
      boolean there = tables.containsKey(key) || key.isDefault();
      if (flaky && world.random.nextInt(4) == 0) {
        failures.add(new Failure(i, Failure.Kind.TRANSIENT, "busy"));
      } else if (u.type() == TableUpdate.Type.INSERT ? tables.containsKey(key) : !there) {
        failures.add(new Failure(i, Failure.Kind.DRIFT, there ? "already there" : "not there"));
      } else if (u.type() == TableUpdate.Type.DELETE) {
        tables.remove(key);
        bytes.remove(key);
      } else {
        tables.put(key, u.entry());
        bytes.putIfAbsent(key, 0L);
      }
    }
    invariants.written(this, updates);
    return failures;
  }

  @Nullable Map<EntryKey, Entry> read(SimSession session) {
    return up && session.equals(primary) ? new TreeMap<>(tables) : null;
  }

  /** Packets of a lease: counted by its entry. */
  void count(EntryKey key, long more) {
    bytes.computeIfPresent(key, (k, b) -> b + more);
    ever.merge(key, more, Long::sum);
  }

  /** Bytes that an entry's packets had in all, whatever the switch remembers. */
  long ever(EntryKey key) {
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
