package io.myelin.core.place;

import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseRequests;
import io.myelin.core.state.LeaseSpec;
import org.jspecify.annotations.Nullable;

/**
 * A lease's question to the path search, in a snapshot. Pure; admission is decided again when it is
 * applied.
 *
 * @param instead a lease whose bandwidth counts as free, because it is the one to move
 */
public record Placement(
    FabricState state, PathRequest request, LeaseConditions conditions, @Nullable Lease instead) {

  /**
   * For a new lease.
   *
   * @throws IllegalArgumentException when an endpoint is unknown: the caller checks first
   */
  public static Placement of(FabricState state, LeaseSpec spec, Now now) {
    return of(state, null, spec, now, null);
  }

  /** For a lease that is to go elsewhere, perhaps on other terms. */
  public static Placement instead(FabricState state, Lease lease, LeaseSpec spec, Now now) {
    return of(state, lease.name(), spec, now, lease);
  }

  private static Placement of(
      FabricState state,
      @Nullable LeaseName name,
      LeaseSpec spec,
      Now now,
      @Nullable Lease instead) {
    return new Placement(
        state,
        LeaseRequests.of(state, name, spec),
        new LeaseConditions(state, spec.window(now.timeMs()), now, instead),
        instead);
  }

  /** The best path. */
  public PathSearch.Answer find() {
    return PathSearch.find(state.topology(), conditions, request);
  }

  /**
   * Whether other leases alone keep it from its shortest way: it fits nowhere, or only on a detour.
   * Rearranging them may help.
   *
   * @param now what {@link #find} answered
   */
  public boolean crowded(PathSearch.Answer now) {
    PathSearch.Answer alone =
        PathSearch.find(state.topology(), new Empty(state.topology(), conditions), request);
    if (!(alone instanceof PathSearch.Found best)) {
      return false;
    }
    return !(now instanceof PathSearch.Found found)
        || best.path().egress().size() < found.path().egress().size();
  }

  /** The fabric as it would be without any lease. */
  private record Empty(Topology topology, LinkConditions now) implements LinkConditions {
    @Override
    public Status status(int link) {
      return now.status(link);
    }

    @Override
    public long freeBps(int link) {
      return topology.reservableBps(link);
    }

    @Override
    public long latencyNs(int link) {
      return now.latencyNs(link);
    }

    @Override
    public long queueingNs(int link) {
      return now.queueingNs(link);
    }
  }
}
