package io.myelin.sim.trace;

import io.myelin.sim.FlowFabric;
import io.myelin.sim.SimFlow;
import io.myelin.sim.Strategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Routes of running jobs, as a strategy keeps them while jobs and links come and go. */
interface Router {

  /**
   * A part of a flow and its way.
   *
   * @param capBps what it may send at most
   */
  record Part(int flow, double share, int[] links, double[] shares, double capBps) {}

  /** A job begins; its flows are numbered as in the list. */
  void begin(TraceJob job, List<SimFlow> flows);

  void end(TraceJob job);

  /** Links went down or came back; the fabric says which. */
  void linksChanged();

  /** Where a running job's flows go now. */
  List<Part> parts(TraceJob job);

  /** What else there is to say at the end; empty: nothing. */
  default String notes() {
    return "";
  }

  /** A strategy that looks at each job by itself: hashing, spraying, pinning. */
  final class Stateless implements Router {
    private final FlowFabric fabric;
    private final Strategy strategy;
    private final Map<TraceJob, List<SimFlow>> flows = new HashMap<>();
    private final Map<TraceJob, List<Part>> parts = new HashMap<>();

    Stateless(FlowFabric fabric, Strategy strategy) {
      this.fabric = fabric;
      this.strategy = strategy;
    }

    @Override
    public void begin(TraceJob job, List<SimFlow> list) {
      flows.put(job, list);
      route(job, list);
    }

    private void route(TraceJob job, List<SimFlow> list) {
      List<Part> all = new ArrayList<>();
      strategy.route(
          fabric,
          list,
          job.id(),
          (f, share, links, shares) ->
              all.add(new Part(f, share, links, shares, Double.POSITIVE_INFINITY)));
      parts.put(job, all);
    }

    @Override
    public void end(TraceJob job) {
      flows.remove(job);
      parts.remove(job);
    }

    @Override
    public void linksChanged() {
      flows.forEach(this::route);
    }

    @Override
    public List<Part> parts(TraceJob job) {
      return parts.getOrDefault(job, List.of());
    }
  }
}
