package io.myelin.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;

/** Bit strings in network order inside byte arrays, and in words of 64 bits, lowest word first. */
final class Bits {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Bytes that must exist behind the last bit read or written: accesses are eight bytes wide. */
  static final int SLACK = 16;

  private Bits() {}

  /** Ones in the lowest {@code width} bits; 0 to 64. */
  static long mask(int width) {
    return width >= 64 ? -1L : (1L << width) - 1;
  }

  static int words(int bits) {
    return (bits + 63) >>> 6;
  }

  static int bytes(int bits) {
    return (bits + 7) >>> 3;
  }

  /** Reads {@code width} bits (1 to 64) from bit {@code bit}, 0 being the first bit's high end. */
  static long get(byte[] b, int bit, int width) {
    int off = bit >>> 3;
    int skip = bit & 7;
    long v = (long) LONG.get(b, off);
    int end = skip + width;
    if (end <= 64) {
      return (v << skip) >>> (64 - width);
    }
    int rest = end - 64;
    return ((v & (-1L >>> skip)) << rest) | ((b[off + 8] & 0xffL) >>> (8 - rest));
  }

  /**
   * Writes the lowest {@code width} bits (1 to 64) of {@code v}, whose other bits must be 0. Bits
   * behind the written ones, up to eight bytes away, become 0: write in ascending order.
   */
  static void put(byte[] b, int bit, long v, int width) {
    int off = bit >>> 3;
    int skip = bit & 7;
    int end = skip + width;
    long kept = (long) LONG.get(b, off) & ~(-1L >>> skip);
    if (end <= 64) {
      LONG.set(b, off, kept | (v << (64 - end)));
    } else {
      int rest = end - 64;
      LONG.set(b, off, kept | (v >>> rest));
      b[off + 8] = (byte) (v << (8 - rest));
    }
  }

  /** Writes a value of any width held in words, lowest first; as {@link #put}. */
  static void putWords(byte[] b, int bit, long[] words, int at, int width) {
    int first = width & 63;
    int n = width >>> 6;
    if (first != 0) {
      put(b, bit, words[at + n], first);
      bit += first;
    }
    for (int i = n - 1; i >= 0; i--, bit += 64) {
      put(b, bit, words[at + i], 64);
    }
  }

  /**
   * Big-endian bytes as words, lowest first.
   *
   * @throws IllegalArgumentException if the value does not fit into {@code width} bits
   */
  static void fromBytes(byte[] value, long[] out, int at, int width, String what) {
    int n = words(width);
    for (int i = 0; i < n; i++) {
      out[at + i] = 0;
    }
    for (int i = 0; i < value.length; i++) {
      long octet = value[value.length - 1 - i] & 0xffL;
      if (octet == 0) {
        continue;
      }
      if (i * 8 >= width || (width - i * 8 < 8 && octet >>> (width - i * 8) != 0)) {
        throw new IllegalArgumentException(
            what + " has " + width + " bits; 0x" + hex(value) + " does not fit");
      }
      out[at + (i >>> 3)] |= octet << ((i & 7) * 8);
    }
  }

  /** Words, lowest first, as big-endian bytes. */
  static byte[] toBytes(long[] words, int at, int width) {
    byte[] out = new byte[bytes(width)];
    for (int i = 0; i < out.length; i++) {
      out[out.length - 1 - i] = (byte) (words[at + (i >>> 3)] >>> ((i & 7) * 8));
    }
    return out;
  }

  static String hex(byte[] value) {
    return new BigInteger(1, value).toString(16);
  }

  /** The lowest {@code n} words of a number in two's complement. */
  static long[] words(BigInteger value, int n) {
    long[] out = new long[n];
    for (int i = 0; i < n; i++) {
      out[i] = value.shiftRight(64 * i).longValue();
    }
    return out;
  }
}
