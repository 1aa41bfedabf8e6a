package io.myelin.node.control;

import io.myelin.node.thread.GuardedExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How late the control thread is: the mean delay of a task that is due every {@value #PULSE_MS} ms.
 * Congestion waits as long before anything is done about it.
 */
public final class ControlLag {
  private static final long PULSE_MS = 5;

  /** Of the newest delay in the mean. */
  private static final double WEIGHT = 0.1;

  private final LongSupplier clockNs;
  private volatile @Nullable Pulse pulse;

  /**
   * @param clockNs monotonic
   */
  public ControlLag(LongSupplier clockNs) {
    this.clockNs = clockNs;
  }

  /** Watches a control thread in place of the one before, until it is shut down. */
  public GuardedExecutor watch(GuardedExecutor control) {
    Pulse p = new Pulse(control);
    pulse = p;
    p.next();
    return control;
  }

  /** Nanoseconds; 0 while there is no control thread. */
  public long meanNs() {
    Pulse p = pulse;
    return p == null || p.control.isShutdown() ? 0 : p.meanNs();
  }

  private final class Pulse implements Runnable {
    private final GuardedExecutor control;
    private volatile long dueNs;
    private volatile double meanNs;

    Pulse(GuardedExecutor control) {
      this.control = control;
    }

    void next() {
      dueNs = clockNs.getAsLong() + TimeUnit.MILLISECONDS.toNanos(PULSE_MS);
      if (!control.isShutdown()) {
        var unused = control.schedule(this, PULSE_MS, TimeUnit.MILLISECONDS);
      }
    }

    @Override
    public void run() {
      meanNs = mean(clockNs.getAsLong());
      next();
    }

    private double mean(long nowNs) {
      return meanNs + WEIGHT * (Math.max(0, nowNs - dueNs) - meanNs);
    }

    /** With the delay so far of the task that is due. */
    long meanNs() {
      long nowNs = clockNs.getAsLong();
      return (long) (nowNs > dueNs ? Math.max(meanNs, mean(nowNs)) : meanNs);
    }
  }
}
