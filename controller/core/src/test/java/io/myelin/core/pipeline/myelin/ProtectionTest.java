package io.myelin.core.pipeline.myelin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
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
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Detours lead to the neighbour, by live links, without the dead one. */
final class ProtectionTest {

  private static Link link(FabricState s, String id) {
    return Objects.requireNonNull(s.inventory().links().get(new LinkId(id)));
  }

  /** Where a packet ends that leaves by these ports in turn. */
  private static DeviceId follow(FabricState s, DeviceId from, List<PortRef> ports) {
    DeviceId at = from;
    for (PortRef p : ports) {
      assertEquals(at, p.device());
      LinkId id = Objects.requireNonNull(s.inventory().linkFrom(p));
      assertTrue(s.isUp(id), id + " is down");
      at = Objects.requireNonNull(s.inventory().links().get(id)).to().device();
    }
    return at;
  }

  @Test
  void inALeafSpineTheDetourHasThreeHops() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(3, 2, 1));
    for (Map.Entry<LinkId, Link> e : s.inventory().links()) {
      Link link = e.getValue();
      List<PortRef> detour = Protection.detour(s, link);
      assertEquals(3, detour.size(), link.id().value());
      assertEquals(link.to().device(), follow(s, link.from().device(), detour));
      assertFalse(detour.contains(link.from()), "not by the port itself");
    }
  }

  @Test
  void detoursOfNeighbouringPortsBeginAtDifferentOnes() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(4, 4, 1));
    List<PortRef> first = new ArrayList<>();
    for (int port = 1; port <= 4; port++) {
      Link l = link(s, "leaf1/" + port + ">spine" + port + "/1");
      first.add(Protection.detour(s, l).get(0));
    }
    assertEquals(4, first.stream().distinct().count(), first.toString());
  }

  @Test
  void theEntryNamesAPortAndTheLabelsBehindIt() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 1));
    Entry e =
        Objects.requireNonNull(
            MyelinPipeline.INSTANCE
                .entries(s, new DeviceId("leaf1"))
                .get(
                    new EntryKey(
                        MyelinTable.BYPASS, List.of(FieldMatch.exact("egress_port", 1)), 0)));
    // leaf1/2 to spine2, spine2/2 to leaf2, leaf2/1 to spine1.
    assertEquals(
        "Call[action=bypass_3, args=[Arg[name=port, value=0x2], Arg[name=label1, value=0x12],"
            + " Arg[name=label2, value=0x11]]]",
        e.action().toString());
  }

  @Test
  void withoutAWayThereIsNoEntry() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 1, 1));
    assertTrue(
        MyelinPipeline.INSTANCE.entries(s, new DeviceId("leaf1")).keySet().stream()
            .noneMatch(k -> k.table() == MyelinTable.BYPASS));
    // The port is watched all the same: what it loses is counted.
    assertEquals(
        2,
        MyelinPipeline.INSTANCE.entries(s, new DeviceId("leaf1")).keySet().stream()
            .filter(k -> k.table() == MyelinTable.PORT_STATUS)
            .count());
  }

  @Test
  void everyGroupKeepsAMemberThatWatchesNothing() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(3, 3, 2));
    for (Map.Entry<DeviceId, Device> d : s.inventory().devices()) {
      for (Entry e : MyelinPipeline.INSTANCE.entries(s, d.getKey()).values()) {
        if (e.action() instanceof EntryAction.Weighted w) {
          assertTrue(w.members().stream().anyMatch(m -> m.watchPort() == 0), e.toString());
        }
      }
    }
  }

  @Test
  void inRandomFabricsADetourIsAWayOrThereIsNoneOfFourHops() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int run = 0; run < 60; run++) {
      FabricState s = randomFabric(random);
      for (Map.Entry<LinkId, Link> e : s.inventory().links()) {
        Link link = e.getValue();
        List<PortRef> detour = Protection.detour(s, link);
        String what = "seed " + seed + ", run " + run + ", " + link.id();
        int shortest = shortest(s, link);
        assertEquals(shortest <= 4 ? shortest : 0, detour.size(), what);
        if (!detour.isEmpty()) {
          assertEquals(link.to().device(), follow(s, link.from().device(), detour), what);
        }
      }
    }
  }

  /**
   * Hops to the neighbour without the cable, by relaxing every link as often as there are nodes.
   */
  private static int shortest(FabricState s, Link cable) {
    Map<DeviceId, Integer> distance = new java.util.HashMap<>();
    distance.put(cable.from().device(), 0);
    for (int round = 0; round < 10; round++) {
      for (Map.Entry<LinkId, Link> e : s.inventory().links()) {
        Link l = e.getValue();
        boolean same = l.from().equals(cable.from()) || l.to().equals(cable.from());
        Integer d = distance.get(l.from().device());
        if (!same && d != null && s.isUp(l.id())) {
          distance.merge(l.to().device(), d + 1, Math::min);
        }
      }
    }
    return distance.getOrDefault(cable.to().device(), 99);
  }

  private static FabricState randomFabric(Random random) {
    int n = 3 + random.nextInt(6);
    List<Device> devices = new ArrayList<>();
    int[] ports = new int[n];
    for (int i = 0; i < n; i++) {
      devices.add(
          new Device(
              new DeviceId("s" + i), Device.Role.SPINE, "127.0.0.1:" + (7000 + i), i + 1, "", ""));
    }
    List<Link> links = new ArrayList<>();
    for (int k = 0; k < n + random.nextInt(2 * n); k++) {
      int a = random.nextInt(n);
      int b = random.nextInt(n);
      if (a != b) {
        PortRef from = new PortRef(new DeviceId("s" + a), ++ports[a]);
        PortRef to = new PortRef(new DeviceId("s" + b), ++ports[b]);
        links.add(new Link(from, to, 1_000_000, 0, 0));
        links.add(new Link(to, from, 1_000_000, 0, 0));
      }
    }
    FabricState s =
        Fabrics.state(new Inventory("random", 1.0, devices, links, List.of(), List.of()));
    for (Link l : links) {
      if (random.nextInt(8) == 0) {
        s = StateMachine.apply(s, new Command.ObserveLink(l.id(), false, -1, 1)).after();
      }
    }
    return s;
  }

  /** At a leaf: to each leaf behind a spine by another spine, in two hops. */
  @Test
  void aroundADeadSpineLabelledPacketsGoByAnotherOne() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(3, 2, 1));
    List<Entry> entries = new ArrayList<>();
    Protection.nodeBypass(s, link(s, "leaf1/1>spine1/1"), entries::add);
    assertEquals(2, entries.size(), "the two other leaves");
    for (Entry e : entries) {
      assertEquals(MyelinTable.NODE_BYPASS, e.key().table());
      EntryAction.Call call = (EntryAction.Call) e.action();
      assertEquals("node_bypass_2", call.action());
      assertEquals(2, call.args().get(0).value().lo(), "by the port to spine2");
      // The label of the dead spine's port names the leaf; spine2's port there has the same number.
      assertEquals(e.key().match().get(1).value(), call.args().get(1).value());
    }
    // At a spine, behind a leaf are only other spines, and they are two leaves away.
    entries.clear();
    Protection.nodeBypass(s, link(s, "spine1/1>leaf1/1"), entries::add);
    assertEquals(1, entries.size());
  }
}
