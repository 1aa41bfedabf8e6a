package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Device;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.inventory.Topologies;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LabPlanTest {
  private static final long RATE = 40_000_000;

  private static Inventory fabric(String text) {
    return GeneratedFabric.parse("t", text).inventory(FabricOptions.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"leaf-spine:3x2x2", "fat-tree:4", "rail:2x2x4x2", "dragonfly:3x2x1x1", "wan:4"})
  void everyGeneratorCanBeBuilt(String text) throws IOException {
    Inventory given = fabric(text);
    LabPlan plan = LabPlan.of(given, RATE);
    try (LabFabric lab = new LabFabric(plan, new VirtualScheduler(), 0)) {
      Inventory built = lab.inventory();
      assertEquals(given.devices().size(), lab.switches().size());
      assertEquals(given.links().size() / 2 + given.endpoints().size(), lab.links().size());
      assertEquals(given.endpoints().size(), lab.hosts().size());
      built
          .devices()
          .forEach((id, d) -> assertEquals(Device.MYELIN_MAX_LABELS, d.maxLabels(), "can be run"));
      built
          .endpoints()
          .forEach(
              (id, e) -> {
                assertEquals(LabFabric.TENANT, e.tenant());
                assertEquals(RATE, lab.host(id).config().rateBps());
              });
      assertEquals(built, InventoryFile.parse("x", InventoryFile.write(built)), "can be written");
    }
  }

  /** The satellite and the radio are what their operators say of them. */
  @Test
  void cablesOfAWanAreFarNarrowAndLossy() throws IOException {
    LabPlan plan = LabPlan.of(fabric("wan:4"), RATE);
    try (LabFabric lab = new LabFabric(plan, new VirtualScheduler(), 0)) {
      int radio = 0;
      int satellite = 0;
      for (var e : plan.inventory().links()) {
        io.myelin.core.model.Link l = e.getValue();
        EmulatedLink cable = lab.linkAt(l.from());
        assertEquals(l.latencyNs().value(), cable.latencyNs());
        switch (l.facts().medium()) {
          case RADIO -> {
            radio++;
            assertEquals(1_000_000, l.capacityBps(), "400 times slower than fibre, but not less");
            assertEquals(1e-5, cable.lossProbability(EmulatedLink.Direction.B_TO_A));
          }
          case LEO -> {
            satellite++;
            assertEquals(5_000_000, cable.jitterNs());
            assertEquals(1e-4, cable.lossProbability(EmulatedLink.Direction.A_TO_B));
          }
          case FIBRE -> assertEquals(RATE, l.capacityBps());
          case COPPER, CELLULAR, UNKNOWN -> throw new AssertionError(l.facts().medium());
        }
      }
      assertEquals(List.of(2, 2), List.of(radio, satellite), "both ways");
    }
  }

  @Test
  void railsAreHostsWithSeveralNics() throws IOException {
    LabPlan plan = LabPlan.of(fabric("rail:2x2x4x2"), RATE);
    try (LabFabric lab = new LabFabric(plan, new VirtualScheduler(), 0)) {
      assertEquals(4, new LabHosts(lab.inventory()).find(List.of("pod1-host1")).size());
      // A ring of the two hosts of a pod is one ring a rail.
      List<Permutation.Pair> ring =
          TrafficPattern.RING.among(
              new LabHosts(lab.inventory()).find(List.of("pod1-host1", "pod1-host2")), 1);
      assertEquals(8, ring.size());
      ring.forEach(
          p ->
              assertEquals(
                  lab.endpoint(p.from()).rail(), lab.endpoint(p.to()).rail(), p::toString));
      assertEquals(4, new LabHosts(lab.inventory()).pairs(List.of("pod1-host1:pod2-host1")).size());
    }
  }

  @Test
  void portsThatAreSlowEnoughStayAsTheyAre() {
    Inventory given = LabPlan.of(FabricSpec.DEFAULT).inventory();
    LabPlan same = LabPlan.of(given, RATE);
    assertEquals(given, same.inventory());
    assertEquals(java.util.Optional.empty(), same.slowedDown(given));
    LabPlan slower = LabPlan.of(given, 10_000_000);
    assertEquals(10_000_000, slower.lineRateBps());
    assertEquals(
        "the fastest port has 10 Mb/s here instead of 40 Mb/s, and the others in proportion, at"
            + " least 1 Mb/s",
        slower.slowedDown(given).orElseThrow());
    Invalid e = assertThrows(Invalid.class, () -> LabPlan.of(given, 999_999));
    assertEquals("rate: 999999 is not allowed; at least 1M", e.getMessage());
    assertThrows(Invalid.class, () -> LabPlan.of(Inventory.EMPTY, RATE));
  }

  @Test
  void slowPortsHaveShortQueues() {
    LabPlan plan = LabPlan.of(fabric("wan:4"), RATE);
    assertEquals(200_000, plan.queueBytes(RATE));
    assertEquals(100_000, plan.queueBytes(RATE / 2));
    assertEquals(8 * 4196, plan.queueBytes(1_000_000), "eight packets at least");
  }

  @Test
  void filesCanBeRunToo(@TempDir Path dir) throws IOException {
    Path yaml = dir.resolve("f.yaml");
    Files.writeString(
        yaml,
        """
        fabric: mine
        reservableShare: 0.9
        tenants:
          - {name: red}
        devices:
          - {name: a, role: leaf, address: "192.0.2.1:9559", deviceId: 1}
          - {name: b, role: leaf, address: "192.0.2.2:9559", deviceId: 1}
        links:
          - {a: a/1, b: b/1, capacity: 10M, latency: 3ms}
        endpoints:
          - {name: x, attach: a/2, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: red, capacity: 10M}
          - {name: y, attach: b/2, ip: "fd00::1", mac: "02:00:00:00:00:02", tenant: red, capacity: 10M}
        """);
    Path map = dir.resolve("m.graphml");
    Files.writeString(
        map,
        """
        <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
          <graph edgedefault="undirected">
            <node id="p"/><node id="q"/><node id="r"/>
            <edge source="p" target="q"/><edge source="q" target="r"/>
          </graph>
        </graphml>
        """);
    LabPlan mine = LabPlan.of(Topologies.read(yaml).inventory(), RATE);
    try (LabFabric lab = new LabFabric(mine, new VirtualScheduler(), 0)) {
      assertEquals("mine", lab.inventory().name());
      assertEquals(0.9, lab.inventory().reservableShare());
      assertEquals(3_000_000, lab.link("a/1-b/1").latencyNs());
      lab.inventory()
          .devices()
          .forEach((id, d) -> assertTrue(d.address().startsWith("127.0.0.1:"), d.address()));
      assertEquals(16, lab.endpoint(new io.myelin.core.model.EndpointId("y")).ip().bytes().length);
    }
    LabPlan imported = LabPlan.of(Topologies.read(map).inventory(), RATE);
    try (LabFabric lab = new LabFabric(imported, new VirtualScheduler(), 0)) {
      assertEquals(3, lab.switches().size());
      assertEquals(20_000, lab.links().values().iterator().next().latencyNs(), "not known");
    }
  }

  /** What one packet waits at most on the longest way decides when it is sent again. */
  @Test
  void timeoutsAndWindowsFitTheLongestWay() throws IOException {
    LabPlan near = LabPlan.of(FabricSpec.DEFAULT);
    LabPlan far = LabPlan.of(fabric("wan:6"), RATE);
    try (LabFabric a = new LabFabric(near, new VirtualScheduler(), 0);
        LabFabric b = new LabFabric(far, new VirtualScheduler(), 0)) {
      var nearest = a.hosts().values().iterator().next().config();
      var farthest = b.hosts().values().iterator().next().config();
      // 2 · (8 · 20 us + 8 · 0.84 ms) / 0.84 ms, and 3 · 40 ms + 64 · 0.84 ms.
      assertEquals(16, nearest.window());
      assertEquals(173, nearest.timeoutNs() / 1_000_000);
      assertTrue(farthest.window() > 40, "window " + farthest.window());
      assertTrue(farthest.timeoutNs() > 3 * 8 * 4196 * 8_000L, "eight packets at 1 Mb/s, thrice");
    }
  }
}
