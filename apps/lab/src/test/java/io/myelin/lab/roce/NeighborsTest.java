package io.myelin.lab.roce;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.IpAddress;
import io.myelin.softswitch.time.VirtualScheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A host against a stub that answers for every address, as a fabric does. */
class NeighborsTest {
  private static final long FABRIC_MAC = 0x0200_0000_00ffL;
  private static final long MS = 1_000_000;

  private final VirtualScheduler scheduler = new VirtualScheduler();
  private final List<byte[]> sent = new ArrayList<>();
  private final List<Long> sentNs = new ArrayList<>();
  private final RoceHost v4 = host(TwoHosts.V4_A);
  private final RoceHost v6 = host(TwoHosts.V6_A);

  private RoceHost host(IpAddress ip) {
    return new RoceHost(
        TwoHosts.config(TwoHosts.MAC_A, ip, 1024, 64, 8),
        scheduler,
        f -> {
          sent.add(f);
          sentNs.add(scheduler.nowNs());
        });
  }

  private void run(long forNs) {
    scheduler.runUntil(scheduler.nowNs() + forNs);
  }

  /** From another host or the fabric: ARP of this operation. */
  private static byte[] arp(int operation, IpAddress sender, long senderMac, IpAddress target) {
    byte[] b = new byte[60];
    Wire.put48(b, 0, operation == 1 ? Wire.MAC_BROADCAST : TwoHosts.MAC_A);
    Wire.put48(b, 6, senderMac);
    Wire.put16(b, 12, 0x0806);
    Wire.put(b, 14, new byte[] {0, 1, 8, 0, 6, 4, 0, (byte) operation});
    Wire.put48(b, 22, senderMac);
    Wire.put(b, 28, sender.bytes());
    Wire.put(b, 38, target.bytes());
    return b;
  }

  private static byte[] icmpv6(
      IpAddress from, IpAddress to, int hopLimit, byte[] body, long destMac) {
    byte[] b = new byte[54 + body.length];
    Wire.put48(b, 0, destMac);
    Wire.put48(b, 6, FABRIC_MAC);
    Wire.put16(b, 12, 0x86dd);
    Wire.put32(b, 14, 6 << 28);
    Wire.put16(b, 18, body.length);
    b[20] = 58;
    b[21] = (byte) hopLimit;
    Wire.put(b, 22, from.bytes());
    Wire.put(b, 38, to.bytes());
    Wire.put(b, 54, body);
    Wire.put16(
        b,
        56,
        Wire.checksum(Wire.sum(b, 22, 32) + 58 + body.length + Wire.sum(b, 54, body.length)));
    return b;
  }

  private static byte[] nd(int type, IpAddress target, int option, long mac) {
    byte[] body = new byte[32];
    body[0] = (byte) type;
    Wire.put(body, 8, target.bytes());
    body[24] = (byte) option;
    body[25] = 1;
    Wire.put48(body, 26, mac);
    return body;
  }

  @Test
  void asksByArpUntilAnsweredAndThenSends() {
    QueuePair qp = v4.openQp(5, TwoHosts.V4_B.bytes(), 6);
    qp.postWrite(3000, c -> {});
    qp.postWrite(10, c -> {});
    run(100 * MS);
    assertEquals(4, sent.size(), "at 0, 10, 30 and 70 ms");
    for (byte[] request : sent) {
      assertArrayEquals(arp(1, TwoHosts.V4_A, TwoHosts.MAC_A, TwoHosts.V4_B), request);
    }
    assertTrue(sentNs.get(3) >= 70 * MS && sentNs.get(3) < 71 * MS, "sent at " + sentNs);
    v4.deliver(arp(2, TwoHosts.V4_B, FABRIC_MAC, TwoHosts.V4_A));
    run(TwoHosts.TIMEOUT_NS / 2);
    List<byte[]> data = sent.subList(4, sent.size());
    assertEquals(4, data.size());
    assertTrue(data.stream().allMatch(f -> Wire.get48(f, 0) == FABRIC_MAC));
    assertEquals(0, v4.stats().timeouts());
  }

