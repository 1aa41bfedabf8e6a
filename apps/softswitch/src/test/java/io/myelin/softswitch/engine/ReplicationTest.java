package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.engine.SwitchControl.Replica;
import java.util.List;
import org.junit.jupiter.api.Test;

/** replicate.p4: a trace of 22 bytes in front of op, argument, note, payload. */
class ReplicationTest {
  private final TestSwitch s = TestSwitch.running("replicate");

  /** Instance type, rid, kept, lost, packet length, ingress port, egress port; queueing is zero. */
  private static String trace(
      int type, int rid, String kept, String lost, int length, int in, int out) {
    return String.format("%02x%04x%s%s%04x%04x%04x", type, rid, kept, lost, length, in, out);
  }

  private void receive(String hex) {
    s.receive(2, Frames.hex(hex));
  }

  /** A frame without the queueing part of its trace. */
  private static String shown(byte[] frame) {
    String hex = Frames.hex(frame);
    return hex.substring(0, 22) + " " + hex.substring(42);
  }

  private List<String> frames(int port) {
    return s.sent(port).stream().map(ReplicationTest::shown).toList();
  }

  @Test
  void unicast() {
    receive("000000ff");
    assertEquals(List.of(trace(0, 0, "55", "66", 4, 2, 1) + " 000010ff"), frames(1));
  }

  @Test
  void ingressCloneIsTheOriginalWithThePreservedFields() {
    s.sw.setCloneSession(5, List.of(new Replica(3, 1), new Replica(4, 2)), 0);
    receive("010500ff");
    assertEquals(List.of(trace(0, 0, "55", "66", 4, 2, 1) + " 010510ff"), frames(1));
    // Metadata start at zero, the ingress port included, as in BMv2.
    assertEquals(List.of(trace(1, 1, "55", "00", 4, 0, 3) + " 010500ff"), frames(3));
    assertEquals(List.of(trace(1, 2, "55", "00", 4, 0, 4) + " 010500ff"), frames(4));
  }

  @Test
  void backupsTakeOverInOrderWhilePortsAreDownAndGiveBack() {
    Replica protectedOne = new Replica(3, 1, List.of(new Replica(4, 2), new Replica(5, 3)));
    s.sw.setCloneSession(5, List.of(protectedOne), 0);
    s.sw.setMulticastGroup(7, List.of(new Replica(6, 9), protectedOne));
    for (String frame : List.of("010500ff", "050700ff")) {
      assertEquals(List.of(3), portsOf(frame, List.of()));
      assertEquals(List.of(4), portsOf(frame, List.of(3)));
      assertEquals(List.of(5), portsOf(frame, List.of(3, 4)));
      assertEquals(List.of(), portsOf(frame, List.of(3, 4, 5)), "the port itself loses it");
      assertEquals(List.of(3), portsOf(frame, List.of(4)));
    }
  }

  /** Of the ports 3 to 5, those that send while some are down. */
  private List<Integer> portsOf(String frame, List<Integer> down) {
    s.sent.clear();
    down.forEach(p -> s.sw.setPortUp(p, false));
    receive(frame);
    down.forEach(p -> s.sw.setPortUp(p, true));
    List<Integer> out = new java.util.ArrayList<>();
    for (int port = 3; port <= 5; port++) {
      for (byte[] sent : s.sent(port)) {
        // The instance is that of the backup: 1, 2, 3 on ports 3, 4, 5.
        assertEquals(port - 2, sent[2]);
        out.add(port);
      }
    }
    return out;
  }

  @Test
  void clonesAreTruncatedBySession() {
    s.sw.setCloneSession(5, List.of(new Replica(3, 0)), 25);
    receive("010500ffffffffffff");
    assertEquals(25, s.sent(3).get(0).length);
    assertEquals(21 + 9, s.sent(1).get(0).length);
  }

  @Test
  void unknownCloneSessionClonesNothing() {
    receive("010600ff");
    assertEquals(1, s.sent.size());
    s.sw.setCloneSession(6, List.of(new Replica(3, 0)), 0);
    s.sw.setCloneSession(6, null, 0);
    receive("010600ff");
    assertEquals(1, s.sent.size());
  }

  @Test
  void egressCloneHasTheHeadersAsTheyAre() {
    s.sw.setCloneSession(9, List.of(new Replica(3, 7)), 0);
    receive("020900ff");
    // The clone went through egress again: its trace was there already, and is overwritten.
    assertEquals(List.of(trace(0, 0, "55", "66", 4, 2, 1) + " 020977ff"), frames(1));
    assertEquals(List.of(trace(2, 7, "55", "00", 25, 0, 3) + " 020977ff"), frames(3));
  }

  @Test
  void resubmittedPacketIsTheOriginalWithThePreservedFields() {
    receive("030001ff");
    // note = 1 + kept (55) + 10 in the second round; the first round's 10 is forgotten.
    assertEquals(List.of(trace(0, 0, "55", "00", 4, 0, 1) + " 030066ff"), frames(1));
  }

  @Test
  void recirculatedPacketIsTheDeparsedOne() {
    receive("040000ff");
    // note = 10 in the first round, 1 + 10 in the second; the length is that of trace and packet.
    assertEquals(List.of(trace(0, 0, "55", "00", 4, 0, 1) + " 000021ff"), frames(1));
  }

  @Test
  void multicastReplicatesWithRids() {
    s.sw.setMulticastGroup(8, List.of(new Replica(3, 1), new Replica(4, 2), new Replica(3, 3)));
    receive("050800ff");
    assertEquals(
        List.of(
            trace(5, 1, "55", "66", 4, 2, 3) + " 050810ff",
            trace(5, 3, "55", "66", 4, 2, 3) + " 050810ff"),
        frames(3));
    assertEquals(List.of(trace(5, 2, "55", "66", 4, 2, 4) + " 050810ff"), frames(4));
    assertTrue(s.sent(1).isEmpty(), "the original is gone");
    s.sw.setMulticastGroup(8, null);
    s.sent.clear();
    receive("050800ff");
    assertTrue(s.sent.isEmpty(), "an unknown group drops");
  }

  @Test
  void dropsInIngressAndEgress() {
    receive("060000ff");
    receive("090000ff");
    receive("0a6300ff");
    assertTrue(s.sent.isEmpty());
    assertEquals(2, s.sw.drops().byProgram());
    assertEquals(1, s.sw.drops().noPort());
  }

  @Test
  void exitEndsIngressButNotEgress() {
    receive("080000ff");
    assertEquals(List.of(trace(0, 0, "55", "66", 4, 2, 1) + " 080000ff"), frames(1));
  }
}
