package io.myelin.softswitch.stf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.engine.MatchField;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StfParserTest {
  private static StfStatement one(String line) {
    List<StfStatement> all = StfParser.parse("t.stf", line);
    assertEquals(1, all.size());
    return all.get(0);
  }

  @Test
  void readsPacketsOfAnySpacingAndSkipsComments() {
    List<StfStatement> all =
        StfParser.parse("t.stf", "# title\n\n  PACKET 3 01 0aFF # trailing\nwait\n");
    StfStatement.Packet p = (StfStatement.Packet) all.get(0);
    assertEquals(3, p.line());
    assertEquals(3, p.port());
    assertArrayEquals(new byte[] {1, 10, -1}, p.frame());
    assertEquals(new StfStatement.Wait(4), all.get(1));
  }

  @Test
  void readsExpectationsWithWildcardsAndEnd() {
    assertEquals(new StfStatement.Expect(1, 2, "01**AB", false), one("expect 2 01 ** ab"));
    assertEquals(new StfStatement.Expect(1, 2, "01", true), one("expect 2 01 $"));
    assertEquals(new StfStatement.Expect(1, 2, "01", true), one("expect 2 01$"));
    assertEquals(new StfStatement.Expect(1, 2, "", true), one("expect 2$"));
    assertEquals(new StfStatement.Expect(1, 2, null, false), one("expect 2"));
  }

  @Test
  void readsEntries() {
    StfStatement.Add add =
        (StfStatement.Add)
            one("add I.t 7 hdr.a[0].f:0x1* \"x y\":5/3 h$1.f:0b1 set(v:1, \"w\":0x2) = A");
    assertEquals("I.t", add.table());
    assertEquals(7, add.priority());
    assertEquals(
        List.of(
            new StfStatement.Match("hdr.a[0].f", "0x1*"),
            new StfStatement.Match("x y", "5/3"),
            new StfStatement.Match("h$1.f", "0b1")),
        add.matches());
    assertEquals("set", add.action().action());
    assertEquals(new StfStatement.Argument("w", "0x2"), add.action().arguments().get(1));
    assertEquals("A", add.id());
    StfStatement.Add bare = (StfStatement.Add) one("add t set()");
    assertNull(bare.priority());
    assertTrue(bare.matches().isEmpty());
  }

  @Test
  void readsChecksAndCommands() {
    assertEquals(
        new StfStatement.CheckCounter(1, "I.c", "3", true, ">=", 12),
        one("check_counter I.c(3) bytes >= 12"));
    assertEquals(
        new StfStatement.CheckCounter(1, "c", "$A", false, null, 0), one("check_counter c($A)"));
    assertEquals(
        new StfStatement.Command(1, "meter_set_rates", List.of("I.m", "0", "0.5:1", "1:2")),
        one("meter_set_rates I.m 0 0.5:1 1:2"));
    assertEquals(new StfStatement.Remove(1, null), one("remove all"));
    assertEquals(new StfStatement.NoPacket(1), one("no_packet"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "packet x 00 | expected a port number, found x",
        "packet 1 0 | whole bytes, found 1 digits",
        "packet 1 0g | a packet is hexadecimal digits",
        "expect 1 0$1 | a final $",
        "add t a:1 | expected a name",
        "add t a:1 b(x:1 | expected ,",
        "add t a:1 b() c | unexpected c",
        "setdefault t ; | cannot read ;",
        "check_counter c(1) frames == 2 | packets and bytes, not frames",
        "check_counter c(1) packets = 2 | expected one of",
      })
  void namesFileLineAndWhatIsWrong(String line, String message) {
    StfException e =
        assertThrows(StfException.class, () -> StfParser.parse("t.stf", "wait\n" + line));
    String got = String.valueOf(e.getMessage());
    assertTrue(got.startsWith("t.stf:2: "), got);
    assertTrue(got.contains(message), got);
  }

  @Test
  void unknownStatementsAreUnsupportedNotWrong() {
    StfException e = assertThrows(StfException.class, () -> StfParser.parse("t.stf", "teleport 1"));
    assertTrue(e.isUnsupported());
    assertEquals("t.stf:1: unknown statement teleport", e.getMessage());
  }

  @Test
  void wildcardsMaskTheDigitsWritten() {
    MatchField.Ternary t = (MatchField.Ternary) StfNumbers.ternary("0x1*3", 32);
    assertArrayEquals(new byte[] {1, 3}, t.value());
    assertArrayEquals(new byte[] {0xf, 0xf}, t.mask());
    MatchField.Ternary b = (MatchField.Ternary) StfNumbers.ternary("0b1*0", 8);
    assertArrayEquals(new byte[] {4}, b.value());
    assertArrayEquals(new byte[] {5}, b.mask());
    MatchField.Ternary d = (MatchField.Ternary) StfNumbers.ternary("5", 9);
    assertArrayEquals(new byte[] {1, -1}, d.mask());
  }

  @Test
  void prefixesAreExplicitOrTheDigitsBeforeTheWildcards() {
    assertEquals(24, ((MatchField.Lpm) StfNumbers.lpm("0x0a0102**", 32)).prefixLength());
    assertEquals(9, ((MatchField.Lpm) StfNumbers.lpm("0x001", 9)).prefixLength());
    assertEquals(7, ((MatchField.Lpm) StfNumbers.lpm("10/7", 8)).prefixLength());
    assertThrows(IllegalArgumentException.class, () -> StfNumbers.lpm("10/9", 8));
    assertThrows(IllegalArgumentException.class, () -> StfNumbers.bytes("0x1*"));
  }
}
