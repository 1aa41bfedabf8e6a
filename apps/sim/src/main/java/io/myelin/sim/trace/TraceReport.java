package io.myelin.sim.trace;

import io.myelin.sim.report.Axis;
import io.myelin.sim.report.Block;
import io.myelin.sim.report.Plot;
import io.myelin.sim.report.Report;
import io.myelin.sim.report.Samples;
import io.myelin.sim.report.Section;
import io.myelin.sim.report.Series;
import java.util.Arrays;
import java.util.List;

/** A trace in pictures: idle GPUs, slowdown of jobs, load of links. */
public final class TraceReport {
  private TraceReport() {}

  /** The report of several strategies under one scenario. */
  public static Report of(
      String fabric, int nics, long seed, TraceEvents scenario, List<TraceResult> results) {
    return new Report(
        "GPUs waiting for the network",
        "The same jobs and the same faults under each strategy",
        List.of(
            new Report.Parameter("Fabric", fabric),
            new Report.Parameter("GPUs", String.valueOf(nics)),
            new Report.Parameter("Simulated", scenario.hours() + " h"),
            new Report.Parameter("Jobs", String.valueOf(scenario.jobs().size())),
            new Report.Parameter("Faults", String.valueOf(scenario.faults().size() / 2)),
            new Report.Parameter("Seed", String.valueOf(seed))),
        List.of(summary(results), idle(results), slowdown(results), links(results)));
  }

  private static Section summary(List<TraceResult> results) {
    List<List<String>> rows =
        results.stream()
            .map(
                r ->
                    Block.Table.row(
                        r.strategy(),
                        String.format("%.0f", r.busyGpuHours()),
                        String.format("%.0f", r.idleGpuHours()),
                        String.format("%.1f", 100 * r.idleShare()),
                        String.format("%.0f", r.avoidableGpuHours()),
                        String.valueOf(r.finished()),
                        String.format("%.2f", r.slowdown(0.5)),
                        String.format("%.2f", r.slowdown(0.99))))
            .toList();
    return Section.of(
        "In short",
        new Block.Text(
            "Idle: GPU hours in which a job's GPUs waited for its slowest flow. Avoidable: what of"
                + " that line rate at every NIC would have spared the same steps."
                + notes(results)),
        new Block.Table(
            "By strategy",
            List.of(
                "Strategy",
                "GPU hours",
                "Idle GPU hours",
                "Idle %",
                "Avoidable GPU hours",
                "Jobs ended",
                "Slowdown p50",
                "Slowdown p99"),
            rows),
        new Plot.Bars(
            "GPU hours waiting for the network",
            results.stream().map(TraceResult::strategy).toList(),
            Axis.linear("GPU time", "h"),
            List.of(
                new Plot.Values(
                    "at line rate",
                    results.stream().mapToDouble(TraceResult::idealIdleGpuHours).toArray()),
                new Plot.Values(
                    "beyond that",
                    results.stream().mapToDouble(TraceResult::avoidableGpuHours).toArray()))));
  }

  private static String notes(List<TraceResult> results) {
    StringBuilder all = new StringBuilder();
    for (TraceResult r : results) {
      if (!r.notes().isEmpty()) {
        all.append("\n\n").append(r.strategy()).append(": ").append(r.notes()).append('.');
      }
    }
    return all.toString();
  }

  private static Section idle(List<TraceResult> results) {
    List<Series> series =
        results.stream()
            .map(
                r ->
                    Series.step(
                        r.strategy(),
                        rising(r.samples().stream().mapToDouble(s -> s.hour()).toArray()),
                        r.samples().stream().mapToDouble(s -> 100 * s.idle()).toArray()))
            .toList();
    return Section.of(
        "Over time",
        new Plot.Lines(
            "Share of busy GPUs that wait for the network",
            Axis.linear("time", "h"),
            Axis.linear("waiting", "%"),
            series));
  }

  /** Several things may happen at one moment: a hair's breadth apart for the eye of the plot. */
  private static double[] rising(double[] x) {
    for (int i = 1; i < x.length; i++) {
      x[i] = Math.max(x[i], Math.nextUp(x[i - 1]));
    }
    return x;
  }

  private static Section slowdown(List<TraceResult> results) {
    return Section.of(
        "Jobs",
        new Plot.Cdf(
            "Running time over that with every NIC at line rate",
            Axis.linear("slowdown", "×"),
            results.stream()
                .filter(r -> !r.slowdowns().isEmpty())
                .map(
                    r ->
                        new Samples(
                            r.strategy(),
                            r.slowdowns().stream().mapToDouble(Double::doubleValue).toArray()))
                .toList()));
  }

  private static Section links(List<TraceResult> results) {
    List<Series> series =
        results.stream()
            .filter(r -> r.linkLoads().length > 0)
            .map(
                r -> {
                  double[] sorted =
                      Arrays.stream(r.linkLoads()).map(u -> 100 * u).sorted().toArray();
                  double[] rank = new double[sorted.length];
                  for (int i = 0; i < rank.length; i++) {
                    rank[i] = i + 1;
                  }
                  return Series.line(r.strategy(), rank, sorted);
                })
            .toList();
    return Section.of(
        "Links",
        new Plot.Lines(
            "Links between switches, from idle to busiest, when most GPUs were busy",
            Axis.linear("link", "rank"),
            Axis.linear("utilisation", "%"),
            series));
  }
}
