package io.myelin.lab.roce;

import io.myelin.softswitch.time.Scheduler;

/**
 * Rate control of a sending queue pair: the reaction point of DCQCN (Zhu et al., "Congestion
 * Control for Large-Scale RDMA Deployments", SIGCOMM 2015, §3.1 and fig. 7).
 *
 * <p>A congestion notification cuts the rate in proportion to {@code alpha}, the recent share of
 * marked intervals. Afterwards a timer, and where set a byte counter, raise it again: half-way back
 * to where it was (fast recovery), then by steps, then by larger steps.
 *
 * <p>Confined to the scheduler's thread.
 */
final class Dcqcn {
  /**
   * Parameters of both ends.
   *
   * @param g weight of the newest interval in {@code alpha}
   * @param alphaIntervalNs length of an interval of {@code alpha}
   * @param decreaseIntervalNs least time between two cuts
   * @param increaseTimerNs between two raises; restarts with each cut
   * @param byteCounter bytes sent between two raises; 0: time alone counts
   * @param fastRecovery raises that are half-way back, F
   * @param additiveBps step of the target rate, R_AI
   * @param hyperBps step behind that, R_HAI
   * @param minBps least rate
   * @param cnpIntervalNs least time between two notifications of a receiving queue pair
   */
  record Parameters(
      double g,
      long alphaIntervalNs,
      long decreaseIntervalNs,
      long increaseTimerNs,
      long byteCounter,
      int fastRecovery,
      long additiveBps,
      long hyperBps,
      long minBps,
      long cnpIntervalNs) {

    /**
     * The paper's, for 40 Gb/s: g 1/256, timers of 55 us, 10 MB, F 5, 40 Mb/s; a notification every
     * 50 us (§3.1, §5.3).
     */
    static final Parameters SIGCOMM_2015 =
        new Parameters(
            1.0 / 256,
            55_000,
            0,
            55_000,
            10_000_000,
            5,
            40_000_000,
            400_000_000,
            40_000_000,
            50_000);

    /**
     * What NICs of 100 Gb/s do, by the settings with which HPCC (SIGCOMM 2019, §5.1) compares
     * itself: g 1/256, alpha every 1 us, a cut at most every 4 us, a raise every 300 us, F 1, steps
     * of 50 and 100 Mb/s, never below 100 Mb/s.
     */
    static final Parameters VENDOR =
        new Parameters(
            1.0 / 256, 1_000, 4_000, 300_000, 0, 1, 50_000_000, 100_000_000, 100_000_000, 4_000);

    private static final long VENDOR_BPS = 100_000_000_000L;

    /**
     * NVIDIA's default of {@code rpg_min_rate}, 1 Mb/s ("DCQCN CC Parameters", DOCA 3.4). With the
     * 100 Mb/s of {@link #VENDOR} no smaller lease could be kept to.
     */
    private static final long LEAST_BPS = 1_000_000;

    /**
     * The vendor's settings with steps in proportion to a port's rate; times are the same. The
     * least rate is in proportion, too, but never more than 1 Mb/s.
     */
    static Parameters forPort(long rateBps) {
      double share = (double) rateBps / VENDOR_BPS;
      Parameters v = VENDOR;
      return new Parameters(
          v.g,
          v.alphaIntervalNs,
          v.decreaseIntervalNs,
          v.increaseTimerNs,
          v.byteCounter,
          v.fastRecovery,
          Math.max(1, Math.round(v.additiveBps * share)),
          Math.max(1, Math.round(v.hyperBps * share)),
          Math.max(1, Math.min(LEAST_BPS, Math.round(v.minBps * share))),
          v.cnpIntervalNs);
    }
  }

  /** What a lost packet does to the rate. */
  enum Losses {
    /** Nothing. */
    IGNORED,

    /** Halves it; and it does not rise while nothing is acknowledged. */
    HALVE
  }