  @Test
  void keepsAskingForWaitingQueuePairsAtMostEverySecond() {
    v4.openQp(5, TwoHosts.V4_B.bytes(), 6).postWrite(1, c -> {});
    v4.openQp(7, TwoHosts.V4_B.bytes(), 8).postWrite(1, c -> {});
    run(20_000 * MS);
    assertTrue(sent.size() >= 24 && sent.size() <= 28, sent.size() + " requests in 20 s");
  }

  @Test
  void asksByNeighborDiscoveryAndThenSends() {
    QueuePair qp = v6.openQp(5, TwoHosts.V6_B.bytes(), 6);
    qp.postWrite(10, c -> {});
    run(MS);
    byte[] solicitation = sent.get(0);
    assertEquals(0x3333_ff01_000bL, Wire.get48(solicitation, 0));
    IpAddress group = IpAddress.parse("ip", "ff02::1:ff01:b");
    byte[] expected =
        icmpv6(
            TwoHosts.V6_A,
            group,
            255,
            nd(135, TwoHosts.V6_B, 1, TwoHosts.MAC_A),
            0x3333_ff01_000bL);
    Wire.put48(expected, 6, TwoHosts.MAC_A);
    expected[14] = solicitation[14]; // traffic class
    expected[15] = solicitation[15];
    assertArrayEquals(expected, solicitation);
    v6.deliver(
        icmpv6(
            TwoHosts.V6_B,
            TwoHosts.V6_A,
            255,
            nd(136, TwoHosts.V6_B, 2, FABRIC_MAC),
            TwoHosts.MAC_A));
    run(TwoHosts.TIMEOUT_NS / 2);
    assertEquals(2, sent.size());
    assertTrue(Frames.isData(sent.get(1)));
    assertEquals(FABRIC_MAC, Wire.get48(sent.get(1), 0));
  }

  @Test
  void answersForItsOwnAddressOnly() {
    v4.deliver(arp(1, TwoHosts.V4_B, FABRIC_MAC, TwoHosts.V4_A));
    v4.deliver(arp(1, TwoHosts.V4_B, FABRIC_MAC, IpAddress.parse("ip", "10.0.0.77")));
    run(MS);
    assertEquals(1, sent.size());
    byte[] reply = sent.get(0);
    assertEquals(FABRIC_MAC, Wire.get48(reply, 0));
    assertEquals(2, Wire.get16(reply, 20));
    assertEquals(TwoHosts.MAC_A, Wire.get48(reply, 22));
    assertArrayEquals(TwoHosts.V4_A.bytes(), Arrays.copyOfRange(reply, 28, 32));
    assertEquals(FABRIC_MAC, Wire.get48(reply, 32));
    assertArrayEquals(TwoHosts.V4_B.bytes(), Arrays.copyOfRange(reply, 38, 42));
    assertEquals(1, v4.stats().foreign());
  }

  @Test
  void advertisesItsIpv6Address() {
    IpAddress group = IpAddress.parse("ip", "ff02::1:ff01:a");
    byte[] body = nd(135, TwoHosts.V6_A, 1, FABRIC_MAC);
    byte[] question = icmpv6(TwoHosts.V6_B, group, 255, body, 0x3333_ff01_000aL);
    v6.deliver(question);
    v6.deliver(icmpv6(TwoHosts.V6_B, group, 64, body, 0x3333_ff01_000aL));
    byte[] garbled = question.clone();
    garbled[80]++;
    v6.deliver(garbled);
    run(MS);
    assertEquals(2, v6.stats().malformed(), "crossed a router; wrong checksum");
    assertEquals(1, sent.size());
    byte[] answer = sent.get(0);
    assertEquals(FABRIC_MAC, Wire.get48(answer, 0));
    assertEquals(136, Wire.get8(answer, 54));
    assertArrayEquals(TwoHosts.V6_B.bytes(), Arrays.copyOfRange(answer, 38, 54));
    assertArrayEquals(TwoHosts.V6_A.bytes(), Arrays.copyOfRange(answer, 62, 78));
    assertEquals(TwoHosts.MAC_A, Wire.get48(answer, 80));
    assertEquals(0, Wire.checksum(Wire.sum(answer, 22, 32) + 58 + 32 + Wire.sum(answer, 54, 32)));
  }

