package io.myelin.softswitch.engine;

import static io.myelin.softswitch.engine.TestSwitch.action;
import static io.myelin.softswitch.engine.TestSwitch.exact;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** externs.p4: the packet is op, index, value, result. */
class ExternsTest {
  private final TestSwitch s = TestSwitch.running("externs");

  private long result(int op, long index, long value) {
    String out = s.exchange(String.format("%02x%08x%016x%016x", op, index, value, 0));
    return Long.parseUnsignedLong(out.substring(26, 42), 16);
  }

  // ---- registers, counters ---------------------------------------------------------------------

  @Test
  void registersKeepTheirWidthAndIgnoreIndicesOutOfBounds() {
    result(1, 3, 0xabcd_1234_5678_9abcL);
    assertEquals(0x1234_5678_9abcL, result(2, 3, 0));
    assertEquals(0, result(2, 4, 0));
    result(1, 8, 1);
    assertEquals(0, result(2, 8, 0));
    assertEquals("123456789abc", Frames.hex(s.sw.register("I.cells", 3)));
    s.sw.setRegister("I.cells", 3, new byte[] {9});
    assertEquals(9, result(2, 3, 0));
    assertEquals(8, s.sw.registerSize("I.cells"));
    assertThrows(IllegalArgumentException.class, () -> s.sw.register("I.cells", 8));
    assertThrows(IllegalArgumentException.class, () -> s.sw.register("I.hits", 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> s.sw.setRegister("I.cells", 0, new byte[] {1, 0, 0, 0, 0, 0, 0}));
  }

  @Test
  void wideRegisters() {
    result(7, 1, 0x1111);
    result(7, 1, 0x2222);
    assertEquals("00000000000011110000000000002222", Frames.hex(s.sw.register("I.wide_cells", 1)));
  }

  @Test
  void countersCountPacketsAndBytesReceived() {
    result(3, 2, 0);
    result(3, 2, 0);
    result(3, 4, 0);
    assertEquals(new CounterValue(2, 42), s.sw.counter("I.hits", 2));
    s.sw.setCounter("I.hits", 2, new CounterValue(100, 1000));
    result(3, 2, 0);
    assertEquals(new CounterValue(101, 1021), s.sw.counter("I.hits", 2));
    assertEquals(4, s.sw.counterSize("I.hits"));
    assertThrows(IllegalArgumentException.class, () -> s.sw.counter("I.hits", 4));
  }

  // ---- meters, RFC 2698 §3 ----------------------------------------------------------------------
  private List<Long> colours(int op, int packets) {
    List<Long> out = new ArrayList<>();
    for (int i = 0; i < packets; i++) {
      out.add(result(op, 1, 0));
    }
    return out;
  }

  @Test
  void packetMeterSpendsBothBucketsAndRefillsThem() {
    assertEquals(List.of(0L, 0L), colours(4, 2), "unconfigured: green");
    s.sw.setMeter("I.policer", 1, new MeterRates(10, 2, 20, 4));
    assertEquals(List.of(0L, 0L, 1L, 1L, 2L, 2L), colours(4, 6));
    // 0.1 s refill one committed and two peak tokens.
    s.scheduler.runUntil(100_000_000);
    assertEquals(List.of(0L, 1L, 2L), colours(4, 3));
    s.sw.setMeter("I.policer", 1, null);
    assertEquals(List.of(0L), colours(4, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> s.sw.setMeter("I.policer", 1, new MeterRates(10, 1, 9, 1)));
  }

  @Test
  void byteMeterMeasuresTheFrame() {
    // Frames of 21 bytes: two fit the committed burst, three the peak burst.
    s.sw.setMeter("I.byte_policer", 1, new MeterRates(1000, 50, 1000, 63));
    assertEquals(List.of(0L, 0L, 1L, 2L), colours(5, 4));
  }

  @Test
  void directMeterAndCounterBelongToTheEntry() {
    long handle = s.sw.addEntry("I.rows", List.of(exact(1)), 0, action("I.measured"));
    assertEquals(List.of(0L, 0L), colours(6, 2));
    s.sw.setEntryMeter("I.rows", handle, new MeterRates(1, 1, 1, 2));
    assertEquals(List.of(0L, 1L, 2L), colours(6, 3));
    assertEquals(new CounterValue(5, 105), s.sw.entryCounter("I.rows", handle));
    s.sw.setEntryCounter("I.rows", handle, CounterValue.ZERO);
    assertEquals(CounterValue.ZERO, s.sw.entryCounter("I.rows", handle));
    result(6, 2, 0);
    assertEquals(new CounterValue(1, 21), s.sw.defaultEntryCounter("I.rows"));
    s.scheduler.runUntil(5_000_000);
    result(6, 1, 0);
    assertEquals(5_000_000, s.sw.entryLastHitNs("I.rows", handle));
  }

  // ---- hashes: check values of the CRC catalogue are those of "123456789" ---------------------

  private static final long DIGITS_1_TO_8 = 0x3132_3334_3536_3738L;

  @Test
  void hashesGiveTheirKnownValues() {
    assertEquals(0xcbf43926L, result(0x10, 0, DIGITS_1_TO_8), "CRC-32");
    assertEquals(0xbb3dL, result(0x11, 0, DIGITS_1_TO_8), "CRC-16/ARC");
    // RFC 1071 §3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
    assertEquals(~0xddf2 & 0xffff, result(0x12, 0, 0x0001_f203_f4f5_f6f7L), "csum16");
    assertEquals(0x0102_0304_0506_0708L, result(0x13, 0, 0x0102_0304_0506_0708L), "identity");
    // 3132 ^ 3334 ^ 3536 ^ 3738 ^ 3900.
    assertEquals(0x3132 ^ 0x3334 ^ 0x3536 ^ 0x3738 ^ 0x3900, result(0x14, 0, DIGITS_1_TO_8));
    assertEquals(1000 + 23 % 7, result(0x15, 0, 23), "base plus remainder");
  }

  @Test
  void randomStaysWithinItsBoundsAndReachesThem() {
    long seen = 0;
    for (int i = 0; i < 200; i++) {
      long r = result(0x16, 0, 0);
      assertTrue(r >= 10 && r <= 13, "random " + r);
      seen |= 1L << r;
    }
    assertEquals(0b1111L << 10, seen);
  }

  // ---- the rest --------------------------------------------------------------------------------

  @Test
  void checksumsCoverThePayload() {
    // One's complement of 0102 + a1a2 + a3a4 + a500 = 1eb48 -> eb49.
    String rest = "0102a1a2a3a4a5";
    String head = "0000000000000000000000000000000000000000";
    assertEquals("41" + head + "14b6" + rest, s.exchange("41" + head + "ffff" + rest));
    assertEquals(0, Long.parseLong(s.exchange("40" + head + "14b6" + rest).substring(26, 42), 16));
    assertEquals(1, Long.parseLong(s.exchange("40" + head + "14b7" + rest).substring(26, 42), 16));
  }

  @Test
  void digestCarriesTheFieldsInOrder() {
    result(0x20, 7, 0x1234);
    assertEquals(List.of("learned_t[00000007, 0000000000001234, 0002]"), s.digests);
  }

  @Test
  void truncateCutsTheFrame() {
    assertEquals("210000", s.exchange(String.format("21%08x%032x", 3, 0)));
  }

  @Test
  void truncateToNothingSendsAnEmptyFrame() {
    assertEquals("", s.exchange(String.format("21%08x%032x", 0, 0)));
  }

  @Test
  void failedAssertionDropsThePacket() {
    result(0x22, 1, 0);
    s.receive(2, Frames.hex(String.format("22%08x%032x", 0, 0)));
    assertTrue(s.sent.isEmpty());
    assertEquals(1, s.sw.drops().byProgram());
  }

  @Test
  void logMessageChangesNothing() {
    assertEquals(0, result(0x23, 1, 2));
  }
}
