package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Queues, rates and priorities, with replicate.p4: op 7 sets the priority to its argument. */
class TrafficManagerTest {
  /** Frames of 100 bytes become 121: the program puts a trace of 21 bytes in front. */
  private static final int IN_BYTES = 100;

  private static final int OUT_BYTES = 121;
  private static final long RATE_BPS = 8_000_000;

  /** 121 bytes at a byte per microsecond. */
  private static final long FRAME_NS = 121_000;

  private final TestSwitch s = TestSwitch.running("replicate");
  private final List<String> log = new ArrayList<>();

  private void slow(long capacityBytes, PortConfig.EgressHook hook) {
    s.sw.detach(1);
    s.sw.attach(
        1,
        f ->
            log.add(
                s.scheduler.nowNs() / 1000
                    + "us #"
                    + f[f.length - 1]
                    + " enq "
                    + f[15]
                    + " deq "
                    + f[20]),
        new PortConfig(RATE_BPS, capacityBytes, 8, hook));
  }

  private void send(int priority, int number) {
    byte[] frame = new byte[IN_BYTES];
    frame[0] = 7;
    frame[1] = (byte) priority;
    frame[IN_BYTES - 1] = (byte) number;
    s.sw.receive(2, frame);
  }

  private static PortConfig.EgressHook none() {
    return (port, queue, bytes, frame) -> frame;
  }

  @Test
  void framesLeaveAtThePortsRateAndSeeTheQueue() {
    slow(0, none());
    for (int i = 1; i <= 3; i++) {
      send(0, i);
    }
    PortStats waiting = s.sw.portStats(1);
    assertEquals(2 * IN_BYTES, waiting.queueBytes(), "one is on the wire already");
    s.scheduler.runUntilIdle();
    // Depths count packets: before joining the queue, and after leaving it.
    assertEquals(
        List.of("121us #1 enq 0 deq 0", "242us #2 enq 0 deq 1", "363us #3 enq 1 deq 0"), log);
    PortStats done = s.sw.portStats(1);
    assertEquals(3, done.txPackets());
    assertEquals(3 * OUT_BYTES, done.txBytes());
    assertEquals(3, s.sw.portStats(2).rxPackets());
    assertEquals(300, s.sw.portStats(2).rxBytes());
  }

  @Test
  void higherPriorityOvertakesAndStarvesLower() {
    slow(0, none());
    send(0, 1);
    send(0, 2);
    send(3, 3);
    send(7, 4);
    send(3, 5);
    s.scheduler.runUntilIdle();
    assertEquals(
        List.of("#1", "#4", "#3", "#5", "#2"), log.stream().map(l -> l.split(" ")[1]).toList());
  }

  @Test
  void fullQueueDropsTheTailAndOthersDoNotSuffer() {
    slow(2 * IN_BYTES, none());
    for (int i = 1; i <= 5; i++) {
      send(0, i);
    }
    send(1, 6);
    assertEquals(2, s.sw.portStats(1).queues().get(0).droppedFull());
    assertEquals(0, s.sw.portStats(1).queues().get(1).droppedFull());
    s.scheduler.runUntilIdle();
    assertEquals(4, s.sw.portStats(1).txPackets());
    assertEquals(2, s.sw.portStats(1).dropped());
    assertEquals(0, s.sw.portStats(1).queueBytes());
  }

  @Test
  void priorityWithoutAQueueDrops() {
    s.sw.detach(1);
    s.sw.attach(1, f -> {}, new PortConfig(0, 0, 2, null));
    send(2, 1);
    assertEquals(1, s.sw.drops().noQueue());
  }

  @Test
  void portThatGoesDownLosesWhatItHolds() {
    slow(0, none());
    send(0, 1);
    send(0, 2);
    s.sw.setPortUp(1, false);
    assertFalse(s.sw.isPortUp(1));
    send(0, 3);
    s.scheduler.runUntilIdle();
    assertEquals(3, s.sw.portStats(1).queues().get(0).droppedDown());
    s.sw.setPortUp(1, true);
    send(0, 4);
    s.scheduler.runUntilIdle();
    assertEquals(1, log.size());
    s.sw.setPortUp(2, false);
    send(0, 5);
    s.scheduler.runUntilIdle();
    assertEquals(1, log.size(), "a port that is down does not receive");
  }

  @Test
  void hookSeesTheQueueAndChangesTheFrame() {
    List<Long> depths = new ArrayList<>();
    slow(
        0,
        (port, queue, bytes, frame) -> {
          depths.add(bytes);
          frame[frame.length - 1] = 99;
          return frame;
        });
    for (int i = 1; i <= 3; i++) {
      send(0, i);
    }
    s.scheduler.runUntilIdle();
    assertEquals(List.of(0L, 0L, 100L), depths);
    assertTrue(log.get(0).contains("#99"), log.get(0));
  }

  @Test
  void timeInTheQueueIsInMicroseconds() {
    List<Integer> waits = new ArrayList<>();
    slow(
        0,
        (port, queue, bytes, frame) -> {
          waits.add(
              (frame[16] & 0xff) << 24
                  | (frame[17] & 0xff) << 16
                  | (frame[18] & 0xff) << 8
                  | (frame[19] & 0xff));
          return frame;
        });
    s.scheduler.runUntil(5_000);
    send(0, 1);
    send(0, 2);
    s.scheduler.runUntilIdle();
    assertEquals(List.of(0, (int) (FRAME_NS / 1000)), waits);
  }

  @Test
  void portsAreAttachedOnce() {
    assertThrows(
        IllegalArgumentException.class, () -> s.sw.attach(1, f -> {}, PortConfig.UNLIMITED));
    assertThrows(
        IllegalArgumentException.class, () -> s.sw.attach(511, f -> {}, PortConfig.UNLIMITED));
    assertThrows(IllegalArgumentException.class, () -> s.sw.portStats(77));
  }

  @Test
  void switchWithoutAProgramDropsAndRefusesControl() {
    Softswitch empty = new Softswitch(s.scheduler);
    empty.attach(1, f -> {}, PortConfig.UNLIMITED);
    empty.receive(1, new byte[64]);
    assertEquals(1, empty.drops().noProgram());
    assertThrows(IllegalStateException.class, () -> empty.initialEntries("t"));
  }
}
