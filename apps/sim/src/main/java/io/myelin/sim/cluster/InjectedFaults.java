package io.myelin.sim.cluster;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.path.Topology;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import io.myelin.node.store.Replica;
import io.myelin.node.store.SnapshotFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Planted mistakes, and how copies are compared. */
final class InjectedFaults {
  private static final long PLENTY = 1000;
  private static final Topology ROOMY = new Topology(roomy(SimFabric.INVENTORY));

  private InjectedFaults() {}

  /** Admits what was found free at search time without looking again. */
  static Applied applyUnchecked(Replica replica, Command command) {
    Applied honest = StateMachine.apply(replica.state(), command);
    if (!(honest.outcome() instanceof Outcome.LinkFull)) {
      return replica.apply(command);
    }
    FabricState s = replica.state();
    Applied a = StateMachine.apply(on(s, ROOMY), command);
    FabricState after = on(a.after(), s.topology());
    replica.install(after, replica.index() + 1, Math.max(replica.timeMs(), command.timeMs()));
    return new Applied(s, after, a.outcome(), a.changes());
  }

  private static FabricState on(FabricState s, Topology topology) {
    return new FabricState(
        s.revision(),
        topology,
        s.inventoryVersion(),
        s.links(),
        s.lost(),
        s.leases(),
        s.leaseIndices(),
        s.usage(),
        s.jobs(),
        s.requestLog(),
        s.tenants(),
        s.loops());
  }

  private static Inventory roomy(Inventory i) {
    List<Link> links = new ArrayList<>();
    i.links()
        .forEach(
            (id, l) ->
                links.add(
                    new Link(
                        l.from(),
                        l.to(),
                        l.capacityBps() * PLENTY,
                        l.latencyNs(),
                        l.costMicrosPerGb(),
                        l.facts())));
    List<Endpoint> endpoints = new ArrayList<>();
    i.endpoints()
        .forEach(
            (id, e) ->
                endpoints.add(
                    new Endpoint(
                        e.id(),
                        e.attachment(),
                        e.ip(),
                        e.mac(),
                        e.tenant(),
                        e.capacityBps() * PLENTY,
                        e.rack(),
                        e.host(),
                        e.rail(),
                        e.encryption())));
    List<io.myelin.core.model.Device> devices = new ArrayList<>();
    i.devices().forEach((id, d) -> devices.add(d));
    List<io.myelin.core.model.Tenant> tenants = new ArrayList<>();
    i.tenants().forEach((id, t) -> tenants.add(t));
    return new Inventory(
        i.name(), i.reservableShare(), i.qos(), i.puntLimits(), devices, links, endpoints, tenants);
  }

  /** A copy as bytes: the same state, the same bytes. */
  static byte[] bytes(FabricState state, long timeMs) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      SnapshotFile.write(out, new SnapshotFile.Content(state, 0, timeMs, 0));
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
