package io.myelin.core.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Availability;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.Medium;
import io.myelin.core.topology.FabricOptions.WanOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GeneratedFabricTest {

  /** Sizes by the papers' formulas, and the most hops between switches that have hosts. */
  @ParameterizedTest
  @CsvSource({
    // leaves + spines, leaves · spines, leaves · hosts
    "leaf-spine:4x3x5, 7, 12, 20, 2",
    "leaf-spine:1x1x1, 2, 1, 1, 0",
    // 5k²/4, k³/2, k³/4
    "fat-tree:2, 5, 4, 2, 4",
    "fat-tree:4, 20, 32, 16, 4",
    "fat-tree:8, 80, 256, 128, 4",
    // pods · rails + spines, pods · rails · spines, pods · hosts · rails
    "rail:1x4x8x2, 10, 16, 32, 2",
    "rail:3x4x2x5, 11, 30, 24, 2",
    // g · a, g · a(a-1)/2 + g(g-1)/2 · rounds, g · a · p
    "dragonfly:9x4x2x2, 36, 90, 72, 3",
    "dragonfly:2, 36, 90, 72, 3",
    "dragonfly:1, 6, 6, 6, 3",
    "dragonfly:5x4x1x2, 20, 50, 20, 3",
    "dragonfly:2x1x3x4, 2, 4, 6, 1",
    // sites · 5 switches; 6 cables a site, two a segment, a chord a pair, radio, satellites
    "wan:2, 10, 16, 16, 5",
    "wan:3, 15, 26, 24, 5",
    "wan:8, 40, 70, 64, 6",
  })
  void sizesAndDiameterAreThoseOfTheLiterature(
      String text, int devices, int cables, int endpoints, int hops) {
    Inventory inv = fabric(text);
    assertEquals(devices, inv.devices().size(), "devices");
    assertEquals(2 * cables, inv.links().size(), "links");
    assertEquals(endpoints, inv.endpoints().size(), "endpoints");
    assertEquals(hops, diameter(inv), "hops");
  }

  @Test
  void theSameNumbersAreTheSameInventory() {
    for (String text : List.of("fat-tree:4", "dragonfly:2", "wan:5")) {
      assertEquals(fabric(text).links(), fabric(text).links());
      assertEquals(fabric(text).endpoints(), fabric(text).endpoints());
    }
  }

  /** Inventory refuses an address, MAC or device id that is there twice. */
  @Test
  void addressesLastForAHundredThousandEndpoints() {
    Inventory inv = fabric("dragonfly:51x50x40x1");
    assertEquals(102_000, inv.endpoints().size());
    Endpoint last = Objects.requireNonNull(inv.endpoints().get(id("group51-router50-host40")));
    assertEquals("10.1.142.112", last.ip().toString());
    assertEquals("02:00:00:01:8e:70", last.mac().toString());
  }

  @Test
  void aLeafIsARack() {
    Inventory inv = fabric("leaf-spine:2x2x2");
    Endpoint e = Objects.requireNonNull(inv.endpoints().get(id("leaf2-host1")));
    assertEquals("leaf2/3", e.attachment().toString());
    assertEquals("rack2", e.rack());
    assertEquals("leaf2-host1", e.host());
    assertEquals(FabricBuilder.TENANT, e.tenant());
  }

  @Test
  void fatTreeRolesAndCores() {
    Inventory inv = fabric("fat-tree:4");
    Map<Device.Role, Integer> roles = new EnumMap<>(Device.Role.class);
    inv.devices().forEach((id, d) -> roles.merge(d.role(), 1, Integer::sum));
    assertEquals(Map.of(Device.Role.LEAF, 8, Device.Role.SPINE, 8, Device.Role.CORE, 4), roles);
    inv.devices()
        .forEach(
            (id, d) -> {
              Set<String> pods = new HashSet<>();
              inv.linksFrom(id)
                  .forEach(l -> pods.add(l.to().device().value().replaceFirst("-.*", "")));
              int ports = inv.linksFrom(id).size() + inv.endpointsAt(id).size();
              assertEquals(4, ports, "all ports of " + id);
              if (d.role() == Device.Role.CORE) {
                assertEquals(Set.of("pod1", "pod2", "pod3", "pod4"), pods, "each pod once");
              }
            });
  }

  @Test
  void railsAreRails() {
    Inventory inv = fabric("rail:2x3x4x2");
    Map<String, Set<Integer>> railsOfHosts = new TreeMap<>();
    inv.endpoints()
        .forEach(
            (id, e) -> {
              String railSwitch = e.rack() + "-rail" + e.rail();
              assertEquals(railSwitch, e.attachment().device().value());
              assertEquals(e.host() + "-nic" + e.rail(), id.value());
              railsOfHosts.computeIfAbsent(e.host(), h -> new HashSet<>()).add(e.rail());
            });
    assertEquals(6, railsOfHosts.size());
    railsOfHosts.forEach((host, rails) -> assertEquals(Set.of(0, 1, 2, 3), rails, host));
    inv.devices()
        .forEach(
            (id, d) -> {
              boolean spine = d.role() == Device.Role.SPINE;
              assertEquals(spine ? 8 : 2, inv.linksFrom(id).size(), id.value());
            });
  }

  @ParameterizedTest
  @CsvSource({
    "dragonfly:3, 6, 1, 3", // as many groups as there can be: one link for each pair
    "dragonfly:9x4x1x2, 4, 1, 2",
    "dragonfly:5x4x1x2, 4, 2, 2", // half as many: two
    "dragonfly:4x4x1x2, 4, 2, 2" // 8 ports to 3 groups: two, and two ports are left
  })
  void groupsAreJoinedEvenly(String text, int routersPerGroup, int perPair, int mostPerRouter) {
    Inventory inv = fabric(text);
    Map<String, Integer> perPairOfGroups = new TreeMap<>();
    Map<DeviceId, Integer> perRouter = new HashMap<>();
    inv.links()
        .forEach(
            (id, l) -> {
              String a = group(l.from().device());
              String b = group(l.to().device());
              if (!a.equals(b)) {
                perPairOfGroups.merge(a + " " + b, 1, Integer::sum);
                perRouter.merge(l.from().device(), 1, Integer::sum);
              }
            });
    int groups = inv.devices().size() / routersPerGroup;
    assertEquals(groups * (groups - 1), perPairOfGroups.size(), "all pairs, both ways");
    assertEquals(Set.of(perPair), Set.copyOf(perPairOfGroups.values()));
    assertEquals(mostPerRouter, Collections.max(perRouter.values()));
  }

  private static String group(DeviceId router) {
    return router.value().replaceFirst("-.*", "");
  }

  @Test
  void linksAreAsTheOptionsSay() {
    FabricOptions options =
        new FabricOptions(
            25_000_000_000L,
            100_000_000_000L,
            700,
            3,
            Medium.COPPER,
            Encryption.MACSEC,
            "eu-west",
            "ams1",
            6,
            WanOptions.DEFAULT);
    Inventory inv = GeneratedFabric.parse("f", "leaf-spine:2x1x1").inventory(options);
    assertEquals("leaf-spine-2x1x1", inv.name());
    inv.devices()
        .forEach(
            (id, d) ->
                assertEquals(
                    List.of("eu-west", "ams1", 6), List.of(d.region(), d.site(), d.maxLabels())));
    LinkFacts facts =
        LinkFacts.UNKNOWN
            .withMedium(Medium.COPPER)
            .withEncryption(Encryption.MACSEC)
            .withRegions(List.of("eu-west"))
            .withJitterNs(0)
            .withLossPpb(0)
            .withSource("generated leaf-spine:2x1x1");
    for (Link l : links(inv)) {
      assertEquals(new Link(l.from(), l.to(), 100_000_000_000L, 700, 3, facts), l);
    }
    inv.endpoints()
        .forEach(
            (id, e) -> {
              assertEquals(25_000_000_000L, e.capacityBps());
              assertEquals(Encryption.MACSEC, e.encryption());
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 7, 48})
  void everySiteIsARegionOfItsOwn(int sites) {
    Map<String, Set<String>> regions = new TreeMap<>();
    fabric("wan:" + sites)
        .devices()
        .forEach(
            (id, d) -> regions.computeIfAbsent(d.site(), s -> new HashSet<>()).add(d.region()));
    assertEquals(sites, regions.size());
    regions.forEach((site, r) -> assertEquals(Set.of(site.replace("site", "region")), r));
  }

  @Test
  void sitesAreJoinedByDisjointDucts() {
    Inventory inv = fabric("wan:6");
    Map<String, List<LinkFacts>> fibres = new TreeMap<>();
    for (Link l : links(inv)) {
      LinkFacts f = l.facts();
      if (f.medium() == Medium.FIBRE && f.regions().size() == 2) {
        assertEquals(Encryption.MACSEC, f.encryption());
        assertTrue(l.latencyNs().value() >= 4_000_000, "ms, not ns: " + l);
        fibres.computeIfAbsent(String.join(" ", f.regions()), r -> new ArrayList<>()).add(f);
      }
    }
    assertEquals(6 + 3, fibres.size(), "pairs of sites on the ring and across");
    fibres.forEach(
        (pair, facts) -> {
          if (facts.size() == 4) { // two cables, both directions
            Set<List<String>> ducts = new HashSet<>();
            facts.forEach(f -> ducts.add(f.srlgs()));
            assertEquals(2, ducts.size());
            List<String> all = new ArrayList<>();
            ducts.forEach(all::addAll);
            assertEquals(all.size(), Set.copyOf(all).size(), "disjoint on " + pair);
          }
        });
    assertEquals(
        List.of("duct-b-1", "duct-b-4"),
        Objects.requireNonNull(fibres.get("region1 region4")).get(0).srlgs());
  }

  /** At 800 km a side, six sites are 1600 km across: the diameter of a hexagon is two sides. */
  @Test
  void chordsAreAsLongAsGeometrySays() {
    List<Long> across =
        links(fabric("wan:6")).stream()
            .filter(l -> l.facts().regions().equals(List.of("region2", "region5")))
            .map(l -> l.latencyNs().value())
            .toList();
    assertEquals(List.of(8_000_000L, 8_000_000L), across);
  }

  @Test
  void radioAndSatellitesGiveConstraintsSomethingToExclude() {
    for (int sites : List.of(2, 3, 8)) {
      List<Link> links = links(fabric("wan:" + sites));
      List<Link> radio = links.stream().filter(l -> l.facts().medium() == Medium.RADIO).toList();
      List<Link> leo = links.stream().filter(l -> l.facts().medium() == Medium.LEO).toList();
      assertEquals(2, radio.size());
      assertEquals(2, leo.size());
      assertEquals(Encryption.NONE, radio.get(0).facts().encryption());
      assertEquals(2_666_667, radio.get(0).latencyNs().value());
      Availability passes = leo.get(0).facts().availability();
      assertEquals(600_000, passes.openUntil(0, Long.MAX_VALUE));
      assertEquals(95 * 60_000, passes.nextFit(600_000, 60_000));
      assertEquals(List.of(), leo.get(0).facts().regions());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "leaf-spine:16x8x32",
        "fat-tree:32",
        "rail:2x4x8x4",
        "dragonfly:9x4x2x2",
        "wan:5",
        "leaf-spine:254x253x1",
        "rail:254x1x1x253",
        "dragonfly:2x253x1x1"
      })
  void theShortFormIsReadBack(String text) {
    assertEquals(text, GeneratedFabric.parse("f", text).shortForm());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "leaf-spine:3x2x4", "fat-tree:4", "fat-tree:6x2", "rail:2x3x4x2", "dragonfly:2",
        "dragonfly:3x4x2x2", "wan:2", "wan:3", "wan:4", "wan:7"
      })
  void theSizeIsKnownBeforeItIsBuilt(String text) {
    GeneratedFabric fabric = GeneratedFabric.parse("t", text);
    Inventory built = fabric.inventory(FabricOptions.DEFAULT);
    assertEquals(
        new GeneratedFabric.Size(
            built.devices().size(), built.links().size() / 2, built.endpoints().size()),
        fabric.size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "clos:3|'clos:3' is not a fabric; allowed: leaf-spine:LEAVESxSPINESxHOSTS, fat-tree:K, fat-tree:KxHOSTS, rail:PODSxHOSTSxRAILSxSPINES, dragonfly:GROUPSxROUTERSxHOSTSxGLOBALS, dragonfly:GLOBALS, wan:SITES",
        "leaf-spine|'leaf-spine' is not allowed; allowed: leaf-spine:LEAVESxSPINESxHOSTS",
        "leaf-spine:16x8|'leaf-spine:16x8' is not allowed; allowed: leaf-spine:LEAVESxSPINESxHOSTS",
        "wan:-2|'wan:-2' is not allowed; allowed: wan:SITES",
        "dragonfly:1x2|'dragonfly:1x2' is not allowed; allowed: dragonfly:GROUPSxROUTERSxHOSTSxGLOBALS, dragonfly:GLOBALS",
        "leaf-spine:255x1x1|'leaf-spine:255x1x1': LEAVES: 255 is not allowed; allowed: 1 to 254",
        "leaf-spine:1x250x5|'leaf-spine:1x250x5': HOSTS: 5 is not allowed; allowed: 1 to 4",
        "fat-tree:7|'fat-tree:7': K: 7 is not allowed; allowed: even numbers from 2 to 128",
        "fat-tree:130|'fat-tree:130': K: 130 is not allowed; allowed: even numbers from 2 to 128",
        "rail:100x1x3x1|'rail:100x1x3x1': RAILS: 3 is not allowed; allowed: 1 to 2",
        "rail:0x1x1x1|'rail:0x1x1x1': PODS: 0 is not allowed; allowed: 1 to 254",
        "dragonfly:10x4x2x2|'dragonfly:10x4x2x2': GROUPS: 10 is not allowed; allowed: 2 to 9",
        "dragonfly:40|'dragonfly:40': HOSTS: 10243200 in all are not allowed; allowed: up to 1000000",
        "wan:49|'wan:49': SITES: 49 is not allowed; allowed: 2 to 48",
      })
  void saysWhatIsAllowed(String text, String message) {
    Invalid e = assertThrows(Invalid.class, () -> GeneratedFabric.parse("--fabric", text));
    assertEquals("--fabric: " + message, e.getMessage());
  }

  private static Inventory fabric(String text) {
    return GeneratedFabric.parse("fabric", text).inventory(FabricOptions.DEFAULT);
  }

  private static EndpointId id(String name) {
    return new EndpointId(name);
  }

  private static List<Link> links(Inventory inv) {
    List<Link> links = new ArrayList<>();
    inv.links().forEach((id, l) -> links.add(l));
    return links;
  }

  /** Most hops on shortest ways between switches with endpoints; all reach each other. */
  private static int diameter(Inventory inv) {
    List<DeviceId> edges = new ArrayList<>();
    inv.devices()
        .forEach(
            (id, d) -> {
              if (!inv.endpointsAt(id).isEmpty()) {
                edges.add(id);
              }
            });
    int most = 0;
    for (DeviceId start : edges) {
      Map<DeviceId, Integer> hops = hopsFrom(inv, start);
      assertTrue(hops.keySet().containsAll(edges), "all reached from " + start);
      most = Math.max(most, edges.stream().mapToInt(hops::get).max().orElse(0));
    }
    return most;
  }

  /** Breadth first. */
  private static Map<DeviceId, Integer> hopsFrom(Inventory inv, DeviceId start) {
    Map<DeviceId, Integer> hops = new HashMap<>(Map.of(start, 0));
    Deque<DeviceId> queue = new ArrayDeque<>(List.of(start));
    while (!queue.isEmpty()) {
      DeviceId at = queue.remove();
      int next = Objects.requireNonNull(hops.get(at)) + 1;
      for (Link l : inv.linksFrom(at)) {
        if (hops.putIfAbsent(l.to().device(), next) == null) {
          queue.add(l.to().device());
        }
      }
    }
    return hops;
  }
}
