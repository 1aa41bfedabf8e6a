package io.myelin.onos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.core.model.DeviceId;
import io.myelin.node.tls.TlsFiles;
import io.myelin.onos.fake.FakeOnos;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.onosproject.net.config.InvalidFieldException;

class FabricConfigTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final ObjectNode json = MAPPER.createObjectNode();

  FabricConfigTest() {
    ObjectNode inventory = json.putObject("inventory").put("fabric", "one");
    inventory.putArray("tenants").addObject().put("name", "blue");
    inventory
        .putArray("devices")
        .addObject()
        .put("name", "leaf1")
        .put("role", "leaf")
        .put("address", "127.0.0.1:50001");
    inventory.putArray("links");
    inventory.putArray("endpoints");
  }

  private FabricConfig config() {
    FabricConfig config = new FabricConfig();
    config.init(FakeOnos.APP, FabricConfig.KEY, json, MAPPER, c -> {});
    return config;
  }

  private String refusal() {
    return String.valueOf(
        assertThrows(InvalidFieldException.class, () -> config().isValid()).getMessage());
  }

  @Test
  void whatIsLeftOutHasItsDefault() {
    FabricConfig config = config();
    assertTrue(config.isValid());
    assertEquals("one", config.inventory().name());
    assertEquals(50061, config.listen().getPort());
    assertTrue(config.listen().getAddress().isLoopbackAddress());
    assertEquals(Duration.ofSeconds(1), config.discovery());
    assertEquals("device:leaf1", config.onosId(new DeviceId("leaf1")).toString());
  }

  @Test
  void namesOfOnosCount() {
    json.putObject("devices").put("leaf1", "device:tor-7");
    FabricConfig config = config();
    assertTrue(config.isValid());
    assertEquals("device:tor-7", config.onosId(new DeviceId("leaf1")).toString());
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    json.put("lisen", "127.0.0.1:1");
    assertTrue(refusal().contains("lisen"));
  }

  @Test
  void refusesDevicesThatTheInventoryHasNot() {
    json.putObject("devices").put("leaf9", "device:leaf9");
    assertTrue(refusal().contains("'leaf9' is not in the inventory"));
  }

  @Test
  void refusesAWrongInventoryWithThePlace() {
    ((ObjectNode) json.get("inventory").get("devices").get(0)).put("role", "leef");
    String said = refusal();
    assertTrue(said.contains("leef"), said);
    assertTrue(said.contains("spine"), said);
  }

  @Test
  void refusesAnAddressWithoutPort() {
    json.put("listen", "localhost");
    assertTrue(refusal().contains("HOST:PORT"));
  }

  @Test
  void securityIsAllOfItOrNone() {
    assertNull(config().security().tls());
    ObjectNode tls = json.putObject("tls").put("certificate", "/e/n.pem").put("key", "/e/n.key");
    assertTrue(refusal().contains("tls.trust"));
    tls.put("trust", "ca.pem");
    assertTrue(refusal().contains("'ca.pem' is not an absolute path"));
    tls.put("trust", "/e/ca.pem");
    assertTrue(refusal().contains("access"), "TLS without a policy lets in nobody");
    json.put("access", "/e/access.yaml");
    assertTrue(config().isValid());
    assertEquals(
        new TlsFiles(Path.of("/e/n.pem"), Path.of("/e/n.key"), Path.of("/e/ca.pem")),
        config().security().tls());
    tls.put("password", "x");
    assertTrue(refusal().contains("password"));
    json.put("tls", "yes");
    assertTrue(refusal().contains("not an object"));
    json.remove("tls");
    assertTrue(refusal().contains("needs tls"));
  }
}
