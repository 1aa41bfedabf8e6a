package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** parser.p4: the report before the packet is error (4 bytes), peeked, path. */
class ParserTest {
  private static final String OK = "00000001";
  private static final String TOO_SHORT = "00000002";
  private static final String OUT_OF_BOUNDS = "00000003";
  private static final String TOO_LONG_VARBIT = "00000004";
  private static final String TOO_ODD = "00000005";

  private final TestSwitch s = TestSwitch.running("parser");

  private void check(String in, String error, String peeked, String path, String rest) {
    assertEquals(error + peeked + path + rest, s.exchange(in));
  }

  @Test
  void headerStackIsExtractedElementByElement() {
    check("01 10 20 31 aabb", OK, "00", "00", "01102031aabb");
  }

  @Test
  void fourthElementOfAStackOfThreeIsOutOfBounds() {
    // Three tags were extracted; the fourth stays in the payload and all are sent again.
    check("01 10 20 30 41 aabb", OUT_OF_BOUNDS, "00", "00", "0110203041aabb");
  }

  @Test
  void pushMovesElementsBackAndTheLastOneFallsOut() {
    check("01 f0 20 31 aa", OK, "00", "00", "01e0f020aa");
  }

  @Test
  void popMovesElementsToTheFront() {
    check("01 d0 20 31 aa", OK, "00", "00", "0131aa");
  }

  @Test
  void varbitTakesTheLengthThatTheExpressionSays() {
    check("02 03 010203 ff", OK, "00", "00", "0203010203ff");
    check("02 00 ff", OK, "00", "00", "0200ff");
    check("02 08 0102030405060708 ff", OK, "00", "00", "02080102030405060708ff");
  }

  @Test
  void varbitLongerThanDeclaredIsHeaderTooShort() {
    check("02 09 010203040506070809", TOO_LONG_VARBIT, "00", "00", "0209010203040506070809");
  }

  @Test
  void varbitBeyondThePacketIsTooShort() {
    check("02 03 0102", TOO_SHORT, "00", "00", "02030102");
  }

  @Test
  void lookaheadReadsWithoutConsuming() {
    check("03 abcd", OK, "ab", "00", "03abcd");
    check("03 ab", TOO_SHORT, "00", "00", "03ab");
  }

  @Test
  void verifyEndsTheParserAndThePipelineGoesOn() {
    check("04 0002", OK, "00", "04", "040002");
    check("04 0003", TOO_ODD, "00", "00", "040003");
  }

  @Test
  void advanceSkipsAndWhatItSkippedIsGone() {
    check("05 ffff 1234 56", OK, "00", "00", "05123456");
    check("05 ff", TOO_SHORT, "00", "00", "05ff");
  }

  @Test
  void onlyOneMemberOfAUnionIsValid() {
    check("06 1234 99", OK, "00", "00", "06123499");
    // Making the narrow member valid makes the wide one invalid.
    check("07 deadbeef 99", OK, "00", "00", "07beef99");
  }

  @Test
  void stackOfUnionsIsExtractedElementByElement() {
    check("08 1234 56789abc ff", OK, "00", "00", "08123456789abcff");
  }

  @Test
  void selectMatchesMasksAndRangesInOrder() {
    check("a7", OK, "00", "0a", "a7");
    check("20", OK, "00", "0b", "20");
    check("2f", OK, "00", "0b", "2f");
  }

  @Test
  void selectWithoutAMatchAcceptsAsInBmv2() {
    check("30 11", OK, "00", "00", "3011");
  }

  @Test
  void valueSetIsFilledByTheControlPlane() {
    check("77", OK, "00", "00", "77");
    s.sw.setValueSet(
        "P.blessed",
        List.of(
            List.of(new MatchField.Exact(new byte[] {0x77})),
            List.of(new MatchField.Ternary(new byte[] {0x60}, new byte[] {(byte) 0xf0}))));
    check("77", OK, "00", "09", "77");
    check("6e", OK, "00", "09", "6e");
    s.sw.setValueSet("P.blessed", List.of());
    check("77", OK, "00", "00", "77");
  }

  @Test
  void valueSetMessagesNameTheOffence() {
    String unknown =
        assertThrows(IllegalArgumentException.class, () -> s.sw.setValueSet("cursed", List.of()))
            .toString();
    assertTrue(unknown.contains("cursed") && unknown.contains("P.blessed"), unknown);
    assertThrows(
        IllegalArgumentException.class, () -> s.sw.setValueSet("P.blessed", List.of(List.of())));
  }

  @Test
  void emptyPacketIsTooShortAndStillProcessed() {
    check("", TOO_SHORT, "00", "00", "");
  }
}