  @Test
  void staticNeighborsAreNeitherAskedForNorChanged() {
    v4.setNeighbor(TwoHosts.V4_B.bytes(), 0x0200_0000_0042L);
    v4.deliver(arp(2, TwoHosts.V4_B, FABRIC_MAC, TwoHosts.V4_A));
    v4.openQp(5, TwoHosts.V4_B.bytes(), 6).postWrite(1, c -> {});
    run(TwoHosts.TIMEOUT_NS / 2);
    assertEquals(1, sent.size());
    assertEquals(0x0200_0000_0042L, Wire.get48(sent.get(0), 0));
  }

  @Test
  void acknowledgementsForAnUnknownNeighborWaitInABoundedQueue() {
    TwoHosts t = new TwoHosts(TwoHosts.V4_A, TwoHosts.V4_B, 1024, 100, 1);
    t.recording();
    t.connect(5).postWrite(100 * 1024, c -> {});
    t.a.setNeighbor(TwoHosts.V4_B.bytes(), TwoHosts.MAC_A); // B does not hear of A
    t.scheduler.runUntil(TwoHosts.TIMEOUT_NS / 2);
    v4.openQp(1005, TwoHosts.V4_B.bytes(), 5);
    for (byte[] frame : t.fromA) {
      v4.deliver(toV4A(frame));
    }
    run(MS);
    assertEquals(100 - 64, v4.stats().queueDrops());
    run(TwoHosts.SECOND_NS);
    assertEquals(100, v4.stats().queueDrops(), "given up after three requests");
    assertEquals(3, sent.size());
    scheduler.runUntilIdle();
  }

  /** Turns a frame from A to B into one from B to A, in place of a third host. */
  private static byte[] toV4A(byte[] frame) {
    byte[] b = frame.clone();
    Wire.put48(b, 0, TwoHosts.MAC_A);
    if (Frames.isRoce(b)) {
      Wire.put(b, 26, TwoHosts.V4_B.bytes());
      Wire.put(b, 30, TwoHosts.V4_A.bytes()); // the header checksum does not change by a swap
      new Icrc().seal(b, Wire.IPV4);
    }
    return b;
  }

  @Test
  void answersEcho() {
    byte[] ping = new byte[60];
    Wire.put48(ping, 0, TwoHosts.MAC_A);
    Wire.put48(ping, 6, FABRIC_MAC);
    Wire.put16(ping, 12, 0x0800);
    Wire.put(ping, 14, new byte[] {0x45, 0, 0, 31, 0, 0, 0, 0, 3, 1, 0, 0});
    Wire.put(ping, 26, TwoHosts.V4_B.bytes());
    Wire.put(ping, 30, TwoHosts.V4_A.bytes());
    Wire.put16(ping, 24, Wire.checksum(Wire.sum(ping, 14, 20)));
    Wire.put(ping, 34, new byte[] {8, 0, 0, 0, 1, 2, 0, 9, 'a', 'b', 'c'});
    Wire.put16(ping, 36, Wire.checksum(Wire.sum(ping, 34, 11)));
    v4.deliver(ping);
    byte[] ping6 =
        icmpv6(
            TwoHosts.V6_B,
            TwoHosts.V6_A,
            9,
            new byte[] {(byte) 128, 0, 0, 0, 1, 2, 0, 9, 'a', 'b', 'c'},
            TwoHosts.MAC_A);
    v6.deliver(ping6);
    run(MS);
    assertEquals(2, sent.size());
    byte[] pong = sent.get(0);
    assertEquals(FABRIC_MAC, Wire.get48(pong, 0));
    assertEquals(TwoHosts.V4_B, Wire.address(pong, 30, 4));
    assertEquals(0, pong[34]);
    assertEquals(0, Wire.checksum(Wire.sum(pong, 14, 20)));
    assertEquals(0, Wire.checksum(Wire.sum(pong, 34, 11)));
    assertArrayEquals(Arrays.copyOfRange(ping, 38, 45), Arrays.copyOfRange(pong, 38, 45));
    byte[] pong6 = sent.get(1);
    assertEquals(129, Wire.get8(pong6, 54));
    assertEquals(TwoHosts.V6_B, Wire.address(pong6, 38, 16));
    assertEquals(0, Wire.checksum(Wire.sum(pong6, 22, 32) + 58 + 11 + Wire.sum(pong6, 54, 11)));
  }
}
