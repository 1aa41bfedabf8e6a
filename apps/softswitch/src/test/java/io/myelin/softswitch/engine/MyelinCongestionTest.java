package io.myelin.softswitch.engine;

import static io.myelin.softswitch.engine.Frames.concat;
import static io.myelin.softswitch.engine.Frames.ethernet;
import static io.myelin.softswitch.engine.Frames.hex;
import static io.myelin.softswitch.engine.Frames.ipv4;
import static io.myelin.softswitch.engine.Frames.label;
import static io.myelin.softswitch.engine.Frames.mapped;
import static io.myelin.softswitch.engine.MyelinSwitch.call;
import static io.myelin.softswitch.engine.TestSwitch.any;
import static io.myelin.softswitch.engine.TestSwitch.exact;
import static io.myelin.softswitch.engine.TestSwitch.ternary;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** ECN, congestion events, probes, detours and metering of myelin.p4. */
class MyelinCongestionTest {
  private static final int ECN_AT = 15;
  private static final int K_MIN = 10;
  private static final int K_MAX = 40;
  private static final int CPU = 255;

  private final MyelinSwitch s = new MyelinSwitch();

  /** Port 3 sends a 1,062-byte packet in 8.5 ms and has a queue profile. */
  private void slowPort(int slope, int quantum, int holdoffUs) {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(19));
    s.sw.detach(3);
    s.attach(3, PortConfig.of(1_000_000, 1_000_000));
    s.sw.addEntry(
        "MyelinEgress.queue_profile",
        List.of(exact(3), exact(3)),
        0,
        TestSwitch.action("MyelinEgress.set_thresholds", K_MIN, K_MAX, slope, quantum, holdoffUs));
    s.sw.setCloneSession(1, List.of(new SwitchControl.Replica(CPU, 1)), 0);
  }

  /** A labelled RoCE packet of 1,000 bytes of payload from the fabric. */
  private static byte[] data(int ecn, int qp) {
    byte[] udp = Frames.udp(50_000, 4791, Frames.bth(7, qp, 1, new byte[1000]));
    byte[] ip = ipv4("10.7.0.1", "10.7.0.2", 17, 63, udp);
    ip[1] = (byte) ecn;
    // Only the sum changes by what the field does.
    int sum = ((ip[10] & 0xff) << 8 | (ip[11] & 0xff)) - ecn;
    ip[10] = (byte) (sum >>> 8);
    ip[11] = (byte) sum;
    return ethernet(0x8847, concat(label(19, 1, 60), ip));
  }

  private void burst(int packets, int ecn) {
    s.scheduler.at(
        s.scheduler.nowNs(),
        () -> {
          for (int i = 0; i < packets; i++) {
            s.sw.receive(4, data(ecn, 9));
          }
        });
    s.scheduler.runUntilIdle();
  }

  private long egressCounter(String name, int port) {
    return s.sw.counter("MyelinEgress." + name, port).packets();
  }

  // ---- marks ---------------------------------------------------------------------------------

  @Test
  void packetsThatLeaveADeepQueueAreMarked() {
    slowPort(1 << 20, 1000, 0); // one packet above kMin is enough
    burst(60, 2);
    List<byte[]> sent = s.sent(3);
    assertEquals(60, sent.size());
    // Packet i leaves 59 - i behind, the first one apart: it was on the wire at once.
    for (int i = 1; i < 60; i++) {
      int left = 59 - i;
      assertEquals(left > K_MIN ? 3 : 2, sent.get(i)[ECN_AT] & 3, "packet " + i);
    }
    assertEquals(59 - K_MIN - 1, egressCounter("marking.ecn_marked_counter", 3));
  }

  @Test
  void aMarkedPacketsChecksumIsRight() {
    slowPort(1 << 20, 1000, 0);
    burst(60, 2);
    for (byte[] frame : s.sent(3)) {
      int sum = 0;
      for (int i = 14; i < 34; i += 2) {
        sum += (frame[i] & 0xff) << 8 | (frame[i + 1] & 0xff);
      }
      assertEquals(0xffff, (sum & 0xffff) + (sum >>> 16));
    }
  }

  @Test
  void transportsWithoutEcnAreNotMarked() {
    slowPort(1 << 20, 1000, 0);
    burst(60, 0);
    assertTrue(s.sent(3).stream().allMatch(f -> (f[ECN_AT] & 3) == 0));
    assertEquals(0, egressCounter("marking.ecn_marked_counter", 3));
  }

  @Test
  void betweenTheThresholdsTheProbabilityRises() {
    // Pmax 0.5 at kMax; the depth stays at 25, half-way: a quarter of the packets.
    slowPort((1 << 20) / 2 / (K_MAX - K_MIN), 1000, 0);
    int depth = 25;
    burstThenOneForOne(depth, 4_000);
    long marked = egressCounter("marking.ecn_marked_counter", 3);
    // 4,000 draws of 0.25: 1,000, standard deviation 27; seeded alike in every run.
    assertTrue(Math.abs(marked - 1_000) < 110, marked + " marked");
  }

  /** Keeps the queue at a depth: a packet comes for each that leaves. */
  private void burstThenOneForOne(int depth, int packets) {
    long packetNs = (14 + 20 + 8 + 12 + 1000) * 8_000L;
    s.scheduler.at(
        0,
        () -> {
          for (int i = 0; i < depth + 1; i++) {
            s.sw.receive(4, data(2, 9));
          }
        });
    for (int i = 0; i < packets; i++) {
      s.scheduler.at(i * packetNs + packetNs / 2, () -> s.sw.receive(4, data(2, 9)));
    }
    s.scheduler.runUntil(packets * packetNs);
  }

  // ---- events --------------------------------------------------------------------------------

  private static int queueDepth(byte[] packetIn) {
    return ByteBuffer.wrap(packetIn, 8 + 7 - 1, 4).getInt() & 0xff_ffff;
  }

  @Test
  void theControllerHearsCrossingsAndQuanta() {
    slowPort(0, 15, 0);
    burst(60, 2);
    List<Integer> depths = new ArrayList<>();
    for (byte[] p : s.packetIns) {
      assertEquals(8 + 128, p.length, "truncated");
      assertEquals(5, p[1] & 0x7f, "reason");
      depths.add(queueDepth(p));
    }
    // Above the threshold at the first that leaves a queue behind it, then every 15 packets, then
    // calm below 10.
    assertEquals(List.of(58, 43, 28, 13, 9), depths);
    assertEquals(5, egressCounter("events.congestion_counter", 3));
  }

  @Test
  void anEventNamesPortQueueThresholdAndPacket() {
    slowPort(0, 1000, 0);
    s.sw.setDefaultAction("MyelinIngress.switch_config", call("set_switch", 77, 0));
    burst(20, 2);
    byte[] p = s.packetIns.get(0);
    ByteBuffer b = ByteBuffer.wrap(p);
    assertEquals(3 << 7 | 5, b.getShort(), "port and reason");
    long timeUs = (b.getShort() & 0xffffL) << 32 | (b.getInt() & 0xffff_ffffL);
    assertEquals(77, b.getInt());
    assertEquals(3, b.getShort(), "egress port");
    assertEquals(3, b.get(), "queue");
    assertEquals(18, (b.get() & 0xff) << 16 | (b.getShort() & 0xffff), "depth");
    assertEquals(K_MIN, (b.get() & 0xff) << 16 | (b.getShort() & 0xffff), "kMin");
    assertEquals(data(2, 9).length, (b.get() & 0xff) << 16 | (b.getShort() & 0xffff));
    assertEquals(timeUs, (b.getShort() & 0xffffL) << 32 | (b.getInt() & 0xffff_ffffL));
    byte[] frame = s.sent(3).get(1);
    for (int i = 0; i < p.length - b.position(); i++) {
      assertEquals(frame[i], p[b.position() + i], "the packet's byte " + i);
    }
  }

  @Test
  void holdoffSilencesAPort() {
    slowPort(0, 1, 1_000_000);
    burst(60, 2); // half a second of packets
    assertEquals(1, s.packetIns.size());
  }

  @Test
  void aCalmQueueSaysNothing() {
    slowPort(0, 1, 0);
    burst(K_MIN, 2);
    assertTrue(s.packetIns.isEmpty());
  }

  // ---- probes --------------------------------------------------------------------------------

  @Test
  void aProbeCollectsARecordAtEverySwitch() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 4), exact(20));
    s.add("adjacency", 0, call("pop_forward", CPU), exact(271));
    s.sw.setDefaultAction("MyelinIngress.switch_config", call("set_switch", 5, 0));
    s.scheduler.runUntil(7_000_000);
    byte[] probe = hex("10007ff8 0000002a 00 00");

    // Packet-out with submit; this switch sends it on by port 4.
    byte[] out =
        concat(hex("0040"), ethernet(0x8847, concat(label(20, 0, 64), label(271, 1, 64), probe)));
    s.scheduler.at(7_000_000, () -> s.sw.packetOut(out));
    s.scheduler.runUntilIdle();
    byte[] onward = s.only(4);
    byte[] record =
        hex(
            "00000005 7f81000001 000000001b58 000000001b58",
            String.format("%012x", out.length - 2));
    assertEquals(
        hex(ethernet(0x8847, concat(label(271, 1, 63), hex("10007ff8 0000002a 01 00"), record))),
        hex(onward));

    // Another switch, here the same: its last label hands the probe to the controller.
    s.receive(3, onward);
    assertEquals(1, s.packetIns.size());
    byte[] in = s.packetIns.get(0);
    assertEquals(3 << 7 | 4, ByteBuffer.wrap(in).getShort());
    assertEquals("88b510007ff80000002a0200", hex(in).substring(2 * (8 + 12), 2 * (8 + 24)));
    // The second record is first: in by 3, out by 255, not the oldest.
    assertEquals("00000005" + "01bfc00000", hex(in).substring(64, 64 + 18).replaceAll(" ", ""));
  }

  @Test
  void aProbeNeverLeavesTheFabric() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 4), exact(20));
    s.receive(3, ethernet(0x8847, concat(label(20, 1, 64), hex("10007ff8 0000002a 00 00"))));
    assertTrue(s.sent.isEmpty());
    assertEquals(1, s.sw.counter("MyelinIngress.drop_counter", 13).packets());
  }

  @Test
  void hostsCannotProbe() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", CPU), exact(271));
    s.receive(1, ethernet(0x8847, concat(label(271, 1, 64), hex("10007ff8 0000002a 00 00"))));
    s.receive(1, ethernet(0x88b5, hex("10007ff8 0000002a 00 00")));
    assertTrue(s.packetIns.isEmpty());
  }

  // ---- dead ports ----------------------------------------------------------------------------

  private void protect(int port) {
    s.add(
        "port_status",
        0,
        new EntryAction.OneShot(
            List.of(
                new EntryAction.WeightedAction(call("port_is_up"), 1, port),
                new EntryAction.WeightedAction(call("port_is_down"), 1, null))),
        exact(port));
  }

  private static byte[] labelled(int tc, int... labels) {
    byte[] stack = new byte[0];
    for (int i = 0; i < labels.length; i++) {
      byte[] entry = label(labels[i], i == labels.length - 1 ? 1 : 0, 60);
      entry[2] |= (byte) (tc << 1);
      stack = concat(stack, entry);
    }
    return ethernet(0x8847, concat(stack, ipv4("10.7.0.1", "10.7.0.2", 17, 63, new byte[30])));
  }

  @Test
  void aDeadPortsPacketsTakeTheDetour() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(19));
    protect(3);
    s.add("bypass", 0, call("bypass_3", 5, 501, 502), exact(3));
    s.receive(4, labelled(0, 19, 300));
    assertEquals(1, s.sent(3).size(), "the port is up");
    s.sent.clear();

    s.sw.setPortUp(3, false);
    s.receive(4, labelled(0, 19, 300));
    byte[] ip = ipv4("10.7.0.1", "10.7.0.2", 17, 63, new byte[30]);
    byte[] first = label(501, 0, 59);
    byte[] second = label(502, 0, 59);
    first[2] |= 4; // traffic class 2: on a detour
    second[2] |= 4;
    assertEquals(
        hex(ethernet(0x8847, concat(first, second, label(300, 1, 59), ip))), hex(s.only(5)));

    s.sw.setPortUp(3, true);
    s.receive(4, labelled(0, 19, 300));
    assertEquals(1, s.sent(3).size(), "and back");
  }

  @Test
  void aRoutedPacketGetsLabelsForItsDetour() {
    s.tenantSeven();
    protect(3);
    s.add("bypass", 0, call("bypass_2", 5, 501), exact(3));
    s.add(
        "routing",
        0,
        new EntryAction.OneShot(
            List.of(new EntryAction.WeightedAction(call("forward", 3), 1, null))),
        new MatchField.Lpm(mapped("10.7.0.2"), 128));
    s.sw.setPortUp(3, false);
    byte[] frame = Frames.rocev2("10.7.0.1", "10.7.0.2", 50_000, 42, 1, 100);
    s.receive(1, frame);
    byte[] sent = s.only(5);
    byte[] detour = label(501, 1, 64);
    detour[2] |= 4;
    assertEquals(hex(concat(ethernet(0x8847, detour))), hex(sent).substring(0, 36));
  }

  @Test
  void noSecondDetourAndNoSilentLoss() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(19));
    protect(3);
    s.add("bypass", 0, call("bypass_1", 5), exact(3));
    s.sw.setPortUp(3, false);
    s.receive(4, labelled(2, 19, 300));
    assertTrue(s.sent.isEmpty(), "it came around a dead port already");
    assertEquals(1, s.sw.counter("MyelinIngress.drop_counter", 12).packets());
    // Port 6 has no detour.
    s.add("adjacency", 0, call("pop_forward", 6), exact(22));
    protect(6);
    s.sw.setPortUp(6, false);
    s.receive(4, labelled(0, 22, 300));
    assertEquals(2, s.sw.counter("MyelinIngress.drop_counter", 12).packets());
    assertEquals(2, s.sw.counter("MyelinIngress.port_drop_counter", 4).packets());
  }

  @Test
  void theFirstPacketThatMeetsADeadPortTellsTheController() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(19));
    protect(3);
    s.add("bypass", 0, call("bypass_1", 5), exact(3));
    s.sw.setCloneSession(1, List.of(new SwitchControl.Replica(CPU, 1)), 0);
    s.receive(4, labelled(0, 19, 300));
    assertTrue(s.packetIns.isEmpty());
    for (int outage = 1; outage <= 2; outage++) {
      s.sw.setPortUp(3, false);
      s.receive(4, labelled(0, 19, 300));
      s.receive(4, labelled(0, 19, 300));
      assertEquals(outage, s.packetIns.size(), "once an outage");
      assertEquals(3 << 7 | 6, ByteBuffer.wrap(s.packetIns.get(outage - 1)).getShort() & 0xffff);
      s.sw.setPortUp(3, true);
      s.receive(4, labelled(0, 19, 300));
    }
  }

  @Test
  void whereTheNeighbourIsDeadItsLabelGoesToo() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(19));
    protect(3);
    s.add("bypass", 0, call("bypass_2", 5, 501), exact(3));
    s.add("node_bypass", 0, call("node_bypass_1", 6), exact(3), exact(31));
    s.add("node_bypass", 0, call("node_bypass_2", 6, 601), exact(3), exact(32));
    s.add("node_bypass", 0, call("node_bypass_3", 6, 601, 602), exact(3), exact(33));
    s.sw.setPortUp(3, false);
    byte[] ip = ipv4("10.7.0.1", "10.7.0.2", 17, 63, new byte[30]);
    byte[] end = label(300, 1, 60);
    end[2] |= 2; // traffic class 1: leased

    s.receive(4, labelled(1, 19, 31, 300));
    byte[] straight = label(300, 1, 59);
    straight[2] |= 2;
    assertEquals(hex(ethernet(0x8847, concat(straight, ip))), hex(s.only(6)));
    s.sent.clear();

    s.receive(4, labelled(1, 19, 32, 300));
    byte[] onDetour = label(601, 0, 59);
    onDetour[2] |= 6;
    assertEquals(hex(ethernet(0x8847, concat(onDetour, end, ip))), hex(s.only(6)));
    s.sent.clear();

    s.receive(4, labelled(1, 19, 33, 300));
    byte[] then = label(602, 0, 59);
    then[2] |= 6;
    assertEquals(hex(ethernet(0x8847, concat(onDetour, then, end, ip))), hex(s.only(6)));
    s.sent.clear();

    // Nobody knows what is behind the neighbour's port 34: to the neighbour itself, then.
    s.receive(4, labelled(1, 19, 34, 300));
    assertEquals(1, s.sent(5).size());
  }

  // ---- flows move between messages -----------------------------------------------------------

  private static final int FIRST = 0x06;
  private static final int MIDDLE = 0x07;
  private static final int LAST = 0x08;

  private void opcode(int opcode, int expectedPort) {
    byte[] frame = Frames.rocev2("10.7.0.1", "10.7.0.2", 50_000, 42, 1, 100);
    frame[42] = (byte) opcode;
    s.sent.clear();
    s.receive(1, frame);
    assertEquals(1, s.sent(expectedPort).size(), "opcode " + opcode);
  }

  private long steer(int priority, int label, MatchField boundary, int gated) {
    return s.add(
        "path_steering",
        priority,
        call("push_2", label, 300, 1, gated),
        ternary(7, 0xffff),
        any(),
        any(),
        any(),
        any(),
        ternary(42, 0xffffff),
        boundary);
  }

  @Test
  void aFlowMovesWhenItsNextMessageBegins() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(19));
    s.add("adjacency", 0, call("pop_forward", 4), exact(20));
    steer(10, 19, any(), 0);
    opcode(FIRST, 3);
    opcode(MIDDLE, 3);
    long gate = steer(11, 20, exact(1), 1);
    opcode(MIDDLE, 3);
    opcode(LAST, 3);
    opcode(FIRST, 4);
    opcode(MIDDLE, 4);
    opcode(LAST, 4);
    opcode(0x0a, 4); // a message of one packet
    s.sw.removeEntry("MyelinIngress.path_steering", gate);
    opcode(MIDDLE, 3);
    steer(11, 20, exact(1), 1);
    opcode(MIDDLE, 3); // what was taken over once is not for ever
    opcode(FIRST, 4);
  }

  // ---- what leases bought goes first ---------------------------------------------------------

  @Test
  void leasedTrafficHasAQueueOfItsOwnOnEverySwitch() {
    slowPort(0, 1, 0);
    s.add("traffic_class", 25, call("set_queue", 5), any(), any(), any(), any(), exact(1));
    s.scheduler.at(
        0,
        () -> {
          s.sw.receive(4, labelled(0, 19, 300)); // is being sent while the others come
          s.sw.receive(4, labelled(1, 19, 300)); // in transit
          s.sw.receive(4, labelled(1, 19)); // at the last switch, which takes the label off
          s.sw.receive(4, labelled(0, 19, 300)); // a label, but nothing bought
          assertEquals(2, s.sw.portStats(3).queues().get(5).packets());
          assertEquals(1, s.sw.portStats(3).queues().get(0).packets());
        });
    s.scheduler.runUntilIdle();
  }

  // ---- bandwidth bought ----------------------------------------------------------------------

  @Test
  void greenPassesYellowIsMarkedDownRedIsDropped() {
    s.tenantSeven();
    s.add("adjacency", 0, call("pop_forward", 3), exact(19));
    long entry =
        s.add(
            "path_steering",
            5,
            call("push_2", 19, 300, 0, 0),
            ternary(7, 0xffff),
            any(),
            any(),
            any(),
            any(),
            any(),
            any());
    byte[] frame = Frames.rocev2("10.7.0.1", "10.7.0.2", 50_000, 42, 1, 100);
    int n = frame.length;
    // Buckets of two and of four frames, refilled too slowly to matter.
    s.sw.setEntryMeter("MyelinIngress.path_steering", entry, new MeterRates(1, 2L * n, 1, 4L * n));
    byte[] ect = frame.clone();
    ect[ECN_AT] |= 2;
    ect[25] = (byte) (ect[25] - 2);
    s.receive(1, ect);
    s.receive(1, ect);
    s.receive(1, ect);
    s.receive(1, frame);
    s.receive(1, ect);
    List<byte[]> sent = s.sent(3);
    assertEquals(4, sent.size());
    List<Integer> trafficClass =
        sent.stream().map(f -> (int) ByteBuffer.wrap(f).get(14 + 4 + 1)).toList();
    assertEquals(List.of(2, 2, 3, 0), trafficClass, "green, green, yellow: CE; yellow without ECT");
    assertEquals(2, s.sw.counter("MyelinIngress.marked_down_counter", 1).packets());
    assertEquals(1, s.sw.counter("MyelinIngress.drop_counter", 8).packets());
    assertEquals(
        new CounterValue(5, 5L * n), s.sw.entryCounter("MyelinIngress.path_steering", entry));
  }

  // ---- classes -------------------------------------------------------------------------------

  @Test
  void bulkDataBehindAnAcknowledgementsOpcodeIsNotControl() {
    slowPort(0, 1000, 0);
    s.scheduler.at(
        0,
        () -> {
          for (int i = 0; i < 5; i++) {
            s.sw.receive(4, data(2, 9));
          }
          byte[] disguised = data(2, 10);
          disguised[14 + 4 + 28] = 0x11;
          s.sw.receive(4, disguised);
        });
    s.scheduler.runUntilIdle();
    assertEquals(0x11, s.sent(3).get(5)[14 + 28], "last, as it came");
  }
}
