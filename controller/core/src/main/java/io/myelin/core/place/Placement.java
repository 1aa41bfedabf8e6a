package io.myelin.core.place;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseSpec;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Finds a path for a lease in a snapshot. Pure; admission is decided again when it is applied. */
public final class Placement {
  private Placement() {}

  /**
   * The best path for {@code spec}.
   *
   * @param ready devices that can be programmed now
   * @param instead a lease whose reservation counts as free, because it is the one to move
   * @throws IllegalArgumentException when an endpoint is unknown: the caller checks first
   */
  public static PathSearch.Answer find(
      FabricState state, LeaseSpec spec, Predicate<DeviceId> ready, @Nullable Lease instead) {
    Set<LinkId> own = instead == null ? Set.of() : new HashSet<>(instead.path().links());
    long ownBps = instead == null ? 0 : instead.spec().bandwidthBps();
    return findWithin(
        state, spec, ready, link -> state.freeBps(link) + (own.contains(link) ? ownBps : 0));
  }

  /**
   * Whether other leases alone keep {@code spec} from its shortest way: it fits nowhere, or only on
   * a detour. Rearranging them may help.
   */
  public static boolean crowded(FabricState state, LeaseSpec spec, Predicate<DeviceId> ready) {
    PathSearch.Answer now = find(state, spec, ready, null);
    if (!(now instanceof PathSearch.Found found)) {
      return now instanceof PathSearch.NotFound;
    }
    PathSearch.Answer alone =
        findWithin(
            state,
            spec,
            ready,
            link -> {
              Long reservable = state.inventory().reservableBps(link);
              return reservable == null ? 0 : reservable;
            });
    return alone instanceof PathSearch.Found best
        && best.path().egress().size() < found.path().egress().size();
  }

  private static PathSearch.Answer findWithin(
      FabricState state,
      LeaseSpec spec,
      Predicate<DeviceId> ready,
      ToLongFunction<LinkId> freeBps) {
    Endpoint source = state.inventory().endpoints().get(spec.source());
    Endpoint destination = state.inventory().endpoints().get(spec.destination());
    if (source == null || destination == null) {
      throw new IllegalArgumentException(
          "unknown endpoint: " + (source == null ? spec.source() : spec.destination()));
    }
    Topology topology = state.topology();
    LinkConditions conditions =
        new LinkConditions() {
          @Override
          public Status status(int link) {
            if (!state.isUp(topology.id(link))) {
              return Status.DOWN;
            }
            return ready.test(topology.device(topology.from(link)))
                    && ready.test(topology.device(topology.to(link)))
                ? Status.USABLE
                : Status.SWITCH_UNAVAILABLE;
          }

          @Override
          public long freeBps(int link) {
            return freeBps.applyAsLong(topology.id(link));
          }

          @Override
          public long latencyNs(int link) {
            return state.latencyNs(topology.link(link));
          }

          @Override
          public long queueingNs(int link) {
            return 0;
          }
        };
    return PathSearch.find(
        topology,
        conditions,
        PathRequest.of(source, destination, spec.bandwidthBps(), spec.objective()));
  }
}
