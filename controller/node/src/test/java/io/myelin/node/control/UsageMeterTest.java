package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.path.Objective;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.place.Placement;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.state.Command;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.state.Usage;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whose it is what entries count. */
final class UsageMeterTest {
  private static final LeaseName X = new LeaseName(FabricBuilder.TENANT, "x");
  private static final DeviceId INGRESS = new DeviceId("leaf1");

  private long nowMs = 1_750_000_000_000L;
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final UsageMeter meter = new UsageMeter(log, MyelinPipeline.INSTANCE, () -> nowMs);

  UsageMeterTest() {
    log.submit(
            new Command.SetInventory(
                new LeafSpine(2, 2, 2).inventory(FabricOptions.DEFAULT), nowMs))
        .join();
    log.follow(meter::applied);
  }

  /** A lease for one queue pair, and the entry that it is in the switch. */
  private EntryKey create(int qp) {
    LeaseSpec spec =
        new LeaseSpec(
            new EndpointId("leaf1-host1"),
            new EndpointId("leaf2-host1"),
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(qp)),
            1_000_000,
            Terms.of(Objective.LATENCY),
            LeaseSpec.NEVER);
    Route route = Placement.of(log.state(), spec, Now.calm(nowMs)).route(Set.of());
    assertNotNull(route);
    log.submit(new Command.CreateLease(X, spec, route, null, nowMs)).join();
    return MyelinPipeline.INSTANCE.ofLease(log.state(), lease()).get(0).key();
  }

  private Lease lease() {
    Lease lease = log.state().leases().get(X);
    assertNotNull(lease);
    return lease;
  }

  private void read(Map<EntryKey, Count> counts) {
    nowMs += 20_000;
    meter.read(INGRESS, counts, meter.asked());
  }

  private long bytes(LeaseName lease) {
    return log.state().usage().getOrDefault(lease, Usage.NONE).bytes();
  }

  @Test
  void whatAForcedLeaseStillCountsIsNotOfTheOneThatHasItsName() {
    EntryKey old = create(1);
    read(Map.of(old, new Count(1, 100)));
    assertEquals(100, bytes(X));
    log.submit(new Command.ForceRelease(X, null, nowMs)).join();
    LeaseName aside = LeaseName.parse("name", X + "~" + lease().revision());
    EntryKey now = create(2);
    read(Map.of(old, new Count(3, 300), now, new Count(7, 700)));
    assertEquals(300, bytes(aside));
    assertEquals(700, bytes(X));
  }

  @Test
  void theSameEntryIsOfTheNewLeaseFromThenOn() {
    EntryKey old = create(1);
    read(Map.of(old, new Count(1, 100)));
    log.submit(new Command.ForceRelease(X, null, nowMs)).join();
    LeaseName aside = LeaseName.parse("name", X + "~" + lease().revision());
    assertEquals(old, create(1));
    read(Map.of(old, new Count(2, 150)));
    assertEquals(100, bytes(aside));
    assertTrue(bytes(X) > 0, "what it counts from then on is the new one's");
  }
}
