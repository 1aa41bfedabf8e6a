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

    /** The vendor's settings with steps in proportion to a port's rate; times are the same. */
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
          Math.max(1, Math.round(v.minBps * share)),
          v.cnpIntervalNs);
    }
  }

  private final Parameters p;
  private final Scheduler scheduler;
  private final QueuePair qp;
  private final double lineBps;

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

  Dcqcn(Parameters parameters, Scheduler scheduler, QueuePair qp, long lineBps) {
    this.p = parameters;
    this.scheduler = scheduler;
    this.qp = qp;
    this.lineBps = (double) lineBps;
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
      alpha = (1 - p.g) * alpha + p.g;
    }
    alphaSinceNs = nowNs;
    if (nowNs - lastCutNs < p.decreaseIntervalNs) {
      return;
    }
    lastCutNs = nowNs;
    limited = true;
    targetBps = currentBps;
    currentBps = Math.max(Math.min((double) p.minBps, lineBps), currentBps * (1 - alpha / 2));
    timerStage = 0;
    byteStage = 0;
    bytesLeft = p.byteCounter;
    epoch++;
    apply();
    startTimer();
  }

  /** Every interval without a notification lowers alpha; they are accounted for when it counts. */
  private void decayAlpha(long nowNs) {
    long quiet = (nowNs - alphaSinceNs) / p.alphaIntervalNs - 1;
    if (quiet > 0) {
      alpha *= Math.pow(1 - p.g, (double) quiet);
    }
  }

  /** A data packet left. */
  void sent(int bytes) {
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
        p.increaseTimerNs,
        () -> {
          if (mine == epoch && limited && !qp.isClosed()) {
            timerStage++;
            raise();
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
    if (least > p.fastRecovery) {
      targetBps += (double) p.hyperBps;
    } else if (most > p.fastRecovery) {
      targetBps += (double) p.additiveBps;
    }
    targetBps = Math.min(targetBps, lineBps);
    currentBps = (currentBps + targetBps) / 2;
    apply();
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
