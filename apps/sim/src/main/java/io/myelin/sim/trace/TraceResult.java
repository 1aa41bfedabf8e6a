package io.myelin.sim.trace;

import java.util.List;

/**
 * What became of a trace under one strategy.
 *
 * @param busyGpuHours that GPUs were held by jobs
 * @param idleGpuHours of these, waiting for the network
 * @param idealIdleGpuHours what the same steps would have waited with every NIC at line rate
 * @param finished jobs that ended within the time
 * @param slowdowns of these: running time over what it would be with every NIC at line rate
 * @param samples over time
 * @param linkLoads utilisation of each link between switches at the busiest moment
 * @param notes what else the strategy has to say
 */
public record TraceResult(
    String strategy,
    double busyGpuHours,
    double idleGpuHours,
    double idealIdleGpuHours,
    int finished,
    List<Double> slowdowns,
    List<Sample> samples,
    double[] linkLoads,
    String notes) {

  /**
   * A moment, after each event.
   *
   * @param hour since the beginning
   * @param gpus held by jobs
   * @param idle share of these that wait for the network
   */
  public record Sample(double hour, int gpus, double idle) {}

  /** Share of the GPU time of jobs that went into waiting for the network. */
  public double idleShare() {
    return busyGpuHours == 0 ? 0 : idleGpuHours / busyGpuHours;
  }

  /** Waiting that line rate everywhere would have spared, in GPU hours. */
  public double avoidableGpuHours() {
    return idleGpuHours - idealIdleGpuHours;
  }

  /** A quantile of the slowdowns; 1 where no job ended. */
  public double slowdown(double quantile) {
    if (slowdowns.isEmpty()) {
      return 1;
    }
    List<Double> sorted = slowdowns.stream().sorted().toList();
    return sorted.get((int) Math.min(sorted.size() - 1, Math.floor(quantile * sorted.size())));
  }
}
