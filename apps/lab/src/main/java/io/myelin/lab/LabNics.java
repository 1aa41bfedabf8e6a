package io.myelin.lab;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Link;
import io.myelin.lab.roce.RoceHost;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Settings of the hosts' NICs: windows and timeouts that fit the longest way of a fabric. */
final class LabNics {
  private static final int ACK_EVERY = 4;

  /** A NIC's window: at least so many packets, at most so many. */
  private static final int LEAST_WINDOW = 8;

  private static final int MOST_WINDOW = 256;

  /** Cables of a way through a leaf-spine fabric; shorter ways count as this long. */
  private static final int LEAST_CABLES = 4;

  private static final long NO_WAY = Long.MAX_VALUE / 4;

  private final LabPlan plan;

  /** One way between the NICs that are farthest apart, access links included. */
  private final long wayNs;

  private final long wayCables;

  /** The longest that a packet waits in a full queue. */
  private final long queueNs;

  LabNics(LabPlan plan) {
    this.plan = plan;
    long[][] latency = between(plan::latencyNs);
    long[][] cables = between(l -> 1);
    wayNs = longest(latency) + 2 * plan.latencyNs();
    wayCables = Math.max(LEAST_CABLES, longest(cables) + 2);
    long[] slowest = {0};
    plan.inventory()
        .links()
        .forEach((id, l) -> slowest[0] = Math.max(slowest[0], drainNs(l.capacityBps())));
    plan.inventory()
        .endpoints()
        .forEach((id, e) -> slowest[0] = Math.max(slowest[0], drainNs(e.capacityBps())));
    queueNs = slowest[0];
  }

  private long drainNs(long bps) {
    return (long) (plan.queueBytes(bps) * 8e9 / bps);
  }

  RoceHost.Config of(Endpoint e) {
    double packetNs = (plan.mtu() + 100) * 8e9 / e.capacityBps();
    double roundTripNs = 2.0 * wayNs + 2.0 * wayCables * packetNs;
    // Twice the bandwidth-delay product of the longest way.
    double window = 2 * roundTripNs / packetNs;
    // A queue full of other flows' packets on every hop still arrives in time.
    double timeoutNs = Math.max(3.0 * queueNs + 64 * packetNs, 4 * roundTripNs);
    return new RoceHost.Config(
        e.mac().value(),
        e.ip().bytes(),
        e.capacityBps(),
        plan.mtu(),
        (int) Math.max(LEAST_WINDOW, Math.min(MOST_WINDOW, window)),
        ACK_EVERY,
        (long) timeoutNs);
  }

  /** Lengths of the shortest ways between all switches (Floyd and Warshall). */
  private long[][] between(ToLongFunction<Link> length) {
    Map<DeviceId, Integer> number = numbers();
    int n = number.size();
    long[][] d = new long[n][n];
    for (int i = 0; i < n; i++) {
      Arrays.fill(d[i], NO_WAY);
      d[i][i] = 0;
    }
    for (Map.Entry<?, Link> e : plan.inventory().links()) {
      Link l = e.getValue();
      int from = number.getOrDefault(l.from().device(), 0);
      int to = number.getOrDefault(l.to().device(), 0);
      d[from][to] = Math.min(d[from][to], length.applyAsLong(l));
    }
    for (int k = 0; k < n; k++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          d[i][j] = Math.min(d[i][j], d[i][k] + d[k][j]);
        }
      }
    }
    return d;
  }

  private Map<DeviceId, Integer> numbers() {
    Map<DeviceId, Integer> number = new HashMap<>();
    plan.inventory().devices().forEach((id, d) -> number.put(id, number.size()));
    return number;
  }

  /** The longest of the ways that there are, between switches with hosts. */
  private long longest(long[][] ways) {
    Map<DeviceId, Integer> number = numbers();
    int[] ends =
        number.entrySet().stream()
            .filter(e -> !plan.inventory().endpointsAt(e.getKey()).isEmpty())
            .mapToInt(Map.Entry::getValue)
            .toArray();
    long most = 0;
    for (int a : ends) {
      for (int b : ends) {
        if (ways[a][b] < NO_WAY) {
          most = Math.max(most, ways[a][b]);
        }
      }
    }
    return most;
  }
}
