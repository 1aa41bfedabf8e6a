package io.myelin.core.place;

import io.myelin.core.model.LinkId;
import io.myelin.core.path.Path;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Other paths for many leases at once, e.g. those of a spine that failed or is to be empty: each in
 * the state that the one before left, the widest first. Pure.
 */
public final class Evacuation {
  private Evacuation() {}

  /**
   * What can move together in one command.
   *
   * @param moves in an order in which each is admitted; all of them are, as one command
   * @param left leases for which no path is free, in the order of {@code leases}
   */
  public record Plan(List<Command.Move> moves, List<Lease> left) {
    public Plan {
      moves = List.copyOf(moves);
      left = List.copyOf(left);
    }
  }

  /**
   * Finds a path for each lease that can have one without others moving.
   *
   * @param leases that cannot stay where they are
   */
  public static Plan find(FabricState state, List<Lease> leases, Now now) {
    // Where all are gone, each sees the others' room: on the links that work they hold the same.
    List<Lease> widest = new ArrayList<>(leases);
    widest.sort(
        Comparator.comparingLong((Lease l) -> -l.spec().bandwidthBps()).thenComparing(Lease::name));
    FabricState at = state;
    List<Command.Move> moves = new ArrayList<>();
    Map<Lease, Boolean> moved = new HashMap<>();
    for (Lease lease : widest) {
      Route route = route(at, lease, now);
      if (route == null) {
        continue;
      }
      Command.Move move = new Command.Move(lease.name(), lease.generation(), route);
      var applied = StateMachine.apply(at, new Command.MoveLeases(List.of(move), "", now.timeMs()));
      if (!(applied.outcome() instanceof Outcome.Refused)) {
        at = applied.after();
        moves.add(move);
        moved.put(lease, true);
      }
    }
    return new Plan(moves, leases.stream().filter(l -> !moved.containsKey(l)).toList());
  }

  private static @Nullable Route route(FabricState state, Lease lease, Now now) {
    Placement placement = Placement.instead(state, lease, lease.spec(), now);
    Path backup = lease.backup();
    if (backup != null && placement.admitsFailover(lease.route())) {
      return Route.of(backup);
    }
    Route route = placement.route(lease.spec().terms().protection());
    if (route == null && !lease.spec().terms().protection().isEmpty()) {
      route = placement.route(Set.of()); // rather without a backup than not at all
    }
    List<LinkId> old = lease.path().links();
    return route == null || route.path().links().equals(old) ? null : route;
  }
}
