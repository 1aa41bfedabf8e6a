package io.myelin.core.place;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.PathSearch;
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
  public static PathSearch.Result find(
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
    PathSearch.Result now = find(state, spec, ready, null);
    if (!(now instanceof PathSearch.Result.Found found)) {
      return now instanceof PathSearch.Result.NoBandwidth;
    }
    PathSearch.Result alone =
        findWithin(
            state,
            spec,
            ready,
            link -> {
              Long reservable = state.inventory().reservableBps(link);
              return reservable == null ? 0 : reservable;
            });
    return alone instanceof PathSearch.Result.Found best
        && best.path().egress().size() < found.path().egress().size();
  }

  private static PathSearch.Result findWithin(
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
    for (Endpoint e : new Endpoint[] {source, destination}) {
      if (!ready.test(e.attachment().device())) {
        return new PathSearch.Result.Unreachable(
            "switch " + e.attachment().device() + " of endpoint " + e.id() + " is not ready");
      }
    }
    return PathSearch.find(
        new PathSearch.Query(
            state.inventory(),
            source,
            destination,
            spec.bandwidthBps(),
            spec.objective(),
            link -> usable(state, link, ready),
            freeBps,
            state::latencyNs));
  }

  private static boolean usable(FabricState state, LinkId id, Predicate<DeviceId> ready) {
    if (!state.isUp(id)) {
      return false;
    }
    Link link = state.inventory().links().get(id);
    return link == null || (ready.test(link.from().device()) && ready.test(link.to().device()));
  }
}
