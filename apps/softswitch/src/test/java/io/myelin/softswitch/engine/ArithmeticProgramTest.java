package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** arith.p4 as the compiler translates it, against the P4-16 specification's arithmetic (§8.5). */
class ArithmeticProgramTest {
  private static final BigInteger ONE = BigInteger.ONE;

  private final TestSwitch s = TestSwitch.running("arith");
  private BigInteger packed = BigInteger.ZERO;
  private int packedBits;

  private void pack(BigInteger v, int width) {
    packed = packed.shiftLeft(width).or(v.mod(ONE.shiftLeft(width)));
    packedBits += width;
  }

  private static BigInteger signed(BigInteger v, int width) {
    BigInteger m = v.mod(ONE.shiftLeft(width));
    return m.testBit(width - 1) ? m.subtract(ONE.shiftLeft(width)) : m;
  }

  private static BigInteger clampUnsigned(BigInteger v, int width) {
    return v.max(BigInteger.ZERO).min(ONE.shiftLeft(width).subtract(ONE));
  }

  private static BigInteger clampSigned(BigInteger v, int width) {
    BigInteger half = ONE.shiftLeft(width - 1);
    return v.max(half.negate()).min(half.subtract(ONE));
  }

  private static BigInteger bit(boolean b) {
    return b ? ONE : BigInteger.ZERO;
  }

  @Property(tries = 2000)
  void compiledProgramComputesWhatTheSpecificationSays(@ForAll long seed) {
    Random random = new Random(seed);
    BigInteger a7 = new BigInteger(7, random);
    BigInteger b7 = new BigInteger(7, random);
    BigInteger a13 = signed(new BigInteger(13, random), 13);
    BigInteger b13 = signed(new BigInteger(13, random), 13);
    BigInteger a65 = new BigInteger(65, random);
    BigInteger b65 = new BigInteger(65, random);
    BigInteger a70 = signed(new BigInteger(70, random), 70);
    BigInteger b70 = signed(new BigInteger(70, random), 70);
    BigInteger a128 = new BigInteger(128, random);
    BigInteger b128 = new BigInteger(128, random);
    BigInteger a64 = new BigInteger(64, random);
    BigInteger b64 = new BigInteger(64, random);
    int shift = random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(75);

    packed = BigInteger.ZERO;
    packedBits = 0;
    for (BigInteger v : List.of(a7, b7)) {
      pack(v, 7);
    }
    for (BigInteger v : List.of(a13, b13)) {
      pack(v, 13);
    }
    for (BigInteger v : List.of(a65, b65)) {
      pack(v, 65);
    }
    for (BigInteger v : List.of(a70, b70)) {
      pack(v, 70);
    }
    for (BigInteger v : List.of(a128, b128)) {
      pack(v, 128);
    }
    for (BigInteger v : List.of(a64, b64)) {
      pack(v, 64);
    }
    pack(BigInteger.valueOf(shift), 8);
    pack(BigInteger.ZERO, 2);
    String in = String.format("%0" + packedBits / 4 + "x", packed);

    packed = BigInteger.ZERO;
    packedBits = 0;
    pack(a7.add(b7), 7);
    pack(a7.subtract(b7), 7);
    pack(a7.multiply(b7), 7);
    pack(clampUnsigned(a7.add(b7), 7), 7);
    pack(clampUnsigned(a7.subtract(b7), 7), 7);
    pack(a13.add(b13), 13);
    pack(a13.negate(), 13);
    pack(clampSigned(a13.add(b13), 13), 13);
    pack(clampSigned(a13.subtract(b13), 13), 13);
    pack(a13.shiftRight(shift), 13);
    pack(a65.add(b65), 65);
    pack(a65.subtract(b65), 65);
    pack(a65.multiply(b65), 65);
    pack(a65.shiftLeft(shift), 65);
    pack(a65.shiftRight(shift), 65);
    pack(clampUnsigned(a65.subtract(b65), 65), 65);
    pack(a70.multiply(b70), 70);
    pack(clampSigned(a70.add(b70), 70), 70);
    pack(a70.shiftRight(shift), 70);
    pack(a128.add(b128), 128);
    pack(a128.xor(b128), 128);
    pack(a128.multiply(b128), 128);
    pack(a128.not(), 128);
    pack(a64.max(b64), 64);
    pack(a64.shiftRight(shift), 64);
    pack(a7.shiftLeft(13).or(b13.mod(ONE.shiftLeft(13))), 20);
    pack(a65.shiftRight(56), 9);
    pack(bit(a7.compareTo(b7) < 0), 1);
    pack(bit(a13.compareTo(b13) < 0), 1);
    pack(bit(a70.compareTo(b70) < 0), 1);
    pack(bit(a128.compareTo(b128) >= 0), 1);
    pack(bit(a64.compareTo(b64) > 0), 1);
    pack(a13, 70);
    pack(a65, 13);
    pack(BigInteger.ZERO, 7);

    assertEquals(String.format("%0" + packedBits / 4 + "x", packed), s.exchange(in));
  }
}
