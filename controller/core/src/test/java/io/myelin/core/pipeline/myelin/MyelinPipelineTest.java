package io.myelin.core.pipeline.myelin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MyelinPipelineTest {
  private static final DeviceId LEAF1 = new DeviceId("leaf1");
  private final FabricState state = Fabrics.state(Fabrics.leafSpine(2, 2, 1));

  @Test
  void leaseAddsOneEntryAtItsIngressAndNoneElsewhere() {
    FabricState s = Fabrics.create(state, "a", Fabrics.spec("g1-1", "g2-1", 80_000_000)).after();
    for (Map.Entry<DeviceId, Device> d : s.inventory().devices()) {
      int more =
          MyelinPipeline.INSTANCE.entries(s, d.getKey()).size()
              - MyelinPipeline.INSTANCE.entries(state, d.getKey()).size();
      assertEquals(d.getKey().equals(LEAF1) ? 1 : 0, more, d.getKey() + " holds per-path state");
    }
    Entry e = only(s, MyelinTable.PATH_STEERING);
    EntryAction.Call call = (EntryAction.Call) e.action();
    assertEquals("push_3", call.action());
    assertEquals(
        List.of(U128.of(17), U128.of(18), U128.of(19), U128.of(1), U128.ZERO),
        call.args().stream().map(EntryAction.Arg::value).toList());
  }

  /** What is granted on a link is all that leases bring there: no meter lets more pass. */
  @Test
  void noMoreThanIsGrantedPassesAndMarksBeginATwentiethBelow() {
    FabricState s = Fabrics.create(state, "a", Fabrics.spec("g1-1", "g2-1", 80_000_000)).after();
    assertEquals(PathSteering.meter(80_000_000), only(s, MyelinTable.PATH_STEERING).meter());
    for (long bps : new long[] {1, 8, 10_000_000, 400_000_000_000L}) {
      Entry.Meter meter = PathSteering.meter(bps);
      assertEquals(Math.max(1, bps / 8), meter.peakPerS());
      assertEquals(meter.peakPerS() / 1.05, (double) meter.committedPerS(), 1);
      assertTrue(meter.committedPerS() >= 1, "0 is no rate");
      assertTrue(meter.committedBurst() >= 2 * 9216, "two jumbo frames");
      assertTrue(meter.peakBurst() >= meter.committedBurst());
    }
  }

  @Test
  void degradedLeaseFallsBackToWcmp() {
    FabricState s = Fabrics.create(state, "a", Fabrics.spec("g1-1", "g2-1", 1_000_000)).after();
    s = StateMachine.apply(s, new Command.DegradeLease(Fabrics.name("a"), 1, "cut", 2)).after();
    assertEquals(
        MyelinPipeline.INSTANCE.entries(state, LEAF1), MyelinPipeline.INSTANCE.entries(s, LEAF1));
  }

  @Test
  void routesAvoidDeadLinks() {
    assertEquals(2, members(state, "10.2.0.1"));
    FabricState s =
        StateMachine.apply(
                state, new Command.ObserveLink(new LinkId("leaf1/1>spine1/1"), false, -1, 1))
            .after();
    assertEquals(1, members(s, "10.2.0.1"));
    s =
        StateMachine.apply(s, new Command.ObserveLink(new LinkId("spine2/2>leaf2/2"), false, -1, 1))
            .after();
    assertNull(route(s, "10.2.0.1"), "no way at all: no entry, and the drop is counted");
  }

  @Test
  void tenantsAreIsolatedUnlessAPolicySaysOtherwise() {
    Inventory base = Fabrics.leafSpine(1, 1, 1);
    List<Endpoint> endpoints = new ArrayList<>();
    base.endpoints().forEach((id, e) -> endpoints.add(e));
    endpoints.add(Fabrics.endpoint(LEAF1, 1, 9, 9, Fabrics.RED));
    for (boolean policy : new boolean[] {false, true}) {
      FabricState s =
          Fabrics.state(
              new Inventory(
                  "t",
                  1.0,
                  list(base.devices()),
                  list(base.links()),
                  endpoints,
                  List.of(
                      new Tenant(Fabrics.BLUE, policy ? List.of(Fabrics.RED) : List.of()),
                      new Tenant(Fabrics.RED, List.of()))));
      long permits =
          MyelinPipeline.INSTANCE.entries(s, LEAF1).keySet().stream()
              .filter(k -> k.table() == MyelinTable.ISOLATION_ACL)
              .count();
      assertEquals(policy ? 3 : 2, permits, "each with itself, and what the policy adds");
    }
  }

  /**
   * What may come to the controller, by port, kind and rate; the rest of these kinds goes nowhere.
   */
  @Test
  void whatIsPuntedIsLimitedByPortAndKind() {
    List<Entry> leaf =
        MyelinPipeline.INSTANCE.entries(state, LEAF1).values().stream()
            .filter(e -> e.key().table() == MyelinTable.PUNT)
            .toList();
    List<Entry> limited = leaf.stream().filter(e -> e.key().on("ingress_port") != null).toList();
    assertEquals(2 * 2 + 2, limited.size(), "two cables: LLDP and probes; a NIC: ARP and ND");
    for (Entry e : limited) {
      boolean host = e.key().on("src_mac") != null;
      FieldMatch port = e.key().on("ingress_port");
      assertEquals(host, port != null && port.value().equals(U128.of(3)), "ports 1 and 2: cables");
      long pps = host ? PuntLimits.DEFAULT.hostPps() : PuntLimits.DEFAULT.fabricPps();
      assertEquals(new Entry.Meter(pps, pps, pps, pps), e.meter());
    }
    List<String> rest =
        leaf.stream()
            .filter(e -> e.key().on("ingress_port") == null)
            .map(e -> ((EntryAction.Call) e.action()).action())
            .distinct()
            .toList();
    assertEquals(List.of("punt_drop"), rest, "no port that nobody knows tells anything");
  }

  @Test
  void everySwitchHashesDifferently() {
    Entry a =
        MyelinPipeline.INSTANCE
            .entries(state, LEAF1)
            .get(EntryKey.defaultOf(MyelinTable.SWITCH_CONFIG));
    Entry b =
        MyelinPipeline.INSTANCE
            .entries(state, new DeviceId("spine1"))
            .get(EntryKey.defaultOf(MyelinTable.SWITCH_CONFIG));
    assertNotEquals(a, b);
  }

  @Test
  void labelsAreStaticAndUniquePerPort() {
    long labels =
        MyelinPipeline.INSTANCE.entries(state, LEAF1).keySet().stream()
            .filter(k -> k.table() == MyelinTable.ADJACENCY)
            .count();
    assertEquals(4, labels, "three ports and the controller");
    assertEquals(17, io.myelin.core.path.Path.label(new PortRef(LEAF1, 1)));
  }

  private static <V> List<V> list(io.myelin.core.collect.PersistentMap<?, V> map) {
    List<V> values = new ArrayList<>();
    map.forEach((k, v) -> values.add(v));
    return values;
  }

  private static int members(FabricState s, String ip) {
    Entry e = route(s, ip);
    return e == null ? 0 : ((EntryAction.Weighted) e.action()).members().size();
  }

  private static @Nullable Entry route(FabricState s, String ip) {
    U128 address = IpAddress.parse("ip", ip).value();
    return MyelinPipeline.INSTANCE
        .entries(s, LEAF1)
        .get(
            new EntryKey(
                MyelinTable.ROUTING, List.of(FieldMatch.lpm("dst_addr", address, 128)), 0));
  }

  private static Entry only(FabricState s, MyelinTable table) {
    return MyelinPipeline.INSTANCE.entries(s, LEAF1).values().stream()
        .filter(e -> e.key().table() == table)
        .findFirst()
        .orElseThrow();
  }
}
