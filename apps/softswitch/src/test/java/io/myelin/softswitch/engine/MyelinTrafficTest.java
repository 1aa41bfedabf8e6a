package io.myelin.softswitch.engine;

import static io.myelin.softswitch.engine.Frames.bth;
import static io.myelin.softswitch.engine.Frames.ethernet;
import static io.myelin.softswitch.engine.Frames.ipv4;
import static io.myelin.softswitch.engine.Frames.mapped;
import static io.myelin.softswitch.engine.Frames.udp;
import static io.myelin.softswitch.engine.MyelinSwitch.call;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What myelin.p4 does to many packets at once: queues and hashes. */
final class MyelinTrafficTest {
  private static final int ACKNOWLEDGE = 0x11;
  private static final int WRITE_MIDDLE = 0x07;

  @Test
  void acknowledgementsOvertakeQueuedData() {
    MyelinSwitch s = fabric(1);
    s.sw.detach(3);
    s.attach(3, PortConfig.of(1_000_000, 1_000_000));
    s.scheduler.at(
        0,
        () -> {
          for (int i = 0; i < 10; i++) {
            s.sw.receive(1, packet(WRITE_MIDDLE, 8, 500));
          }
          s.sw.receive(1, packet(ACKNOWLEDGE, 8, 4));
        });
    s.scheduler.runUntilIdle();
    List<byte[]> sent = s.sent(3);
    assertEquals(11, sent.size());
    assertEquals(ACKNOWLEDGE, sent.get(1)[42], "behind the packet on the wire, before the others");
  }

  /** ADR 3: with a seed in a linear hash alone, these flows would all meet again. */
  @Test
  void flowsThatMeetAtOneSwitchSpreadAtTheNext() {
    MyelinSwitch first = fabric(0x9e3779b9L);
    MyelinSwitch second = fabric(0x3c6ef372L);
    int met = 0;
    int metAgain = 0;
    for (int qp = 1; qp <= 2_000; qp++) {
      if (port(first, qp) == 3) {
        met++;
        metAgain += port(second, qp) == 3 ? 1 : 0;
      }
    }
    // Of about 1,000 flows half should go each way; standard deviation 15.8.
    assertTrue(Math.abs(metAgain - met / 2) < 80, metAgain + " of " + met + " met again");
  }

  private static int port(MyelinSwitch s, int qp) {
    s.receive(1, packet(WRITE_MIDDLE, qp, 10));
    int port = s.sent.keySet().iterator().next();
    s.sent.clear();
    return port;
  }

  /** Routes 10.7.0.0/16 over ports 3 and 4 alike (port 3 alone with seed 1). */
  private static MyelinSwitch fabric(long seed) {
    MyelinSwitch s = new MyelinSwitch();
    s.tenantSeven();
    s.sw.setDefaultAction("MyelinIngress.switch_config", call("set_switch", 1, seed));
    EntryAction.WeightedAction three = new EntryAction.WeightedAction(call("forward", 3), 1, null);
    EntryAction.WeightedAction four = new EntryAction.WeightedAction(call("forward", 4), 1, null);
    s.add(
        "routing",
        0,
        new EntryAction.OneShot(seed == 1 ? List.of(three) : List.of(three, four)),
        new MatchField.Lpm(mapped("10.7.0.0"), 112));
    return s;
  }

  private static byte[] packet(int opcode, int qp, int bytes) {
    return ethernet(
        0x0800,
        ipv4(
            "10.7.0.1",
            "10.7.0.2",
            17,
            64,
            udp(50_000, 4791, bth(opcode, qp, 1, new byte[bytes]))));
  }
}
