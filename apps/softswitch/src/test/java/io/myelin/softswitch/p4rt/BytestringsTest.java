package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BytestringsTest {

  private static ByteString bytes(String hex) {
    return ByteString.fromHex(hex);
  }

  /** Table 4 of the specification, unsigned part. */
  @ParameterizedTest
  @CsvSource({
    "8,63,63",
    "16,0063,63",
    "16,63,63",
    "16,3064,3064",
    "16,003064,3064",
    "12,0063,63",
    "12,000063,63",
    "12,63,63",
    "8,00,00",
    "8,0000,00"
  })
  void examplesOfTheSpecification(int width, String given, String canonical) {
    assertEquals(bytes(canonical), Bytestrings.canonical(bytes(given), width, "it"));
  }

  @ParameterizedTest
  @CsvSource({"8,0163", "8,6300", "12,1000", "9,0200", "1,02"})
  void valuesThatDoNotFitAreOutOfRange(int width, String given) {
    Refusal r =
        assertThrows(Refusal.class, () -> Bytestrings.canonical(bytes(given), width, "the port"));
    assertEquals(Status.Code.OUT_OF_RANGE, r.code());
    assertTrue(r.reason().startsWith("the port is 0x" + given), r.reason());
  }

  @Test
  void emptyStringsAreRefused() {
    Refusal r = assertThrows(Refusal.class, () -> Bytestrings.canonical(ByteString.EMPTY, 8, "it"));
    assertEquals(Status.Code.OUT_OF_RANGE, r.code());
  }

  @Property
  void canonicalFormIsThatOfBigInteger(
      @ForAll @Size(min = 1, max = 20) byte[] value,
      @ForAll @IntRange(min = 1, max = 140) int width) {
    BigInteger v = new BigInteger(1, value);
    ByteString given = ByteString.copyFrom(value);
    if (v.bitLength() > width) {
      assertThrows(Refusal.class, () -> Bytestrings.canonical(given, width, "it"));
      return;
    }
    ByteString c = Bytestrings.canonical(given, width, "it");
    assertEquals(v, new BigInteger(1, c.toByteArray()));
    assertEquals(Math.max(1, (v.bitLength() + 7) / 8), c.size());
    assertTrue(Bytestrings.isCanonical(c));
    assertEquals(c, Bytestrings.canonical(c, width, "it"));
    byte[] padded = new byte[30];
    Bytestrings.put(c, padded, 5, 24);
    assertEquals(v, new BigInteger(1, padded, 5, 24));
  }
}
