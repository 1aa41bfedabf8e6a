package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.MacAddress;
import io.myelin.core.port.Telemetry.Congestion;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Probes and congestion events as switches send them. */
final class TelemetryFramesTest {
  private static final DeviceId LEAF = new DeviceId("leaf1");

  /** Event of port 3, queue 3, depth 18, then a labelled RoCEv2 packet for QP 9. */
  private static final byte[] EVENT =
      hex(
          "0000004d 0003 03 000012 00000a 00042a 0000000021f4",
          "02000000000b02000000000a8847 0012c13c",
          "45020410 12340000 3f110000 0a070001 0a070002",
          "c35012b7 03fc0000 0700ffff 00000009 00000001");

  private static byte[] hex(String... digits) {
    return HexFormat.of().parseHex(String.join("", digits).replace(" ", ""));
  }

  @Test
  void anEventSaysWhereHowDeepAndWhose() {
    Congestion c = CongestionMonitor.decode(LEAF, EVENT, 1_000).orElseThrow();
    assertEquals("leaf1 3 3", LEAF + " " + c.queue().port() + " " + c.queue().queue());
    assertEquals(18, c.depth());
    assertEquals(10, c.kMin());
    assertEquals(1066, c.packetBytes());
    assertEquals(8692, c.switchTimeUs());
    assertTrue(c.hot());
    assertNotNull(c.flow());
    assertEquals("10.7.0.1", c.flow().source().toString());
    assertEquals("10.7.0.2", c.flow().destination().toString());
    assertEquals(9, c.flow().destQp());
  }

  @Test
  void withoutAddressesAnEventIsStillAnEvent() {
    Congestion c = CongestionMonitor.decode(LEAF, Arrays.copyOf(EVENT, 40), 1_000).orElseThrow();
    assertEquals(18, c.depth());
    assertEquals(null, c.flow());
  }

  @Test
  void aProbesRecordsAreReadOldestFirst() {
    byte[] frame =
        hex(
            "02000000000b02000000000a 88b5 10007ff8 0000002a 02 00",
            "00000007 01c0800050 000000000064 000000000065 0000000003e8",
            "00000005 7f81000001 00000000000a 00000000000b 000000000020",
            "00000009 000000000000002a 0000000000000001 0000000000000002");
    ProbeFrame p = ProbeFrame.decode(frame).orElseThrow();
    assertEquals(42, p.id());
    assertEquals(new FrameSeal.Stamp(9, 42, 1, 2), p.stamp());
    assertEquals(
        List.of(
            new ProbeFrame.Hop(5, 255, 4, 0, 10, 11, 32),
            new ProbeFrame.Hop(7, 3, 258, 10, 100, 101, 1000)),
        p.hops());
  }

  @Test
  void aProbeLeavesUnderItsLabels() {
    // The last label is the bottom of the stack: 271 << 12 | 1 << 8 | 64.
    assertEquals(
        "0000000000050000000000058847"
            + "00011040"
            + "0010f140"
            + "10007ff8000000070000"
            + "00000009000000000000000700000000000000010000000000000002",
        HexFormat.of()
            .formatHex(
                ProbeFrame.encode(
                    7, new MacAddress(5), List.of(17, 271), new FrameSeal.Stamp(9, 7, 1, 2))));
  }

  @Test
  void anEventOfAQueueThatNoSwitchHasIsNone() {
    for (int at : List.of(4, 6)) { // high byte of the port, queue
      byte[] event = EVENT.clone();
      event[at] = 8;
      assertTrue(CongestionMonitor.decode(LEAF, event, 0).isEmpty());
    }
  }

  @Property(tries = 2000)
  void damageIsNoException(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = Arrays.copyOf(EVENT, random.nextInt(EVENT.length + 1));
    for (int i = 0; i < 3 && bytes.length > 0; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    var event = CongestionMonitor.decode(LEAF, bytes, 0);
    var probe = ProbeFrame.decode(bytes);
    assertTrue(event.isEmpty() || probe.isEmpty() || bytes.length > 0);
  }
}
