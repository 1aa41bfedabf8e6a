package io.myelin.core.loop;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Queues;
import io.myelin.core.port.Telemetry.Congestion;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Fuses what is heard of ports: counters on schedule, congestion events as they happen, and what
 * the node itself has just moved. Any thread; times are the caller's.
 */
public final class Estimator {
  /** What counters do not count of a packet: preamble, FCS and gap. */
  private static final int WIRE_BYTES = 24;

  /** Older than so many periods, a rate is not known any more: one reading may be missed. */
  private static final int KNOWN_PERIODS = 2;

  /**
   * A rate is known where its two readings took no more than one part in this many of the time
   * between them: nobody knows when a switch looked while it was asked.
   */
  private static final int PRECISE = 4;

  /**
   * A link has room if it had it in so many readings, one after the other: what tells a switch's
   * time may come late, and a rate by a time that seemed longer than it was is too low. What is too
   * long in one interval is missing in those before, so that the highest of several rates is not
   * below what was sent in all of them together.
   */
  private static final int HELD = 3;

  /** Weight of the newest interval. */
  private static final double NEWEST = 0.7;

  /**
   * An event says nothing any more after this: a switch tells of every change, so that an old one
   * is of a queue that has stood still, or of one that is idle.
   */
  private static final long EVENT_MS = 1_000;

  private final ConcurrentMap<PortRef, Sensor> sensors = new ConcurrentHashMap<>();
  private final long periodMs;

  /**
   * @param periodMs in which counters are read
   */
  public Estimator(long periodMs) {
    this.periodMs = periodMs;
  }

  /**
   * Counters of a port since its switch started.
   *
   * @param queued packets handed to its queues
   * @param marked packets of these that were marked CE for the depth of the queue
   * @param cnps congestion notification packets sent
   */
  public record Counters(long packets, long bytes, long queued, long marked, long cnps) {}

  private static final class Sensor {
    private Counters last = new Counters(0, 0, 0, 0, 0);
    private boolean read;
    private boolean precise; // the last rate
    private long askedMs;
    private long lastMs;
    private long lastSwitchUs;
    private double bps;
    private final double[] rates = new double[HELD]; // of the last intervals, by number
    private int intervals; // since its counters began
    private double loss;
    private double marked;
    private double anticipatedBps;
    private long anticipatedMs;
    private final Map<Integer, Congestion> queues = new TreeMap<>();
    private boolean heard;
    private long heardMs;

    void heard(long atMs) {
      heardMs = heard ? Math.max(heardMs, atMs) : atMs;
      heard = true;
    }
  }

  private Sensor sensor(PortRef port) {
    return sensors.computeIfAbsent(port, p -> new Sensor());
  }

  /**
   * Counters that were read of a port.
   *
   * @param askedMs when they were asked for
   * @param atMs when the answer was there
   * @param switchUs that moment by the switch's clock, microseconds: rates are by this one
   */
  public void counters(PortRef port, Counters now, long askedMs, long atMs, long switchUs) {
    Sensor s = sensor(port);
    synchronized (s) {
      double seconds = Math.min((atMs - s.lastMs) * 1_000, switchUs - s.lastSwitchUs) / 1e6;
      boolean comparable = s.read && now.bytes >= s.last.bytes;
      if (comparable && seconds <= 0) {
        return; // a clock that stood still says nothing about rates
      }
      if (comparable) {
        double packets = (double) (now.packets - s.last.packets);
        double bits = (now.bytes - s.last.bytes + WIRE_BYTES * packets) * 8;
        boolean fresh = s.lastMs >= atMs - 4 * periodMs && s.bps > 0;
        s.bps = fresh ? NEWEST * bits / seconds + (1 - NEWEST) * s.bps : bits / seconds;
        s.rates[s.intervals++ % HELD] = bits / seconds;
        s.marked = packets == 0 ? 0 : (now.marked - s.last.marked) / packets;
        double queued = (double) (now.queued - s.last.queued);
        s.loss = queued == 0 ? 0 : Math.max(0, (queued - packets) / queued);
        // What was moved in this interval is counted for a part of it.
        double unseen = (s.anticipatedMs - s.lastMs) / (double) (atMs - s.lastMs);
        s.anticipatedBps *= Math.max(0, Math.min(1, unseen));
        s.precise = PRECISE * (atMs - askedMs + s.lastMs - s.askedMs) <= atMs - s.lastMs;
      } else {
        s.precise = false;
        s.intervals = 0;
      }
      s.last = now;
      s.askedMs = askedMs;
      s.lastMs = atMs;
      s.lastSwitchUs = switchUs;
      s.read = true;
      s.heard(atMs);
    }
  }

