package io.myelin.node.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.QosProfile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        - {name: spine1, role: spine, address: "127.0.0.1:2", deviceId: 2}
      links:
        - {a: leaf1/1, b: spine1/1, capacity: 100G, latency: 1.5us, costMicrosPerGb: 7}
      endpoints:
        - {name: g1, attach: leaf1/5, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: blue, capacity: 25G}
        - {name: g2, attach: leaf1/6, ip: "fd00::2", mac: "02:00:00:00:00:02", tenant: red, capacity: 25G}
      """;

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
        "region: eu|regoin: eu|f:7:75: devices[0].regoin: is not a known key; known: address, deviceId, name, region, role, site",
        "capacity: 100G|capacity: fast|f:10:41: links[0].capacity: 'fast' is not a rate, e.g. 100G, 2.5G or 400Mbps",
        "b: spine1/1|b: spine9/1|f:10:5: links[0]: 'spine9' is not known; known: leaf1, spine1",
        "a: leaf1/1|a: leaf1|f:10:9: links[0].a: 'leaf1' is not a port; allowed: DEVICE/NUMBER, e.g. leaf1/3",
        "tenant: red|tenant: green|f:13:99: endpoints[1].tenant: 'green' is not known; known: blue, red",
        "attach: leaf1/6|attach: leaf1/5|f:13:24: endpoints[1].attach: port leaf1/5 is already used by endpoint g1",
        "ip: 10.0.0.1|ip: 10.0.0.1.2|f:12:37: endpoints[0].ip: '10.0.0.1.2' is not an IP address, e.g. 10.0.0.1 or fd00::1",
        "reservableShare: 0.9|reservableShare: 2|f:2:18: reservableShare: 2.0 is not allowed; allowed: above 0, up to 1",
        "reservableShare: 0.9|qos: {kMin: 500KB}|f:2:6: qos.kMax: 400000 bytes is not allowed; above kMin, 500000",
        "fabric: test|fabrik: test|f:1:1: fabric: is missing",
        "name: g2|name: G2|f:13:12: endpoints[1].name: 'G2' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in '-'",
        "name: g2|name: g1|f:13:5: endpoints[1]: 'g1' is there twice",
        "role: spine|role: [spine]|f:8:27: devices[1].role: must be a single value",
        "role: spine|role: {|f:8:28: not YAML: expected the node content, but found ','",
      })
  void saysWhereAndWhat(String from, String to, String message) {
    InventoryException e =
        assertThrows(
            InventoryException.class, () -> InventoryFile.parse("f", GOOD.replace(from, to)));
    assertEquals(
        message.replaceAll(":\\d+:\\d+", ""),
        String.valueOf(e.getMessage()).replaceAll(":\\d+:\\d+", ""));
  }

  @Test
  void locatesTheProblem() {
    InventoryException e =
        assertThrows(
            InventoryException.class,
            () -> InventoryFile.parse("f", GOOD.replace("role: leaf,", "role: leef,")));
    assertEquals(true, String.valueOf(e.getMessage()).startsWith("f:7:"), e.getMessage());
  }

  @Test
  void aMissingFileIsNamed() {
    InventoryException e =
        assertThrows(InventoryException.class, () -> InventoryFile.read(Path.of("/no/such.yaml")));
    assertEquals("/no/such.yaml: there is no such file", e.getMessage());
  }
}
