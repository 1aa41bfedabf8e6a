package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.DigestEntry;
import io.myelin.p4.v1.DigestList;
import io.myelin.p4.v1.DigestListAck;
import io.myelin.p4.v1.P4Data;
import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bundles digest messages into lists, leaves out what was sent and not yet acknowledged (§9.8).
 * Thread-safe; called on the switch's thread, so it does little and never waits.
 */
final class DigestStreamer {
  /** What {@code max_list_size} 0, "no limit", means here. */
  static final int MAX_LIST = 1024;

  /** Messages remembered as unacknowledged, per digest; the oldest lists are forgotten first. */
  static final int MAX_CACHED = 1 << 16;

  private final Scheduler scheduler;
  private final LongSupplier epochNs;
  private final Consumer<DigestList> sink;
  private final Map<String, Stream> byName = new HashMap<>();
  private final Map<Integer, Stream> byId = new HashMap<>();
  private long nextListId = 1;

  private record SentList(long id, long sentNs, Set<P4Data> messages) {}

  private static final class Stream {
    final DigestSpec spec;
    DigestEntry.Config config;
    Set<P4Data> buffer = new LinkedHashSet<>();
    long generation;
    final Deque<SentList> sent = new ArrayDeque<>();
    final Set<P4Data> cache = new LinkedHashSet<>();

    Stream(DigestSpec spec, DigestEntry.Config config) {
      this.spec = spec;
      this.config = config;
    }

    void forget(SentList list) {
      cache.removeAll(list.messages);
    }
  }

  DigestStreamer(Scheduler scheduler, LongSupplier epochNs, Consumer<DigestList> sink) {
    this.scheduler = scheduler;
    this.epochNs = epochNs;
    this.sink = sink;
  }

  /** Enables a digest, changes its configuration, or (null) disables it. */
  synchronized void configure(DigestSpec spec, DigestEntry.@Nullable Config config) {
    if (config == null) {
      byId.remove(spec.id());
      byName.remove(spec.engineName());
      return;
    }
    Stream s = byId.get(spec.id());
    if (s == null) {
      s = new Stream(spec, config);
      byId.put(spec.id(), s);
      byName.put(spec.engineName(), s);
    } else {
      s.config = config;
      if (!s.buffer.isEmpty()) {
        flush(s);
      }
    }
  }

  /** Disables all digests: another pipeline is being installed. */
  synchronized void clear() {
    byId.clear();
    byName.clear();
  }

  /** The primary changed: what the old one was sent, the new one has not seen. */
  synchronized void forgetSent() {
    for (Stream s : byId.values()) {
      s.sent.clear();
      s.cache.clear();
    }
  }

  synchronized void digest(String engineName, List<byte[]> fields) {
    Stream s = byName.get(engineName);
    if (s == null) {
      return;
    }
    P4Data message = s.spec.toProto(fields);
    expire(s);
    if (s.cache.contains(message) || !s.buffer.add(message)) {
      return;
    }
    int max = s.config.getMaxListSize() == 0 ? MAX_LIST : s.config.getMaxListSize();
    if (s.config.getMaxTimeoutNs() == 0 || s.buffer.size() >= Math.min(max, MAX_LIST)) {
      flush(s);
    } else if (s.buffer.size() == 1) {
      long generation = s.generation;
      scheduler.after(s.config.getMaxTimeoutNs(), () -> timeout(s, generation));
    }
  }

  private synchronized void timeout(Stream s, long generation) {
    if (s.generation == generation && byId.get(s.spec.id()) == s && !s.buffer.isEmpty()) {
      flush(s);
    }
  }

  private void flush(Stream s) {
    DigestList list =
        DigestList.newBuilder()
            .setDigestId(s.spec.id())
            .setListId(nextListId++)
            .addAllData(s.buffer)
            .setTimestamp(epochNs.getAsLong())
            .build();
    if (s.config.getAckTimeoutNs() > 0) {
      s.sent.addLast(new SentList(list.getListId(), scheduler.nowNs(), s.buffer));
      s.cache.addAll(s.buffer);
      while (s.cache.size() > MAX_CACHED) {
        s.forget(s.sent.removeFirst());
      }
    }
    s.buffer = new LinkedHashSet<>();
    s.generation++;
    sink.accept(list);
  }

  private void expire(Stream s) {
    long now = scheduler.nowNs();
    for (SentList l = s.sent.peekFirst();
        l != null && now - l.sentNs >= s.config.getAckTimeoutNs();
        l = s.sent.peekFirst()) {
      s.forget(s.sent.removeFirst());
    }
  }

  /** Forgets an acknowledged list; unknown lists are too old to matter. */
  synchronized void ack(DigestListAck ack) {
    Stream s = byId.get(ack.getDigestId());
    if (s == null) {
      return;
    }
    SentList acked = null;
    for (SentList l : s.sent) {
      if (l.id == ack.getListId()) {
        acked = l;
        break;
      }
    }
    if (acked != null) {
      s.sent.remove(acked);
      s.forget(acked);
    }
  }
}
