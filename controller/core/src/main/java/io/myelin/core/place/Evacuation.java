package io.myelin.core.place;

import io.myelin.core.model.LinkId;
import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Other paths for many leases at once, e.g. those of a spine that failed or is to be empty: the
 * widest first, each around what the ones before it took. Pure; admission is decided again when the
 * command is applied.
 */
public final class Evacuation {
  /** Protected ones first, as room for backups is the state machine's to count; then the widest. */
  public static final Comparator<Lease> ORDER =
      Comparator.comparing((Lease l) -> l.spec().terms().protection().isEmpty())
          .thenComparingLong(l -> -l.spec().bandwidthBps())
          .thenComparing(Lease::name);

  private final Topology topology;
  private final Now now;
  private final long[] taken;
  private FabricState state;

  /**
   * What can move together in one command.
   *
   * @param left leases for which no path is free, in the order of {@code leases}
   */
  public record Plan(List<Command.Move> moves, List<Lease> left) {
    public Plan {
      moves = List.copyOf(moves);
      left = List.copyOf(left);
    }
  }

  private Evacuation(FabricState state, Now now) {
    this.state = state;
    this.now = now;
    topology = state.topology();
    taken = new long[topology.links()];
  }

  /**
   * Finds a path for each lease that can have one without others moving.
   *
   * @param leases that cannot stay where they are
   */
  public static Plan find(FabricState state, List<Lease> leases, Now now) {
    return new Evacuation(state, now).find(leases);
  }

  private Plan find(List<Lease> leases) {
    List<Lease> widest = new ArrayList<>(leases);
    widest.sort(ORDER);
    List<Command.Move> moves = new ArrayList<>();
    Set<Lease> moved = new HashSet<>();
    for (Lease lease : widest) {
      boolean plain = lease.spec().terms().protection().isEmpty();
      Route route = plain ? around(lease) : protectedRoute(lease);
      if (route == null || route.path().links().equals(lease.path().links())) {
        continue;
      }
      Command.Move move = new Command.Move(lease.name(), lease.generation(), route);
      if (plain) {
        take(lease, route.path());
      } else if (!admitted(move)) {
        continue;
      }
      moves.add(move);
      moved.add(lease);
    }
    return new Plan(moves, leases.stream().filter(l -> !moved.contains(l)).toList());
  }

  // ---- without protection ----------------------------------------------------------------------

  private @Nullable Route around(Lease lease) {
    Placement p = Placement.instead(state, lease, lease.spec(), now);
    Room room = new Room(p.conditions(), taken);
    return PathSearch.find(topology, room, p.request()) instanceof PathSearch.Found f
        ? Route.of(f.path())
        : null;
  }

  private void take(Lease lease, Path path) {
    long bps = lease.spec().bandwidthBps();
    for (LinkId id : path.links()) {
      Integer l = topology.number(id);
      if (l != null && !lease.path().links().contains(id)) {
        taken[l] += bps;
      }
    }
  }

  /** What is left when those that were placed a moment ago are there. */
  private record Room(LeaseConditions before, long[] taken) implements LinkConditions {
    @Override
    public Status status(int link) {
      return before.status(link);
    }

    @Override
    public long freeBps(int link) {
      return before.freeBps(link) - taken[link];
    }

    @Override
    public boolean knowsLatency(int link) {
      return before.knowsLatency(link);
    }

    @Override
    public long latencyNs(int link) {
      return before.latencyNs(link);
    }

    @Override
    public long queueingNs(int link) {
      return before.queueingNs(link);
    }
  }

  // ---- with protection -------------------------------------------------------------------------

  private @Nullable Route protectedRoute(Lease lease) {
    Placement placement = Placement.instead(state, lease, lease.spec(), now);
    Path backup = lease.backup();
    if (backup != null && placement.admitsFailover(lease.route())) {
      return Route.of(backup);
    }
    Route route = placement.route(lease.spec().terms().protection());
    // Rather without a backup than not at all.
    return route == null ? placement.route(Set.of()) : route;
  }

  private boolean admitted(Command.Move move) {
    var applied =
        StateMachine.apply(state, new Command.MoveLeases(List.of(move), "", now.timeMs()));
    if (applied.outcome() instanceof Outcome.Refused) {
      return false;
    }
    state = applied.after();
    return true;
  }
}
