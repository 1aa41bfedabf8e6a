package io.myelin.softswitch.engine;

import static io.myelin.softswitch.engine.Frames.address;
import static io.myelin.softswitch.engine.Frames.concat;
import static io.myelin.softswitch.engine.Frames.ethernet;
import static io.myelin.softswitch.engine.Frames.hex;
import static io.myelin.softswitch.engine.Frames.ipv4;
import static io.myelin.softswitch.engine.Frames.label;
import static io.myelin.softswitch.engine.Frames.mapped;
import static io.myelin.softswitch.engine.Frames.rocev2;
import static io.myelin.softswitch.engine.MyelinSwitch.call;
import static io.myelin.softswitch.engine.TestSwitch.any;
import static io.myelin.softswitch.engine.TestSwitch.exact;
import static io.myelin.softswitch.engine.TestSwitch.ternary;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What hosts must not do, and how much they may tell the controller: one host, 10.7.0.1 at {@link
 * Frames#MAC_A}, on port 1; the fabric on port 3.
 */
class MyelinIsolationTest {
  private static final int CPU = 255;
  private static final int HOST = 1;
  private static final int FABRIC = 3;
  private static final int ARP = 2;
  private static final int ND = 3;
  private static final int LLDP = 1;
  private static final int UNKNOWN_SOURCE = 3;
  private static final int HOST_LABELS = 10;
  private static final int CONTROL_FRAME = 14;
  private static final int SOURCE_MAC = 15;
  private static final int PUNT_RATE = 16;
  private static final String ROUTER = "0000000000000000000000000000ffff";

  private final MyelinSwitch s = new MyelinSwitch();

  @BeforeEach
  void fill() {
    s.add(
        "tenant_classifier",
        1,
        call("set_tenant", 7),
        exact(HOST),
        new MatchField.Ternary(mapped("10.7.0.1"), hex("ff".repeat(16))));
    s.add("tenant_classifier", 1, call("trust_fabric"), exact(FABRIC), any());
    s.add("adjacency", 0, call("pop_forward", 4), exact(20));
    s.add("adjacency", 0, call("pop_forward", CPU), exact(271));
    limit(punt(call("to_cpu", ARP), HOST, Frames.MAC_A, 0x0806, 0), 10);
    limit(punt(call("to_cpu", ND), HOST, Frames.MAC_A, 0x86dd, 135), 10);
    limit(punt(call("to_cpu", LLDP), FABRIC, null, 0x88cc, 0), 100);
    limit(
        s.add(
            "punt",
            20,
            call("punt_pass"),
            ternary(FABRIC, 0x1ff),
            any(),
            ternary(0x8847, 0xffff),
            any(),
            any(),
            ternary(1, 1)),
        100);
    drop(CONTROL_FRAME, 0x88cc, 0);
    drop(CONTROL_FRAME, 0x88b5, 0);
    drop(SOURCE_MAC, 0x0806, 0);
    drop(SOURCE_MAC, 0x86dd, 135);
  }

  private long punt(ActionCall action, int port, @Nullable String mac, int type, int icmpv6) {
    return s.add(
        "punt",
        20,
        action,
        ternary(port, 0x1ff),
        mac == null ? any() : new MatchField.Ternary(hex(mac), hex("ff".repeat(6))),
        ternary(type, 0xffff),
        icmpv6 == 0 ? any() : ternary(58, 0xff),
        icmpv6 == 0 ? any() : ternary(icmpv6, 0xff),
        any());
  }

  private void limit(long entry, long pps) {
    s.sw.setEntryMeter("MyelinIngress.punt", entry, new MeterRates(pps, pps, pps, pps));
  }

  private void drop(int reason, int type, int icmpv6) {
    s.add(
        "punt",
        10,
        call("punt_drop", reason),
        any(),
        any(),
        ternary(type, 0xffff),
        icmpv6 == 0 ? any() : ternary(58, 0xff),
        icmpv6 == 0 ? any() : ternary(icmpv6, 0xff),
        any());
  }

  private long drops(int reason) {
    return s.sw.counter("MyelinIngress.drop_counter", reason).packets();
  }

  /** Nothing came out, and the last frame was dropped for that. */
  private void refused(int reason, byte[] frame) {
    long before = drops(reason);
    s.receive(HOST, frame);
    assertTrue(s.sent.isEmpty() && s.packetIns.isEmpty(), "reason " + reason);
    assertEquals(before + 1, drops(reason), "reason " + reason);
  }

  private static byte[] arp(String senderMac, String sender) {
    byte[] rest = concat(hex("000000000000"), address("10.7.0.9"));
    return ethernet(0x0806, concat(hex("0001080006040001", senderMac), address(sender), rest));
  }

  private static byte[] solicitation(String source) {
    return ethernet(
        0x86dd, Frames.ipv6(source, ROUTER, 58, 255, concat(hex("87000000"), new byte[20])));
  }

  @Test
  void whoAsksWithItsOwnAddressIsHeard() {
    byte[] request = arp(Frames.MAC_A, "10.7.0.1");
    s.receive(HOST, request);
    assertEquals(hex(request), hex(s.packetIns.get(0)).substring(16), "behind the header");
    s.receive(HOST, arp(Frames.MAC_A, "0.0.0.0"));
    s.receive(HOST, solicitation("fe80000000000000000000000000000a"));
    s.receive(HOST, solicitation("00000000000000000000000000000000"));
    assertEquals(4, s.packetIns.size(), "looks for an address, and for a neighbour");
  }

  @Test
  void anotherHostsAddressInArpOrNdIsRefused() {
    refused(UNKNOWN_SOURCE, arp(Frames.MAC_A, "10.7.0.2"));
    refused(UNKNOWN_SOURCE, solicitation("20010db8000000000000000000000002"));
    refused(SOURCE_MAC, arp(Frames.MAC_B, "10.7.0.1"));
    byte[] otherNic = arp(Frames.MAC_A, "10.7.0.1");
    otherNic[11] ^= 1;
    refused(SOURCE_MAC, otherNic);
    byte[] otherNicV6 = solicitation("fe80000000000000000000000000000a");
    otherNicV6[11] ^= 1;
    refused(SOURCE_MAC, otherNicV6);
  }

  @Test
  void aLinkLocalSourceIsForTheCableOnly() {
    refused(
        UNKNOWN_SOURCE,
        ethernet(
            0x86dd, Frames.ipv6("fe80000000000000000000000000000a", ROUTER, 59, 64, new byte[9])));
  }

  @Test
  void framesThatOnlyTheFabricSendsAreRefused() {
    refused(CONTROL_FRAME, ethernet(0x88cc, hex("0207046c656166310403073102")));
    refused(CONTROL_FRAME, ethernet(0x88b5, hex("10007ff8 0000002a 0000")));
    byte[] probe = hex("10007ff8 0000002a 0000");
    refused(HOST_LABELS, ethernet(0x8847, concat(label(271, 1, 64), probe)));
  }

  /** Whatever is below the labels, and whosever address. */
  @Test
  void aHostsLabelsAreRefused() {
    byte[] own = ipv4("10.7.0.1", "10.8.0.2", 17, 64, new byte[30]);
    byte[] spoofed = ipv4("10.8.0.1", "10.8.0.2", 17, 64, new byte[30]);
    for (byte[] inner : new byte[][] {own, spoofed, new byte[30]}) {
      refused(HOST_LABELS, ethernet(0x8847, concat(label(20, 0, 64), label(30, 1, 64), inner)));
      refused(HOST_LABELS, ethernet(0x8847, concat(label(20, 1, 64), inner)));
    }
    s.receive(FABRIC, ethernet(0x8847, concat(label(20, 1, 64), own)));
    assertEquals(1, s.sent(4).size(), "of a switch they are followed");
  }

  @Test
  void aSpoofedSourceIsRefused() {
    refused(UNKNOWN_SOURCE, rocev2("10.7.0.2", "10.7.0.3", 50_000, 42, 1, 100));
    refused(UNKNOWN_SOURCE, rocev2("0.0.0.0", "10.7.0.3", 50_000, 42, 1, 100));
  }

  @Test
  void aFloodOfRequestsIsCutAndTheFabricsFramesAreNot() {
    byte[] lldp = ethernet(0x88cc, hex("0207046c656166310403073102"));
    for (int ms = 0; ms < 2_000; ms++) {
      long now = ms * 1_000_000L;
      s.scheduler.at(now, () -> s.sw.receive(HOST, arp(Frames.MAC_A, "10.7.0.1")));
      if (ms % 100 == 0) {
        s.scheduler.at(now, () -> s.sw.receive(FABRIC, lldp));
      }
    }
    s.scheduler.runUntilIdle();
    long arps = s.packetIns.stream().filter(f -> (f[1] & 0x7f) == ARP).count();
    assertTrue(arps >= 10 + 19 && arps <= 10 + 20, "a second's worth, then ten a second: " + arps);
    assertEquals(2_000 - arps, drops(PUNT_RATE));
    assertEquals(20, s.packetIns.size() - arps, "all LLDP");
  }

  @Test
  void probesOfAPortAreLimitedToo() {
    byte[] probe = hex("10007ff8 0000002a 0000");
    byte[] frame = ethernet(0x8847, concat(label(271, 1, 64), probe));
    for (int i = 0; i < 500; i++) {
      s.receive(FABRIC, frame);
    }
    assertEquals(100, s.packetIns.size(), "in no time, a second's worth");
    assertEquals(400, drops(PUNT_RATE));
    byte[] data = ipv4("10.7.0.1", "10.8.0.2", 17, 64, new byte[30]);
    for (int i = 0; i < 500; i++) {
      s.receive(FABRIC, ethernet(0x8847, concat(label(20, 1, 64), data)));
    }
    assertEquals(500, s.sent(4).size(), "and nothing but probes");
  }
}
