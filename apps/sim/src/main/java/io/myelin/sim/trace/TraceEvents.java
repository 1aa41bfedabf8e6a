package io.myelin.sim.trace;

import io.myelin.core.path.Topology;
import io.myelin.sim.FlowFabric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * What happens in a trace, whatever the strategy: arrivals and faults, by a seed.
 *
 * @param jobs in order of arrival
 * @param faults in order of time
 */
public record TraceEvents(double hours, List<TraceJob> jobs, List<TraceEvent> faults) {
  /** Of GPUs that would be busy if nothing ever waited. */
  private static final double LOAD = 0.85;

  private static final double MEAN_JOB_H = 1.5;
  private static final int SMALLEST_LOG = 3;
  private static final int LARGEST_LOG = 7;

  /** Cables that fail in an hour, of a thousand; as long as this they stay so. */
  private static final double CABLES_PER_1000_H = 4;

  private static final double CABLE_REPAIR_H = 1;
  private static final double SWITCHES_PER_100_H = 0.1;
  private static final double SWITCH_REPAIR_H = 0.25;

  private static final double HOUR_S = 3600;

  /**
   * Draws a scenario: jobs of 8 to 128 GPUs for one to two hours, of which communication at line
   * rate would take 10 to 40 per cent; cables and switches that fail.
   */
  public static TraceEvents draw(FlowFabric fabric, double hours, long seed) {
    Random random = new Random(seed);
    double nicBps = fabric.capacityBps(fabric.uplink(0));
    List<TraceJob> jobs = new ArrayList<>();
    double meanGpus = 0;
    for (int log = SMALLEST_LOG; log <= LARGEST_LOG; log++) {
      meanGpus += Math.min(1 << log, fabric.nics()) / (LARGEST_LOG - SMALLEST_LOG + 1.0);
    }
    double perSecond = LOAD * fabric.nics() / (meanGpus * MEAN_JOB_H * HOUR_S);
    double at = exponential(random, perSecond);
    while (at < hours * HOUR_S) {
      int log = SMALLEST_LOG + random.nextInt(LARGEST_LOG - SMALLEST_LOG + 1);
      double stepS = 0.5 + random.nextDouble();
      double network = 0.1 + 0.3 * random.nextDouble();
      double lengthS = MEAN_JOB_H * HOUR_S * (2.0 / 3 + 2.0 / 3 * random.nextDouble());
      jobs.add(
          new TraceJob(
              jobs.size(),
              at,
              Math.min(1 << log, fabric.nics() / 2),
              lengthS / stepS,
              stepS * (1 - network),
              stepS * network * nicBps / 8));
      at += exponential(random, perSecond);
    }
    return new TraceEvents(hours, List.copyOf(jobs), faults(fabric.topology(), hours, random));
  }

  private static double exponential(Random random, double perSecond) {
    return -Math.log(1 - random.nextDouble()) / perSecond;
  }

  private static List<TraceEvent> faults(Topology t, double hours, Random random) {
    List<TraceEvent> all = new ArrayList<>();
    int cables = t.fabricLinks() / 2;
    double perSecond = cables * CABLES_PER_1000_H / 1000 / HOUR_S;
    for (double at = exponential(random, perSecond);
        at < hours * HOUR_S;
        at += exponential(random, perSecond)) {
      add(all, at, CABLE_REPAIR_H, List.of(random.nextInt(t.fabricLinks())));
    }
    List<Integer> above = spines(t);
    perSecond = above.size() * SWITCHES_PER_100_H / 100 / HOUR_S;
    for (double at = exponential(random, perSecond);
        at < hours * HOUR_S;
        at += exponential(random, perSecond)) {
      int device = above.get(random.nextInt(above.size()));
      List<Integer> links = new ArrayList<>();
      for (int l = 0; l < t.fabricLinks(); l++) {
        if (t.from(l) == device) {
          links.add(l);
        }
      }
      add(all, at, SWITCH_REPAIR_H, links);
    }
    all.sort(Comparator.comparingDouble(TraceEvent::timeS));
    return List.copyOf(all);
  }

  private static void add(List<TraceEvent> to, double atS, double repairH, List<Integer> links) {
    to.add(new TraceEvent(atS, links, TraceEvent.What.FAILS));
    to.add(new TraceEvent(atS + repairH * HOUR_S, links, TraceEvent.What.REPAIRED));
  }

  /** Switches without NICs: their failure takes no GPU away. */
  private static List<Integer> spines(Topology t) {
    boolean[] leaf = new boolean[t.devices()];
    t.inventory().endpoints().forEach((id, e) -> leaf[t.number(e.attachment().device())] = true);
    List<Integer> spines = new ArrayList<>();
    for (int d = 0; d < leaf.length; d++) {
      if (!leaf[d]) {
        spines.add(d);
      }
    }
    return spines;
  }
}
