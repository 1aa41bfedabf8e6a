package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.port.Rejection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts frames that the controller got and did not believe, and says so in the log, however many
 * there are: once in a while a switch. Any thread.
 */
final class Rejections {
  private static final Logger log = LoggerFactory.getLogger(Rejections.class);

  /** Between two lines about a switch. */
  static final long LOG_MS = 10_000;

  private final LongSupplier clockMs;
  private final Map<DeviceId, OfDevice> devices = new ConcurrentHashMap<>();

  private static final class OfDevice {
    final EnumMap<Rejection, LongAdder> counts = new EnumMap<>(Rejection.class);
    final AtomicLong quietUntilMs = new AtomicLong();

    OfDevice() {
      for (Rejection r : Rejection.values()) {
        counts.put(r, new LongAdder());
      }
    }

    SortedMap<Rejection, Long> read() {
      SortedMap<Rejection, Long> all = new TreeMap<>();
      counts.forEach(
          (r, n) -> {
            if (n.sum() > 0) {
              all.put(r, n.sum());
            }
          });
      return all;
    }
  }

  Rejections(LongSupplier clockMs) {
    this.clockMs = clockMs;
  }

  /**
   * @param port that the frame came in at
   */
  void count(DeviceId device, int port, Rejection why) {
    // Devices have sessions, so there are no more than the inventory has.
    OfDevice d = devices.computeIfAbsent(device, id -> new OfDevice());
    LongAdder n = d.counts.get(why);
    if (n != null) {
      n.increment();
    }
    if (why.harmless()) {
      return;
    }
    long now = clockMs.getAsLong();
    long quiet = d.quietUntilMs.get();
    if (now >= quiet && d.quietUntilMs.compareAndSet(quiet, now + LOG_MS)) {
      log.warn("{}: frames were rejected, the last one from port {}: {}", device, port, d.read());
    }
  }

  SortedMap<Rejection, Long> of(DeviceId device) {
    OfDevice d = devices.get(device);
    return d == null ? Collections.emptySortedMap() : d.read();
  }
}
