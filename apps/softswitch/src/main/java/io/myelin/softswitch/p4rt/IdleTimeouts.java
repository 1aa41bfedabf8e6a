package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.IdleTimeoutNotification;
import io.myelin.p4.v1.TableEntry;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Tells the primary of entries that are not hit (§9.1.8, §16.4). Entries wait in order of the
 * earliest time at which they may expire, so a scan touches only those that are due. All calls
 * happen under the write lock.
 */
final class IdleTimeouts {
  /** Entries in one notification. */
  static final int MAX_COALESCED = 256;

  private final SwitchControl control;
  private final LongSupplier epochNs;
  private final Consumer<IdleTimeoutNotification> sink;
  private final Alarm alarm;
  private PriorityQueue<Timer> timers = new PriorityQueue<>();
  private int stale;

  /** Asks for a {@link #scan} at a time of the switch's clock. */
  interface Alarm {
    void at(long switchTimeNs);
  }

  private record Timer(long dueNs, long ttlNs, TableStore table, Entry entry, TableEntry version)
      implements Comparable<Timer> {
    @Override
    public int compareTo(Timer o) {
      return Long.compare(dueNs, o.dueNs);
    }

    /** The entry was removed or modified since. */
    @SuppressWarnings("ReferenceEquality") // A modification makes another object.
    boolean isStale() {
      return entry.removed || entry.proto != version;
    }
  }

  IdleTimeouts(
      SwitchControl control,
      LongSupplier epochNs,
      Consumer<IdleTimeoutNotification> sink,
      Alarm alarm) {
    this.control = control;
    this.epochNs = epochNs;
    this.sink = sink;
    this.alarm = alarm;
  }

  /** Starts, or restarts, the timer of an entry that has been inserted or modified. */
  void track(TableStore table, Entry e) {
    long ttl = e.proto.getIdleTimeoutNs();
    if (ttl == 0) {
      return;
    }
    e.idleSinceNs = control.nowNs();
    add(new Timer(saturatedAdd(e.idleSinceNs, ttl), ttl, table, e, e.proto));
    // Modified and deleted entries leave timers behind; sweep before they outnumber the rest.
    if (++stale > 1024 && stale > timers.size() / 2) {
      PriorityQueue<Timer> live = new PriorityQueue<>();
      timers.stream().filter(t -> !t.isStale()).forEach(live::add);
      timers = live;
      stale = 0;
    }
  }

  private void add(Timer t) {
    Timer first = timers.peek();
    timers.add(t);
    if (first == null || t.dueNs < first.dueNs) {
      alarm.at(t.dueNs);
    }
  }

  private static long saturatedAdd(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** Notifies of what has expired and asks for the next alarm. */
  void scan() {
    long now = control.nowNs();
    List<TableEntry> expired = new ArrayList<>();
    for (Timer t = timers.peek(); t != null && t.dueNs <= now; t = timers.peek()) {
      timers.poll();
      if (t.isStale()) {
        continue;
      }
      long last = Math.max(t.entry.idleSinceNs, t.table.lastHitNs(t.entry));
      if (now - last >= t.ttlNs) {
        expired.add(notified(t.entry));
        t.entry.idleSinceNs = now;
        last = now;
      }
      timers.add(new Timer(saturatedAdd(last, t.ttlNs), t.ttlNs, t.table, t.entry, t.version));
      if (expired.size() == MAX_COALESCED) {
        send(expired);
      }
    }
    if (!expired.isEmpty()) {
      send(expired);
    }
    Timer next = timers.peek();
    if (next != null) {
      alarm.at(next.dueNs);
    }
  }

  @SuppressWarnings("deprecation") // controller_metadata must still be told.
  private static TableEntry notified(Entry e) {
    return e.keyOnly().toBuilder()
        .setControllerMetadata(e.proto.getControllerMetadata())
        .setMetadata(e.proto.getMetadata())
        .setIdleTimeoutNs(e.proto.getIdleTimeoutNs())
        .build();
  }

  private void send(List<TableEntry> expired) {
    sink.accept(
        IdleTimeoutNotification.newBuilder()
            .addAllTableEntry(expired)
            .setTimestamp(epochNs.getAsLong())
            .build());
    expired.clear();
  }
}
