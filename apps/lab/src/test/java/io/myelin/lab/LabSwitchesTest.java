package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class LabSwitchesTest {
  private static final FabricSpec ONE_SWITCH =
      new FabricSpec(1, 0, 1, 40_000_000, 20_000, 200_000, 4096);

  @Test
  void switchesServeWhereAControllerOfItsOwnLooksForThem() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (LabSwitches switches = new LabSwitches(ONE_SWITCH, port)) {
      assertEquals(
          "127.0.0.1:" + port,
          Objects.requireNonNull(switches.fabric().inventory().devices().get(new DeviceId("leaf1")))
              .address());
      assertThrows(IOException.class, () -> new LabSwitches(ONE_SWITCH, port).close(), "taken");
    }
  }

  @Test
  void portsThatThereAreNotAreRefused() {
    Invalid e =
        assertThrows(Invalid.class, () -> new LabSwitches(FabricSpec.DEFAULT, 65_535).close());
    assertEquals("p4runtime-port", e.field());
    assertTrue(e.problem().contains("65535"), e.problem());
  }
}
