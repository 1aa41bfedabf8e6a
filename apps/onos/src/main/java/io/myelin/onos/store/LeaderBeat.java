package io.myelin.onos.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Versioned;

/**
 * The leader's sign of life in ONOS's storage. ONOS's election is a hint: after a partition two
 * nodes were seen that each took itself for the elected one, for as long as ONOS ran, and deposed
 * each other a dozen times a second. Whoever is elected therefore leaves a leader alone whose sign
 * of life changes. Of one thread.
 */
final class LeaderBeat {
  private static final String KEY = "beat";
  private static final long EVERY_NS = Duration.ofMillis(500).toNanos();

  private final ConsistentMap<String, byte[]> map;
  private final String self;
  private final LongSupplier clockNs;

  private boolean ever;
  private long putNs;
  private long count;

  private long seenVersion = -1;
  private long seenNs;
  private String holder = "";

  /**
   * @param clockNs monotonic
   */
  LeaderBeat(ConsistentMap<String, byte[]> map, String self, LongSupplier clockNs) {
    this.map = map;
    this.self = self;
    this.clockNs = clockNs;
    seenNs = clockNs.getAsLong();
  }

  /** Says that this node leads, if it has not just done so. */
  void beat(long term) {
    long now = clockNs.getAsLong();
    if (ever && now - putNs < EVERY_NS) {
      return;
    }
    byte[] name = self.getBytes(StandardCharsets.UTF_8);
    map.put(
        KEY,
        ByteBuffer.allocate(16 + name.length).putLong(term).putLong(++count).put(name).array());
    ever = true;
    putNs = now;
  }

  /** Says that this node leads no more, so that nobody waits for it. */
  void release() {
    ever = false;
    try {
      Versioned<byte[]> v = map.get(KEY);
      if (v != null && name(v.value()).equals(self)) {
        map.remove(KEY, v.version());
      }
    } catch (RuntimeException e) {
      // Then the others wait until it has been silent for long enough.
    }
  }

  /** Looks whether there is a new sign. */
  void look() {
    Versioned<byte[]> v = map.get(KEY);
    long version = v == null ? 0 : v.version();
    if (version != seenVersion) {
      seenVersion = version;
      seenNs = clockNs.getAsLong();
      holder = v == null ? "" : name(v.value());
    }
  }

  /** Another node that has shown a sign of life within that time; empty: none. */
  String other(Duration patience) {
    return holder.equals(self) || silentFor(patience) ? "" : holder;
  }

  /** Whether nothing was heard of any leader for longer than that. */
  boolean silentFor(Duration patience) {
    return clockNs.getAsLong() - seenNs > patience.toNanos();
  }

  private static String name(byte[] value) {
    return new String(value, 16, value.length - 16, StandardCharsets.UTF_8);
  }
}
