package io.myelin.softswitch.engine;

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
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The fabric's own program, end to end. */
class MyelinProgramTest {
  private final MyelinSwitch s = new MyelinSwitch();

  private long drops(int reason) {
    return s.sw.counter("MyelinIngress.drop_counter", reason).packets();
  }

  /** The bytes from the IP header on, time to live one lower and checksum right. */
  private static byte[] forwardedIp(byte[] frame) {
    return ipv4("10.7.0.1", "10.7.0.2", 17, 63, Arrays.copyOfRange(frame, 34, frame.length));
  }

  @Test
  void steersByPushingTheLabelStackAndPopsItsOwnLabel() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(100));
    long entry =
        s.add(
            "path_steering",
            5,
            call("push_3", 100, 200, 300, 0, 0),
            ternary(7, 0xffff),
            ternary(mapped("10.7.0.1")),
            ternary(mapped("10.7.0.2")),
            ternary(17, 0xff),
            ternary(4791, 0xffff),
            ternary(42, 0xffffff),
            any());
    byte[] frame = rocev2("10.7.0.1", "10.7.0.2", 50_000, 42, 1, 100);

    s.receive(1, frame);

    assertEquals(
        hex(
            concat(
                ethernet(0x8847, new byte[0]),
                label(200, 0, 63),
                label(300, 1, 64),
                forwardedIp(frame))),
        hex(s.only(3)));
    assertEquals(
        new CounterValue(1, frame.length), s.sw.entryCounter("MyelinIngress.path_steering", entry));
  }

  @Test
  void transitPopsAndTheLastHopRestoresIpv4() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 4), exact(200));
    byte[] ip = ipv4("10.7.0.1", "10.7.0.2", 17, 63, new byte[30]);

    s.receive(3, ethernet(0x8847, concat(label(200, 0, 60), label(300, 1, 64), ip)));
    assertEquals(hex(ethernet(0x8847, concat(label(300, 1, 59), ip))), hex(s.only(4)));

    s.receive(3, ethernet(0x8847, concat(label(200, 1, 60), ip)));
    assertEquals(hex(ethernet(0x0800, ip)), hex(s.only(4)));
  }

  @Test
  void isolationDropsWhatNoPolicyAllows() {
    s.tenantSeven();
    s.receive(1, rocev2("10.7.0.1", "10.8.0.2", 50_000, 42, 1, 100));
    assertTrue(s.sent.isEmpty());
    assertEquals(1, drops(4));
    assertEquals(1, s.sw.defaultEntryCounter("MyelinIngress.isolation_acl").packets());
  }

  @Test
  void dropsAreCountedByReason() {
    s.tenantSeven();
    byte[] good = rocev2("10.7.0.1", "10.7.0.2", 1, 2, 3, 10);
    byte[] badSum = good.clone();
    badSum[24] ^= 1;
    s.receive(1, badSum);
    assertEquals(1, drops(2), "checksum");
    byte[] badVersion = good.clone();
    badVersion[14] = 0x55;
    s.receive(1, badVersion);
    assertEquals(1, drops(1), "parser: verify");
    s.receive(1, Arrays.copyOf(good, 20));
    assertEquals(2, drops(1), "parser: too short");
    byte[] seven = concat(label(1, 0, 9), label(1, 0, 9), label(1, 0, 9), label(1, 0, 9));
    s.receive(3, ethernet(0x8847, concat(seven, label(1, 0, 9), label(1, 0, 9), label(1, 1, 9))));
    assertEquals(3, drops(1), "parser: a seventh label");
    s.receive(1, ethernet(0x8847, concat(label(1, 1, 9), new byte[20])));
    assertEquals(1, drops(10), "labels from a host");
    s.receive(1, ethernet(0x0800, ipv4("10.7.0.1", "10.7.0.2", 6, 1, new byte[20])));
    assertEquals(1, drops(6), "time to live");
    s.receive(1, good);
    assertEquals(1, drops(7), "no route");
    s.receive(1, ethernet(0x88b5, new byte[40]));
    assertEquals(1, drops(11), "protocol");
    s.receive(4, ethernet(0x8847, concat(label(77, 1, 9), good)));
    assertEquals(1, drops(5), "unknown label");
    assertEquals(9, s.sw.drops().byProgram());
    assertTrue(s.sent.isEmpty());
  }

  @Test
  void wcmpSpreadsQueuePairsByWeight() {
    s.tenantSeven();
    String profile = "MyelinIngress.wcmp_selector";
    s.sw.putMember(profile, 1, call("forward", 3));
    s.sw.putMember(profile, 2, call("forward", 4));
    s.sw.putGroup(
        profile,
        9,
        List.of(
            new EntryAction.WeightedMember(1, 1, null),
            new EntryAction.WeightedMember(2, 3, null)));
    s.add("routing", 0, new EntryAction.Group(9), new MatchField.Lpm(mapped("10.7.0.0"), 112));
    for (int qp = 0; qp < 2000; qp++) {
      s.receive(1, rocev2("10.7.0.1", "10.7.0.2", 50_000, qp, 1, 0));
    }
    int light = s.sent(3).size();
    int heavy = s.sent(4).size();
    assertEquals(2000, light + heavy);
    // Binomial(2000, 1/4): mean 500, standard deviation 19.4.
    assertTrue(Math.abs(light - 500) < 5 * 19.4, "light member got " + light);
    Set<Integer> qps = new HashSet<>();
    s.sent(4)
        .forEach(f -> qps.add(((f[47] & 0xff) << 16) | ((f[48] & 0xff) << 8) | (f[49] & 0xff)));
    assertEquals(heavy, qps.size(), "each queue pair sticks to one member");
  }

  @Test
  void groupsLeaveOutMembersWhosePortIsDown() {
    s.tenantSeven();
    s.add(
        "routing",
        0,
        new EntryAction.OneShot(
            List.of(
                new EntryAction.WeightedAction(call("forward", 3), 1, 3),
                new EntryAction.WeightedAction(call("forward", 4), 1, 4))),
        new MatchField.Lpm(mapped("10.7.0.0"), 112));
    s.sw.setPortUp(3, false);
    for (int qp = 0; qp < 50; qp++) {
      s.receive(1, rocev2("10.7.0.1", "10.7.0.2", 50_000, qp, 1, 0));
    }
    assertEquals(50, s.sent(4).size());
    s.sw.setPortUp(4, false);
    s.receive(1, rocev2("10.7.0.1", "10.7.0.2", 50_000, 1, 1, 0));
    assertEquals(1, drops(7), "a group without live members routes nowhere");
  }

  @Test
  void puntsWithAPacketInHeader() {
    s.add("punt", 1, call("to_cpu", 5), any(), any(), ternary(0x88cc, 0xffff), any(), any(), any());
    s.scheduler.runUntil(1_234_567_000);
    byte[] lldp = ethernet(0x88cc, hex("0207"));
    s.receive(2, lldp);
    // ingress_port 9 bits, reason 7 bits, timestamp 48 bits in microseconds.
    assertEquals(
        hex(concat(hex(String.format("%04x%012x", 2 << 7 | 5, 1_234_567)), lldp)),
        hex(s.packetIns.get(0)));
  }

  @Test
  void packetOutLeavesByThePortItNames() {
    byte[] frame = ethernet(0x88cc, hex("0207"));
    s.sw.packetOut(concat(hex(String.format("%04x", 6 << 7)), frame));
    s.scheduler.runUntilIdle();
    assertArrayEquals(frame, s.only(6));
  }

  @Test
  void ipv6IsRoutedAndItsHopLimitCounted() {
    s.add("tenant_classifier", 1, call("set_tenant", 7), exact(1), any());
    byte[] dst = hex("20010db8000000000000000000000002");
    s.add("endpoint_tenant", 0, call("set_dst_tenant", 7), new MatchField.Lpm(dst, 128));
    s.add("isolation_acl", 10, call("permit"), ternary(7, 0xffff), ternary(7, 0xffff));
    s.sw.putMember("MyelinIngress.wcmp_selector", 1, call("forward", 5));
    s.add("routing", 0, new EntryAction.Member(1), new MatchField.Lpm(dst, 64));
    String src = "20010db8000000000000000000000001";
    byte[] in = ethernet(0x86dd, Frames.ipv6(src, hex(dst), 59, 9, new byte[5]));
    s.receive(1, in);
    byte[] out = in.clone();
    out[21] = 8;
    assertEquals(hex(out), hex(s.only(5)));
  }
}
