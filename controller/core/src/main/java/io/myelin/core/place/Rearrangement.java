package io.myelin.core.place;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathRequest;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseRequests;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes room for a lease in a leaf-spine fabric by moving others between two spines.
 *
 * <p>Leases are edges of a bipartite graph (source leaf, destination leaf), spines are colours, and
 * a leaf with room on some spine always exists while it has fewer leases than spines. When no spine
 * is free at both leaves, take spine a, free at the source, and b, free at the destination, and
 * swap a and b along the chain of leases that begins at the destination's lease on a. The chain
 * cannot come back to the source, so it ends (König, 1916; the rearrangeable Clos network of
 * Slepian and Duguid). Leases of unequal bandwidth may defeat it; what it returns always fits.
 */
public final class Rearrangement {
  private final FabricState state;
  private final Now now;
  private final Map<LinkId, Long> delta = new HashMap<>();
  private final Map<LeaseName, Path> moved = new HashMap<>();

  private Rearrangement(FabricState state, Now now) {
    this.state = state;
    this.now = now;
  }

  /**
   * The fewest moves found that make room for {@code spec}.
   *
   * @return empty when none helps; never an empty list
   */
  public static Optional<List<Command.Move>> find(FabricState state, LeaseSpec spec, Now now) {
    Endpoint source = state.inventory().endpoints().get(spec.source());
    Endpoint destination = state.inventory().endpoints().get(spec.destination());
    if (source == null
        || destination == null
        || free(state, source.uplink(), now) < spec.bandwidthBps()
        || free(state, destination.downlink(), now) < spec.bandwidthBps()) {
      return Optional.empty();
    }
    DeviceId from = source.attachment().device();
    DeviceId to = destination.attachment().device();
    List<Command.Move> best = null;
    for (DeviceId a : middles(state, from, to)) {
      for (DeviceId b : middles(state, from, to)) {
        if (a.equals(b)) {
          continue;
        }
        Rearrangement r = new Rearrangement(state, now);
        List<Command.Move> moves = r.chain(spec, from, to, a, b);
        if (moves != null && (best == null || moves.size() < best.size())) {
          best = moves;
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /** Devices with a link from one leaf and a link to the other. */
  private static Set<DeviceId> middles(FabricState state, DeviceId from, DeviceId to) {
    Set<DeviceId> here = new TreeSet<>();
    Set<DeviceId> there = new HashSet<>();
    state.inventory().linksFrom(from).forEach(l -> here.add(l.to().device()));
    state.inventory().linksFrom(to).forEach(l -> there.add(l.to().device()));
    here.retainAll(there);
    return here;
  }

  private @Nullable List<Command.Move> chain(
      LeaseSpec spec, DeviceId from, DeviceId to, DeviceId a, DeviceId b) {
    Link up = link(from, a);
    Link down = link(a, to);
    if (up == null || down == null || free(up.id()) < spec.bandwidthBps()) {
      return null;
    }
    delta.merge(up.id(), spec.bandwidthBps(), Long::sum);
    delta.merge(down.id(), spec.bandwidthBps(), Long::sum);
    DeviceId into = b;
    LinkId full = down.id();
    // Each round moves one lease that has not moved yet: at most one round per lease.
    while (free(full) < 0) {
      Lease victim = victim(full);
      Path path = victim == null ? null : via(victim, into);
      if (victim == null || path == null) {
        return null;
      }
      put(victim, path);
      LinkId next = overloaded(path);
      into = into.equals(b) ? a : b;
      full = next == null ? full : next;
    }
    // With a b that is full at the destination, the chain may leave a second link overloaded.
    if (delta.keySet().stream().anyMatch(l -> free(l) < 0)) {
      return null;
    }
    List<Command.Move> moves = new ArrayList<>();
    for (LeaseName name : new TreeSet<>(moved.keySet())) {
      Lease lease = state.leases().get(name);
      Path path = moved.get(name);
      if (lease != null && path != null) {
        moves.add(new Command.Move(name, lease.generation(), Route.of(path)));
      }
    }
    return moves.isEmpty() ? null : moves;
  }

  private void put(Lease lease, Path path) {
    lease.path().links().forEach(l -> delta.merge(l, -lease.spec().bandwidthBps(), Long::sum));
    path.links().forEach(l -> delta.merge(l, lease.spec().bandwidthBps(), Long::sum));
    moved.put(lease.name(), path);
  }

  private @Nullable LinkId overloaded(Path path) {
    for (LinkId l : path.links()) {
      if (free(l) < 0) {
        return l;
      }
    }
    return null;
  }

  /** The smallest lease on a link that is large enough to relieve it. */
  private @Nullable Lease victim(LinkId full) {
    Lease best = null;
    for (Map.Entry<LeaseName, Boolean> e : state.link(full).leases()) {
      LeaseName name = e.getKey();
      Lease lease = state.leases().get(name);
      if (lease != null
          && lease.state().lives()
          && lease.backup() == null // would need another one
          && lease.path().links().contains(full)
          && !moved.containsKey(name)
          && lease.spec().bandwidthBps() >= -free(full)
          && (best == null || lease.spec().bandwidthBps() < best.spec().bandwidthBps())) {
        best = lease;
      }
    }
    return best;
  }

  /** The lease's way over another spine, unless that makes it slower or dearer. */
  private @Nullable Path via(Lease lease, DeviceId middle) {
    List<PortRef> egress = lease.path().egress();
    if (egress.size() != 3) {
      return null; // not leaf, spine, leaf
    }
    Link up = link(egress.get(0).device(), middle);
    Link down = link(middle, egress.get(2).device());
    if (up == null || down == null) {
      return null;
    }
    List<LinkId> old = lease.path().links();
    Path path =
        new Path(
            List.of(old.get(0), up.id(), down.id(), old.get(3)),
            List.of(up.from(), down.from(), egress.get(2)),
            state.latencyNs(up) + state.latencyNs(down),
            up.costMicrosPerGb() + down.costMicrosPerGb(),
            up.facts().jitterNs() + down.facts().jitterNs(),
            up.facts().lossPpb() + down.facts().lossPpb());
    boolean worse =
        path.latencyNs() > lease.path().latencyNs()
            || path.costMicrosPerGb() > lease.path().costMicrosPerGb();
    return worse || breaks(lease, path) ? null : path;
  }

  /** Whether a lease asked for something that this path is not; bandwidth is counted elsewhere. */
  private boolean breaks(Lease lease, Path path) {
    PathRequest request = LeaseRequests.of(state, lease.name(), lease.spec()).withBandwidthBps(0);
    return !PathCheck.violations(
            state.topology(), new LeaseConditions(state, lease.window(), now, lease), request, path)
        .isEmpty();
  }

  private @Nullable Link link(DeviceId from, DeviceId to) {
    if (!now.ready().test(from) || !now.ready().test(to)) {
      return null;
    }
    for (Link l : state.inventory().linksFrom(from)) {
      if (l.to().device().equals(to) && state.isUp(l.id())) {
        return l;
      }
    }
    return null;
  }

  private long free(LinkId link) {
    return free(state, link, now) - delta.getOrDefault(link, 0L);
  }

  /** From now on, whoever comes later: careful rather than exact. */
  private static long free(FabricState state, LinkId link, Now now) {
    return state.freeBps(link, TimeWindow.lasting(now.timeMs(), TimeWindow.FOREVER), now.timeMs());
  }
}
