package io.myelin.softswitch.engine;

import static io.myelin.softswitch.engine.TestSwitch.action;
import static io.myelin.softswitch.engine.TestSwitch.any;
import static io.myelin.softswitch.engine.TestSwitch.ternary;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Packets on one thread, writes on another: each packet sees one whole state of the table. */
class ConcurrencyTest {
  private static final int CHANGES = 20_000;

  @Test
  void packetsSeeEachChangeWhollyOrNotAtAll() throws InterruptedException {
    TestSwitch s = TestSwitch.running("tables");
    // Always there, at low priority: a packet must never miss.
    s.sw.addEntry("I.ternary_t", List.of(any(), any(), any()), 1, action("I.set", 1));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < CHANGES; i++) {
                  List<MatchField> match = List.of(ternary(5, 0xff), ternary(i % 7, 0xff), any());
                  long handle = s.sw.addEntry("I.ternary_t", match, 9, action("I.set", 2));
                  s.sw.modifyEntry("I.ternary_t", handle, action("I.twice", 2));
                  s.sw.removeEntry("I.ternary_t", handle);
                }
              } catch (Throwable t) {
                failure.set(t);
              }
            });
    writer.start();
    int received = 0;
    List<Integer> seen = new ArrayList<>(List.of(0, 0, 0, 0, 0));
    byte[] frame = Frames.hex("0305", "0000", "00000000", "0".repeat(31) + "3", "0000", "00");
    while (writer.isAlive() || received == 0) {
      received++;
      s.sw.receive(2, frame);
      byte[] out = s.only(1);
      int result = (out[24] & 0xff) << 8 | (out[25] & 0xff);
      assertTrue(result == 1 || result == 2 || result == 4, "result " + result);
      seen.set(result, seen.get(result) + 1);
    }
    writer.join();
    assertEquals(null, failure.get());
    assertTrue(seen.get(1) > 0);
  }
}
