package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the CRC catalogue's check values and hand computation. */
class HashAlgorithmTest {
  private final Workspace w = new Workspace(1, 1);

  private long hash(String name, byte[] b) {
    return HashAlgorithm.named(name).of(Arrays.copyOf(b, b.length + Bits.SLACK), b.length, w);
  }

  private long digits(String name) {
    return hash(name, "123456789".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void checkValues() {
    assertEquals(0xcbf43926L, digits("crc32"));
    assertEquals(0xbb3d, digits("crc16"), "CRC-16/ARC");
    assertEquals(0x29b1, digits("crcCCITT"), "CRC-16/CCITT-FALSE, which BMv2 means");
    assertEquals(0xcbf43926L, digits("crc32_custom"), "default of the custom CRC");
    assertEquals(0x3132333435363738L, digits("identity"), "the first eight bytes");
    assertEquals(0x0102, hash("identity", new byte[] {1, 2}));
    assertEquals(0, hash("crc32", new byte[0]));
  }

  @Test
  void internetChecksumOfAnyLength() {
    Random random = new Random(1);
    for (int length = 0; length < 70; length++) {
      byte[] b = new byte[length];
      random.nextBytes(b);
      long sum = 0;
      for (int i = 0; i < length; i++) {
        sum += (b[i] & 0xffL) << (i % 2 == 0 ? 8 : 0);
      }
      while (sum >>> 16 != 0) {
        sum = (sum & 0xffff) + (sum >>> 16);
      }
      assertEquals(~sum & 0xffff, hash("csum16", b), "length " + length);
    }
    assertEquals(0, hash("csum16", new byte[] {-1, -1, -1, -1}), "all ones");
  }

  @Test
  void unknownAlgorithmIsNamed() {
    String message =
        assertThrows(InvalidProgramException.class, () -> HashAlgorithm.named("md5")).toString();
    assertTrue(message.contains("md5") && message.contains("crc32"), message);
  }
}
