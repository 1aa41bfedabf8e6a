package io.myelin.core.place;

import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.place.GroupPlacement.CutTooSmall;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Why leases cannot all be placed, whatever the arrangement. */
final class GroupCuts {
  /** Pairs of switches that are searched to explain a refusal. */
  private static final int MAX_EXPLAINED = 64;

  private final Topology topology;
  private final LinkConditions conditions;
  private final List<LeaseSpec> specs;
  private final PathRequest[] requests;
  private final long[] givenBack;

  /**
   * @param givenBack by link: what leases whose room these take leave there, bits per second
   */
  GroupCuts(
      Topology topology,
      LinkConditions conditions,
      List<LeaseSpec> specs,
      PathRequest[] requests,
      long[] givenBack) {
    this.topology = topology;
    this.conditions = conditions;
    this.specs = specs;
    this.requests = requests;
    this.givenBack = givenBack;
  }

  /** What a NIC sends, or receives, must pass its link. */
  @Nullable CutTooSmall access() {
    Map<Integer, Long> needed = new HashMap<>();
    for (int i = 0; i < requests.length; i++) {
      long bps = specs.get(i).bandwidthBps();
      needed.merge(topology.uplink(requests[i].source()), bps, Long::sum);
      needed.merge(topology.uplink(requests[i].destination()) + 1, bps, Long::sum);
    }
    for (int i = 0; i < requests.length; i++) {
      for (int l :
          new int[] {
            topology.uplink(requests[i].source()), topology.uplink(requests[i].destination()) + 1
          }) {
        long need = needed.getOrDefault(l, 0L);
        long free = conditions.freeBps(l) + givenBack[l];
        if (need > free) {
          return new CutTooSmall("link " + topology.id(l), need, Math.max(0, free));
        }
      }
    }
    return null;
  }

  /** The first flow that has no path even alone; looked for among so many pairs of switches. */
  GroupPlacement.@Nullable NoPath noPath() {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < requests.length && seen.size() < MAX_EXPLAINED; i++) {
      if (seen.add(GroupPlacement.key(topology, requests[i].source(), requests[i].destination()))
          && !(PathSearch.find(topology, conditions, requests[i].withBandwidthBps(0))
              instanceof PathSearch.Found)) {
        return new GroupPlacement.NoPath(i, specs.get(i));
      }
    }
    return null;
  }

  /**
   * What begins or ends at a switch must pass its links, whoever else is moved aside.
   *
   * @param limit what may be used of each link
   * @param movable those who may be moved aside; asked for only where that matters
   */
  @Nullable CutTooSmall switches(long[] limit, Supplier<List<Lease>> movable) {
    long[][] need = new long[2][topology.devices()];
    long[][] free = new long[2][topology.devices()];
    for (int i = 0; i < requests.length; i++) {
      int from = topology.number(requests[i].source().attachment().device());
      int to = topology.number(requests[i].destination().attachment().device());
      if (from != to) {
        need[0][from] += specs.get(i).bandwidthBps();
        need[1][to] += specs.get(i).bandwidthBps();
      }
    }
    for (int l = 0; l < limit.length; l++) {
      free[0][topology.from(l)] += limit[l];
      free[1][topology.to(l)] += limit[l];
    }
    CutTooSmall cut = tooSmall(need, free);
    if (cut == null) {
      return null;
    }
    for (Lease lease : movable.get()) {
      int[] links = GroupPlacement.numbers(topology, lease.path());
      for (int i = 1; i < links.length; i++) { // in transit: it could go elsewhere
        free[0][topology.from(links[i])] += lease.bookedBps();
        free[1][topology.to(links[i - 1])] += lease.bookedBps();
      }
    }
    return tooSmall(need, free);
  }

  private @Nullable CutTooSmall tooSmall(long[][] need, long[][] free) {
    for (int d = 0; d < topology.devices(); d++) {
      for (int side = 0; side < 2; side++) {
        if (need[side][d] > free[side][d]) {
          String which = side == 0 ? "all links out of " : "all links into ";
          return new CutTooSmall(which + topology.device(d), need[side][d], free[side][d]);
        }
      }
    }
    return null;
  }
}
