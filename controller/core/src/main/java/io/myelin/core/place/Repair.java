package io.myelin.core.place;

import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Another way for a lease whose path broke. Pure. */
public final class Repair {
  private Repair() {}

  /**
   * What to move: the lease alone where a path is free, with a backup if it asks for one; else
   * others as well, where only their arrangement is in the way.
   *
   * @return null: nothing fits
   */
  public static @Nullable List<Command.Move> find(FabricState state, Lease lease, Now now) {
    Placement placement = Placement.instead(state, lease, lease.spec(), now);
    Route route = placement.route(lease.spec().terms().protection());
    if (route == null && !lease.spec().terms().protection().isEmpty()) {
      route = placement.route(Set.of()); // rather without a backup than not at all
    }
    if (route != null) {
      return List.of(move(lease, route));
    }
    // One whose window lies ahead waits: its path may be whole again by then.
    if (lease.state() == Lease.LeaseState.SCHEDULED
        || !(GroupPlacement.find(state, List.of(lease.spec()), Map.of(0, lease), List.of(), now)
            instanceof GroupPlacement.Placed placed)) {
      return null;
    }
    if (placed.routes().get(0).path().links().equals(lease.path().links())) {
      return null; // there is room, but it is not what the lease asks for any more
    }
    List<Command.Move> moves = new ArrayList<>(placed.moves());
    moves.add(move(lease, placed.routes().get(0)));
    return moves;
  }

  private static Command.Move move(Lease lease, Route route) {
    return new Command.Move(lease.name(), lease.generation(), route);
  }
}