  /** A queue that told. */
  public void event(Congestion c) {
    PortRef port = new PortRef(c.queue().device(), c.queue().port());
    Sensor s = sensor(port);
    synchronized (s) {
      s.queues.put(c.queue().queue(), c);
      s.heard(c.atMs());
    }
  }

  /** What was moved onto a port, or off it where negative, and no counter can know yet. */
  public void anticipate(PortRef port, double bps, long atMs) {
    Sensor s = sensor(port);
    synchronized (s) {
      s.anticipatedBps += bps;
      s.anticipatedMs = atMs;
    }
  }

  /** A switch starts anew: its counters and its clock do. */
  public void forget(DeviceId device) {
    sensors.keySet().removeIf(p -> p.device().equals(device));
  }

  /** Counters of a port as they were read last; null: they never were. */
  public @Nullable Counters counters(PortRef port) {
    Sensor s = sensors.get(port);
    if (s == null) {
      return null;
    }
    synchronized (s) {
      return s.read ? s.last : null;
    }
  }

  /** Bits per second on a port, with what was just moved; 0 where nothing is known. */
  public double bps(PortRef port) {
    Sensor s = sensors.get(port);
    if (s == null) {
      return 0;
    }
    synchronized (s) {
      return Math.max(0, s.bps + s.anticipatedBps);
    }
  }

  /**
   * The highest rate in the last {@value #HELD} readings of a port, bits per second, with what was
   * just moved: what more is led there has to find room beside it. It is more than any port carries
   * where fewer readings came since the switch started.
   */
  public double highestBps(PortRef port) {
    Sensor s = sensors.get(port);
    if (s == null) {
      return Double.MAX_VALUE;
    }
    synchronized (s) {
      if (s.intervals < HELD) {
        return Double.MAX_VALUE;
      }
      return Math.max(0, Arrays.stream(s.rates).max().getAsDouble() + s.anticipatedBps);
    }
  }

  /**
   * Whether it is known what a port carries: its counters were read twice, promptly, and a moment
   * ago.
   */
  public boolean knows(PortRef port, long nowMs) {
    Sensor s = sensors.get(port);
    if (s == null) {
      return false;
    }
    synchronized (s) {
      return s.precise && nowMs - s.askedMs <= KNOWN_PERIODS * periodMs;
    }
  }

  /** A port's link as it is now. */
  public Estimate of(PortRef port, long capacityBps, long nowMs) {
    Sensor s = sensors.get(port);
    if (s == null) {
      return Estimate.UNKNOWN;
    }
    synchronized (s) {
      double utilisation = Math.max(0, s.bps + s.anticipatedBps) / capacityBps;
      long wait = 0;
      long leasedWait = 0;
      for (Map.Entry<Integer, Congestion> e : s.queues.entrySet()) {
        Congestion c = e.getValue();
        if (nowMs - c.atMs() > EVENT_MS) {
          continue;
        }
        utilisation = c.hot() ? Math.max(1, utilisation) : utilisation;
        long ns = c.waitNs(capacityBps);
        if (e.getKey() == Queues.LEASED) {
          leasedWait = ns;
        } else if (e.getKey() == Queues.ROCE) {
          wait = ns;
        }
      }
      if (!s.heard) {
        // What was moved onto it is known, what else it carries is not.
        return new Estimate(utilisation, 0, 0, 0, 0, 0, Estimate.UNKNOWN.ageMs());
      }
      long age = Math.max(0, nowMs - s.heardMs);
      double confidence = age <= periodMs ? 1 : (double) periodMs / age;
      return new Estimate(
          utilisation, wait + leasedWait, leasedWait, s.loss, s.marked, confidence, age);
    }
  }
}
