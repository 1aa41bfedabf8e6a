package io.myelin.sim.trace;

import io.myelin.sim.FlowFabric;
import io.myelin.sim.Pinning;
import io.myelin.sim.SimFlow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Each flow on the way with least on it when it begins, and again when its way breaks. */
final class LeastLoadedRouter implements Router {
  private final FlowFabric fabric;
  private final double[] load;
  private final Map<TraceJob, List<SimFlow>> flows = new LinkedHashMap<>();
  private final Map<TraceJob, List<Part>> parts = new LinkedHashMap<>();

  LeastLoadedRouter(FlowFabric fabric) {
    this.fabric = fabric;
    load = new double[fabric.topology().links()];
  }

  @Override
  public void begin(TraceJob job, List<SimFlow> list) {
    flows.put(job, list);
    List<Part> all = new ArrayList<>();
    for (int f = 0; f < list.size(); f++) {
      all.add(pin(f, list.get(f)));
    }
    parts.put(job, all);
  }

  private Part pin(int number, SimFlow flow) {
    int[] way = Pinning.leastLoaded(fabric, flow, load);
    count(way, 1);
    return new Part(number, 1, way, new double[0], Double.POSITIVE_INFINITY);
  }

  private void count(int[] way, int sign) {
    for (int l : way) {
      load[l] += sign;
    }
  }

  @Override
  public void end(TraceJob job) {
    flows.remove(job);
    for (Part p : parts.getOrDefault(job, List.of())) {
      count(p.links(), -1);
    }
    parts.remove(job);
  }

  @Override
  public void linksChanged() {
    flows.forEach(
        (job, list) ->
            parts
                .getOrDefault(job, List.of())
                .replaceAll(
                    p -> {
                      boolean whole =
                          p.links().length > 0 && Arrays.stream(p.links()).allMatch(fabric::isUp);
                      if (whole) {
                        return p;
                      }
                      count(p.links(), -1);
                      return pin(p.flow(), list.get(p.flow()));
                    }));
  }

  @Override
  public List<Part> parts(TraceJob job) {
    return parts.getOrDefault(job, List.of());
  }
}
