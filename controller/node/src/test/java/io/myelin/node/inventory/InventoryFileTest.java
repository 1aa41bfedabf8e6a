package io.myelin.node.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Availability;
import io.myelin.core.model.Availability.Recurrence;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InventoryFileTest {
  private static final String GOOD =
      """
      fabric: test
      reservableShare: 0.9
      tenants:
        - {name: blue, mayReach: [red]}
        - {name: red}
      devices:
        - {name: leaf1, role: leaf, address: "127.0.0.1:1", deviceId: 1, region: eu}
        - {name: spine1, role: spine, address: "127.0.0.1:2", deviceId: 2, maxLabels: 10}
      links:
        - {a: leaf1/1, b: spine1/1, capacity: 100G, latency: 1.5us, costMicrosPerGb: 7}
        - {a: leaf1/2, b: spine1/2, capacity: 10G, latency: 30ms,
           jitter: 4ms, loss: 0.01%, regions: [eu-west, eu-north], encryption: macsec, medium: leo,
           srlgs: [duct-7, cell-2], source: "survey \\"7\\", Zürich", available: [
             {from: 2026-11-23T14:00:00Z, for: 10m, every: 95m},
             {from: 2026-11-23T15:00:00.250+01:00}],
           maintenance: [{from: 2026-12-24T22:00:00Z, to: 2026-12-25T04:00:00Z}]}
      endpoints:
        - {name: g1, attach: leaf1/5, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: blue, capacity: 25G}
        - {name: g2, attach: leaf1/6, ip: "fd00::2", mac: "02:00:00:00:00:02", tenant: red, capacity: 25G, encryption: ipsec}
      """;

  private static final String SOURCE = "source: \"survey \\\"7\\\", Zürich\"";

  @Test
  void aTwentiethIsLeftToTrafficWithoutALeaseWhereNobodySays() {
    assertEquals(0.95, InventoryFile.parse("f", "fabric: x").reservableShare());
    assertEquals(
        1.0, InventoryFile.parse("f", "fabric: x\nreservableShare: 1.0").reservableShare());
  }

  @Test
  void readsWhatItWrites() {
    Inventory inv = InventoryFile.parse("f", GOOD);
    assertEquals(90_000_000_000L, inv.reservableBps(new LinkId("leaf1/1>spine1/1")));
    assertEquals(22_500_000_000L, inv.reservableBps(new LinkId("g1>leaf1/5")));
    Inventory again = InventoryFile.parse("f", InventoryFile.write(inv));
    assertEquals(inv.devices(), again.devices());
    assertEquals(inv.links(), again.links());
    assertEquals(inv.endpoints(), again.endpoints());
    assertEquals(inv.tenants(), again.tenants());
  }

  @Test
  void readsWhatItWritesOfAnEmptyFabric() {
    String written = InventoryFile.write(InventoryFile.parse("f", "fabric: x"));
    assertEquals(written, InventoryFile.write(InventoryFile.parse("f", written)));
  }

  @Test
  void whatGoesToTheControllerIsLimited() {
    Inventory inv = InventoryFile.parse("f", GOOD);
    assertEquals(PuntLimits.DEFAULT, inv.puntLimits());
    inv = InventoryFile.parse("f", GOOD + "punt: {hostPps: 20}\n");
    assertEquals(new PuntLimits(20, PuntLimits.DEFAULT.fabricPps()), inv.puntLimits());
    assertEquals(inv.puntLimits(), InventoryFile.parse("f", InventoryFile.write(inv)).puntLimits());
    String message =
        String.valueOf(
            assertThrows(
                    InventoryException.class,
                    () -> InventoryFile.parse("f", GOOD + "punt: {hostPps: 0}\n"))
                .getMessage());
    assertEquals("f:20:17: punt.hostPps: 0 is not allowed; 1 to 1000000 a second", message);
  }

  /** A fabric that somebody else made, with every kind of fact. */
  @Test
  void generatedFabricsSurvive() {
    Inventory inv = GeneratedFabric.parse("fabric", "wan:5").inventory(FabricOptions.DEFAULT);
    Inventory again = InventoryFile.parse("f", InventoryFile.write(inv));
    assertEquals("wan-5", again.name());
    assertEquals(inv.devices(), again.devices());
    assertEquals(inv.links(), again.links());
    assertEquals(inv.endpoints(), again.endpoints());
  }

  @Test
  void bothDirectionsOfACableHaveItsFacts() {
    long fromMs = Instant.parse("2026-11-23T14:00:00Z").toEpochMilli();
    long nightMs = Instant.parse("2026-12-24T22:00:00Z").toEpochMilli();
    Availability availability =
        new Availability(
            List.of(
                new Recurrence(fromMs, fromMs + 600_000, 95 * 60_000),
                new Recurrence(fromMs + 250, TimeWindow.FOREVER, 0)),
            List.of(new Recurrence(nightMs, nightMs + 6 * 3_600_000, 0)));
    LinkFacts facts =
        new LinkFacts(
            Amount.of(4_000_000),
            Amount.of(100_000),
            List.of("eu-north", "eu-west"),
            Encryption.MACSEC,
            Medium.LEO,
            List.of("cell-2", "duct-7"),
            availability,
            "survey \"7\", Zürich");
    Inventory inv = InventoryFile.parse("f", GOOD);
    for (String id : List.of("leaf1/2>spine1/2", "spine1/2>leaf1/2")) {
      assertEquals(facts, Objects.requireNonNull(inv.links().get(new LinkId(id))).facts(), id);
    }
  }

  @Test
  void whatIsNotKnownIsNotWritten() {
    Inventory inv = InventoryFile.parse("f", GOOD);
    List<String> lines = InventoryFile.write(inv).lines().toList();
    assertEquals(
        List.of(
            "  - {a: leaf1/1, b: spine1/1, capacity: 100000000000, latency: 1500ns,"
                + " costMicrosPerGb: 7}"),
        lines.stream().filter(l -> l.contains("leaf1/1,")).toList());
    assertEquals(1, lines.stream().filter(l -> l.contains("maxLabels")).count());
    assertEquals(2, lines.stream().filter(l -> l.contains("encryption")).count());
  }

  /** Texts that YAML would take for something else. */
  @ParameterizedTest
  @ValueSource(strings = {"a: b", "\"", "\\", "yes", "\ufeff.", "😀 é 中", "#"})
  void anyTextSurvives(String text) {
    LinkId id = new LinkId("leaf1/2>spine1/2");
    String quoted = Yaml.quoted(text);
    Inventory with = InventoryFile.parse("f", GOOD.replace(SOURCE, "source: " + quoted));
    assertEquals(text, Objects.requireNonNull(with.links().get(id)).facts().source());
    assertEquals(with.links(), InventoryFile.parse("f", InventoryFile.write(with)).links());
  }

  /** What ends up in a path, a label or a message has a grammar, or at least an end. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "fabric: test|fabric: ../../evil|fabric: '../../evil' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in '-'",
        "fabric: test|fabric: Lab 1|fabric: 'Lab 1' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in '-'",
        "region: eu|region: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|devices[0].region: 'aaaaaaaaaaaaaaaaaaaa…' has 64 characters; allowed: up to 63",
        "region: eu|site: `a\tb`|devices[0].site: has control characters, or white space at its ends; allowed: up to 63 printable characters",
        "ip: 10.0.0.1|ip: 224.0.0.1|endpoints[0].ip: '224.0.0.1' is no address of a NIC: it is multicast (224.0.0.0/4)",
        "ip: 10.0.0.1|ip: 0.0.0.0|endpoints[0].ip: '0.0.0.0' is no address of a NIC: it is unspecified (0.0.0.0/8)",
        "ip: 10.0.0.1|ip: 255.255.255.255|endpoints[0].ip: '255.255.255.255' is no address of a NIC: it is broadcast",
        "ip: 10.0.0.1|ip: 169.254.3.4|endpoints[0].ip: '169.254.3.4' is no address of a NIC: it is link-local (169.254.0.0/16), which no switch forwards",
        "ip: 10.0.0.1|ip: 250.0.0.1|endpoints[0].ip: '250.0.0.1' is no address of a NIC: it is reserved (240.0.0.0/4)",
        "ip: 10.0.0.1|ip: `fe80::1`|endpoints[0].ip: 'fe80::1' is no address of a NIC: it is link-local (fe80::/10), which no switch forwards",
        "ip: 10.0.0.1|ip: `::`|endpoints[0].ip: '::' is no address of a NIC: it is unspecified (::)",
        "ip: 10.0.0.1|ip: `::1`|endpoints[0].ip: '::1' is no address of a NIC: it is loopback (::1)",
      })
  void namesAndAddressesHaveAGrammar(String from, String to, String problem) {
    String text = GOOD.replaceFirst(java.util.regex.Pattern.quote(from), to.replace('`', '"'));
    InventoryException e =
        assertThrows(InventoryException.class, () -> InventoryFile.parse("f", text));
    assertTrue(String.valueOf(e.getMessage()).endsWith(problem), e.getMessage());
  }

  /** The result that each inventory of the cases has: docs beside them say why. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "fabric-name-traversal.yaml|'../../evil' is not a name",
        "ipmulticast.yaml|'224.0.0.1' is no address of a NIC: it is multicast",
        "iploop.yaml|'127.0.0.1' is no address of a NIC: it is loopback",
        "ip6mc.yaml|'ff02::1' is no address of a NIC: it is multicast",
        "macbroadcast.yaml|'ff:ff:ff:ff:ff:ff' is no address of a NIC: it is broadcast",
      })
  void theCasesAreRefused(String file, String problem) {
    Path folder = Path.of("../../../shared/cases/inventories");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        java.nio.file.Files.isDirectory(folder), () -> "no cases at " + folder.toAbsolutePath());
    InventoryException e =
        assertThrows(InventoryException.class, () -> InventoryFile.read(folder.resolve(file)));
    assertTrue(String.valueOf(e.getMessage()).contains(problem), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.0001, 100000",
    "0.01%, 100000",
    "1e-9, 1",
    "1, 1000000000",
    "100 %, 1000000000"
  })
  void sharesAreExact(String text, long ppb) {
    assertEquals(ppb, Quantities.sharePpb("loss", text));
  }

  @ParameterizedTest
  @CsvSource({"1.5us, 1500", "2m, 120000000000", "1h, 3600000000000", "0.5d, 43200000000000"})
  void timesHaveUnits(String text, long ns) {
    assertEquals(ns, Quantities.timeNs("ttl", text));
  }

  @Test
  void qosIsOptionalAndSurvives() {
    assertEquals(QosProfile.DEFAULT, InventoryFile.parse("f", GOOD).qos());
    String with =
        GOOD.replace(
            "fabric: test",
            "fabric: test\nqos: {kMin: 50KB, kMax: 1.5MB, pMax: 0.01, at: 400G, packetBytes: 4166,"
                + " holdoff: 250us, dscpQueues: [{dscp: 46, queue: 2}]}");
    QosProfile qos = InventoryFile.parse("f", with).qos();
    assertEquals(
        new QosProfile(
            50_000, 1_500_000, 10_000, 400_000_000_000L, 4166, 250, java.util.Map.of(46, 2)),
        qos);
    Inventory again = InventoryFile.parse("f", InventoryFile.write(InventoryFile.parse("f", with)));
    assertEquals(qos, again.qos());
  }

  /** Golden messages: file, line, column, field, value, what is allowed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "role: leaf, |role: leef, |f:7:25: devices[0].role: 'leef' is not a role; allowed: leaf, spine, core, border",
        "region: eu|regoin: eu|f:7:68: devices[0].regoin: is not a known key; known: address, deviceId, maxLabels, name, region, role, site",
        "capacity: 100G|capacity: fast|f:10:41: links[0].capacity: 'fast' is not a rate, e.g. 100G, 2.5G or 400Mbps",
        "b: spine1/1|b: spine9/1|f:10:5: links[0]: 'spine9' is not known; known: leaf1, spine1",
        "a: leaf1/1|a: leaf1|f:10:9: links[0].a: 'leaf1' is not a port; allowed: DEVICE/NUMBER, e.g. leaf1/3",
        "tenant: red|tenant: green|f:19:82: endpoints[1].tenant: 'green' is not known; known: blue, red",
        "attach: leaf1/6|attach: leaf1/5|f:19:24: endpoints[1].attach: port leaf1/5 is already used by endpoint g1",
        "ip: 10.0.0.1|ip: 10.0.0.1.2|f:18:37: endpoints[0].ip: '10.0.0.1.2' is not an IP address, e.g. 10.0.0.1 or fd00::1",
        "reservableShare: 0.9|reservableShare: 2|f:2:18: reservableShare: 2.0 is not allowed; allowed: above 0, up to 1",
        "reservableShare: 0.9|qos: {kMin: 500KB}|f:2:6: qos.kMax: 400000 bytes is not allowed; above kMin, 500000",
        "fabric: test|fabrik: test|f:1:1: fabric: is missing",
        "name: g2|name: G2|f:19:12: endpoints[1].name: 'G2' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in '-'",
        "name: g2|name: g1|f:19:5: endpoints[1]: 'g1' is there twice",
        "loss: 0.01%|loss: 101%|f:12:25: links[1].loss: '101%' is not a share from 0 to 1 in steps of 1e-9, e.g. 0.0001 or 0.01%",
        "loss: 0.01%|loss: 1e-10|f:12:25: links[1].loss: '1e-10' is not a share from 0 to 1 in steps of 1e-9, e.g. 0.0001 or 0.01%",
        "jitter: 4ms|jitter: 4|f:12:14: links[1].jitter: '4' is not a time, e.g. 500ns, 1.5us or 3ms",
        "macsec|wep|f:12:74: links[1].encryption: 'wep' is not an encryption; allowed: unknown, none, macsec, ipsec, wireguard",
        "ipsec|MACSEC|f:19:114: endpoints[1].encryption: 'MACSEC' is not an encryption; allowed: unknown, none, macsec, ipsec, wireguard",
        "medium: leo|medium: fiber|f:12:90: links[1].medium: 'fiber' is not a medium; allowed: unknown, fibre, copper, radio, leo, cellular",
        "[eu-west, |[EU-West, |f:12:41: links[1].regions: 'EU-West' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in '-'",
        "[duct-7, |[duct 7, |f:13:13: links[1].srlgs: 'duct 7' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in '-'",
        "14:00:00Z|14:00:00|f:14:15: links[1].available[0].from: '2026-11-23T14:00:00' is not a time with zone to the millisecond, e.g. 2026-11-23T14:00:00Z",
        "250+01|2505+01|f:15:15: links[1].available[1].from: '2026-11-23T15:00:00.2505+01:00' is not a time with zone to the millisecond, e.g. 2026-11-23T14:00:00Z",
        "2026-12-25|2026-12-23|f:16:53: links[1].maintenance[0].to: is not behind 'from'",
        "22:00:00Z, |22:00:00Z, for: 2h, |f:16:54: links[1].maintenance[0].for: is not allowed beside 'to'; allowed: one of them, or neither for no end",
        "from: 2026-12-24T22:00:00Z|since: 2026-12-24T22:00:00Z|f:16:20: links[1].maintenance[0].from: is missing",
        "every: 95m|every: 9m|f:14:54: links[1].available[0].every: 540000 ms is not allowed; it must be longer than the window",
        "for: 10m|for: 0s|f:14:42: links[1].available[0].for: '0s' is not a time of whole milliseconds, e.g. 500ms, 95m or 1d",
        "every: 95m|each: 95m|f:14:47: links[1].available[0].each: is not a known key; known: every, for, from, to",
        "maxLabels: 10|maxLabels: 0|f:8:81: devices[1].maxLabels: 0 is not allowed; allowed: 1 to 255",
        "maxLabels: 10|maxLabels: 4294967297|f:8:81: devices[1].maxLabels: '4294967297' is too large",
        "role: spine|role: [spine]|f:8:26: devices[1].role: must be a single value",
        "role: spine|role: {|f:8:27: not YAML: expected the node content, but found ','",
      })
  void saysWhereAndWhat(String from, String to, String message) {
    InventoryException e =
        assertThrows(
            InventoryException.class, () -> InventoryFile.parse("f", GOOD.replace(from, to)));
    assertEquals(message, e.getMessage());
  }

  @Test
  void aMissingFileIsNamed() {
    InventoryException e =
        assertThrows(InventoryException.class, () -> InventoryFile.read(Path.of("/no/such.yaml")));
    assertEquals("/no/such.yaml: there is no such file", e.getMessage());
  }

  /** Found by fuzzing: the YAML library throws something else for these. */
  @Test
  void aMalformedEscapeIsNoYaml() {
    InventoryException e =
        assertThrows(
            InventoryException.class, () -> InventoryFile.parse("f.yaml", "fabric: \"a\\u"));
    assertTrue(String.valueOf(e.getMessage()).contains("not YAML"), e.getMessage());
  }
}