  /**
   * Bounds in packets, for rates at which packets are farther apart than the times of {@link
   * Parameters} assume. The published times hold where tens of packets leave in each of them; a
   * queue pair of 10 Mb/s sends a packet of 4 KB every 3.3 ms, in which those times would have
   * forgotten every mark and raised the rate eleven times. One packet time is what a full packet
   * takes at the queue pair's current rate.
   *
   * @param g weight of the newest interval in {@code alpha}; 0: as published
   * @param usedPackets what is cut is the rate at which the last so many packets left, where that
   *     is less than the current rate, and only a current rate that is used rises above what was
   *     cut; 0: the current rate is taken to be used
   * @param alphaPackets an interval of {@code alpha} is at least so many packet times
   * @param decreasePackets two cuts are at least so many packet times apart: marks on packets that
   *     left before the first cut do not count again
   * @param recoveries raises after a cut that go half-way back to the rate before it, F, where that
   *     is more than published
   * @param recoveryPackets these are at least so many packet times apart
   * @param increasePackets further raises are at least so many packet times apart: a raise above
   *     what was cut needs so many packets without a mark
   * @param largestStep of the target rate at the first of them, as a share of the current rate;
   *     twice as much at each that follows without a cut, up to doubling the rate; 0: no limit
   * @param losses what a lost packet does to the rate
   */
  record PacketTimes(
      double g,
      int usedPackets,
      double alphaPackets,
      double decreasePackets,
      int recoveries,
      double recoveryPackets,
      double increasePackets,
      double largestStep,
      Losses losses) {

    /** Published times, whatever the rate. */
    static final PacketTimes NONE = new PacketTimes(0, 0, 0, 0, 0, 0, 0, 0, Losses.IGNORED);

    /**
     * For queues, and for policers that mark above the rate and drop above a twentieth more. At a
     * twentieth above the rate one packet in 21 is marked: a flow that sent 20 without a mark is
     * below, and a twentieth more is the most that it may try; who goes on without a mark is far
     * below. Back to where it was before a cut it goes sooner. An interval without a packet says
     * nothing about congestion (§3.1).
     *
     * <p>Where intervals are single packets, {@code alpha} has the weight of DCTCP (RFC 8257 §4.2):
     * with the published one the halving of an episode's first mark would be repeated for hundreds
     * of packets. Queue pairs that share a port use less than their current rate, so what was used
     * counts (as in RFC 7661 for TCP): from a current rate of four times that, recovery would go
     * far above what a policer lets through.
     */
    static final PacketTimes FITTING =
        new PacketTimes(1.0 / 16, 16, 1, 12, 5, 8, 20, 1.0 / 20, Losses.HALVE);
  }

  /** A twentieth, doubled so often, is more than the rate itself. */
  private static final int MOST_DOUBLINGS = 5;

  /** A current rate is used of which so much left: turns at the port and rounding take a little. */
  private static final double USED = 0.9;

  private final Parameters p;
  private final PacketTimes times;
  private final double packetBits;
  private final Scheduler scheduler;
  private final QueuePair qp;
  private final double lineBps;
  private final double g;

  /** When the last packets left, as many as count for what is used. */
  private final long[] sentNs;

  /** Since the last pause. */
  private long sentPackets;

  private double alpha = 1;
  private long alphaSinceNs;
  private double currentBps;
  private double targetBps;
  private long lastCutNs = Long.MIN_VALUE / 2;
  private boolean limited;
  private int timerStage;
  private int byteStage;
  private long bytesLeft;

  /** Raised by every cut: timers of an earlier one find that they are late. */
  private long epoch;

  /**
   * A queue pair at line rate.
   *
   * @param packetBits of a full data packet on the wire, preamble and gap included
   * @param lineBps of the port, bits per second
   */
  Dcqcn(
      Parameters parameters,
      PacketTimes times,
      Scheduler scheduler,
      QueuePair qp,
      long packetBits,
      long lineBps) {
    this.p = parameters;
    this.times = times;
    this.packetBits = (double) packetBits;
    this.scheduler = scheduler;
    this.qp = qp;
    this.lineBps = (double) lineBps;
    g = times.g > 0 ? times.g : parameters.g;
    sentNs = new long[times.usedPackets];
    currentBps = this.lineBps;
    targetBps = this.lineBps;
  }

  /** A congestion notification arrived. */
  void notified() {
    long nowNs = scheduler.nowNs();
    if (!limited) {
      alpha = 1; // a new episode: nothing is known but that it is congested
    } else {
      decayAlpha(nowNs);
      alpha = (1 - g) * alpha + g;
    }
    alphaSinceNs = nowNs;
    cut(nowNs, alpha / 2);
  }

  /**
   * A packet was lost: the rate is halved, as by the first notification of an episode. A policer
   * drops what is far above its rate, and marks next to nothing of the little that it lets through.
   * Published times go with losses that change nothing, as NICs do whose fabric loses none.
   */
  void lost() {
    if (times.losses() == Losses.HALVE) {
      cut(scheduler.nowNs(), 0.5);
    }
  }

