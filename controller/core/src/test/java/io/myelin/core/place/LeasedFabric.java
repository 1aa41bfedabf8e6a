package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * A fabric with leases, to which a test does what it likes: commands must be admitted, and never
 * does a link hold more than leases may reserve.
 */
abstract class LeasedFabric {
  FabricState state = FabricState.EMPTY;
  long timeMs = 1_750_000_000_000L;

  /** Begins anew, without leases. */
  final void begin(Inventory inventory) {
    state = FabricState.EMPTY;
    apply(new Command.SetInventory(inventory, timeMs));
  }

  final void apply(Command c) {
    Applied a = StateMachine.apply(state, c);
    assertFalse(a.outcome() instanceof Outcome.Refused, a.outcome().toString());
    state = a.after();
    for (int l = 0; l < state.topology().links(); l++) {
      assertTrue(
          state.links().get(l).heldBps() <= state.topology().reservableBps(l),
          "more is held than there is on " + state.topology().id(l));
    }
  }

  /** All that switches were told, they have done. */
  final void acknowledge() {
    List<Command.Held> held = new ArrayList<>();
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      if (e.getValue().awaitsSwitch()) {
        held.add(new Command.Held(e.getKey(), e.getValue().generation()));
      }
    }
    if (!held.isEmpty()) {
      apply(new Command.Provisioned(held, timeMs));
    }
  }

  final void observe(LinkId link, boolean up) {
    apply(new Command.ObserveLink(link, up, Command.ObserveLink.UNKNOWN, timeMs));
  }

  /** Takes its path away from a lease. */
  final void degrade(Lease lease) {
    apply(new Command.DegradeLease(lease.name(), lease.generation(), "cut", timeMs));
  }

  final Set<LeaseName> everyLease() {
    Set<LeaseName> all = new TreeSet<>();
    state.leases().forEach((name, l) -> all.add(name));
    return all;
  }

  final Lease lease(LeaseName name) {
    return Objects.requireNonNull(state.leases().get(name));
  }
}