  /** Takes this share away. */
  private void cut(long nowNs, double share) {
    if (nowNs - lastCutNs < atLeast(p.decreaseIntervalNs, times.decreasePackets)) {
      return;
    }
    lastCutNs = nowNs;
    limited = true;
    targetBps = usedBps();
    currentBps = Math.max(Math.min((double) p.minBps, lineBps), targetBps * (1 - share));
    timerStage = 0;
    byteStage = 0;
    bytesLeft = p.byteCounter;
    epoch++;
    apply();
    startTimer();
  }

  /** Every interval without a notification lowers alpha; they are accounted for when it counts. */
  private void decayAlpha(long nowNs) {
    long quiet = (nowNs - alphaSinceNs) / atLeast(p.alphaIntervalNs, times.alphaPackets) - 1;
    if (quiet > 0) {
      alpha *= Math.pow(1 - g, (double) quiet);
    }
  }

  /** The rate of the last packets, at most the current one; that one until it can be told. */
  private double usedBps() {
    int n = sentNs.length;
    if (n == 0 || sentPackets < n) {
      return currentBps;
    }
    long ns = sentNs[(int) ((sentPackets - 1) % n)] - sentNs[(int) (sentPackets % n)];
    return Math.min(currentBps, (n - 1) * packetBits * 1e9 / Math.max(1, ns));
  }

  /** A queue pair that paused, as it has nothing to send or awaits an answer, is told anew. */
  private void noteSent() {
    int n = sentNs.length;
    long nowNs = scheduler.nowNs();
    if (sentPackets > 0) {
      long sinceNs = nowNs - sentNs[(int) ((sentPackets - 1) % n)];
      if (sinceNs > n * packetBits * 1e9 / usedBps()) {
        sentPackets = 0;
      }
    }
    sentNs[(int) (sentPackets % n)] = nowNs;
    sentPackets++;
  }

  /** A data packet left. */
  void sent(int bytes) {
    if (sentNs.length > 0) {
      noteSent();
    }
    if (!limited || p.byteCounter == 0) {
      return;
    }
    bytesLeft -= bytes;
    if (bytesLeft <= 0) {
      bytesLeft += p.byteCounter;
      byteStage++;
      raise();
    }
  }

  private void startTimer() {
    long mine = epoch;
    scheduler.after(
        increaseNs(),
        () -> {
          if (mine == epoch && limited && !qp.isClosed()) {
            if (times.losses() == Losses.IGNORED || !qp.isStalled()) {
              timerStage++;
              raise();
            }
            if (limited) {
              startTimer();
            }
          }
        });
  }

  private void raise() {
    int most = Math.max(timerStage, byteStage);
    // With one counter only, one additive step lies between recovery and the larger steps.
    int least = p.byteCounter == 0 ? timerStage - 1 : Math.min(timerStage, byteStage);
    int recoveries = Math.max(p.fastRecovery, times.recoveries);
    if (most > recoveries && usedBps() < USED * currentBps) {
      return;
    }
    if (least > recoveries) {
      targetBps += step(p.hyperBps);
    } else if (most > recoveries) {
      targetBps += step(p.additiveBps);
    }
    targetBps = Math.min(targetBps, lineBps);
    currentBps = (currentBps + targetBps) / 2;
    apply();
  }

  private long increaseNs() {
    boolean recovers = timerStage < times.recoveries;
    return atLeast(p.increaseTimerNs, recovers ? times.recoveryPackets : times.increasePackets);
  }

  /** A time, but not less than so many packets take at the current rate. */
  private long atLeast(long ns, double packets) {
    return Math.max(ns, (long) (packets * packetBits * 1e9 / currentBps));
  }

  /** A step that is as steep as published however long the timer is, up to the largest. */
  private double step(long publishedBps) {
    if (times.largestStep == 0) {
      return (double) publishedBps;
    }
    double steep = (double) publishedBps * increaseNs() / p.increaseTimerNs;
    int further = Math.max(timerStage, byteStage) - Math.max(p.fastRecovery, times.recoveries) - 1;
    double largest = times.largestStep * (1 << Math.max(0, Math.min(MOST_DOUBLINGS, further)));
    return Math.min(steep, largest * currentBps);
  }

  private void apply() {
    if (currentBps >= 0.999 * lineBps) {
      currentBps = lineBps;
      targetBps = lineBps;
      limited = false;
      epoch++;
      qp.setRateBps(QueuePair.UNLIMITED_BPS);
    } else {
      qp.setRateBps(Math.max(1, (long) currentBps));
    }
  }

  /** Recent share of marked intervals, 0 to 1. */
  double alpha() {
    return alpha;
  }
}
