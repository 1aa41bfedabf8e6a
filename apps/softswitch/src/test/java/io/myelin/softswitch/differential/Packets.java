package io.myelin.softswitch.differential;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;

/** A source of random frames, the same for the same seed. */
interface Packets {
  /** A frame and the port where it arrives. */
  record Packet(int port, byte[] frame) {}

  Packet next();

  /** Bytes put one behind the other. */
  final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes put(long value, int bytes) {
      for (int i = bytes - 1; i >= 0; i--) {
        out.write((int) (value >>> (8 * i)));
      }
      return this;
    }

    Bytes put(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Bytes put(BigInteger value, int bytes) {
      byte[] b = value.toByteArray();
      byte[] padded = new byte[bytes];
      int n = Math.min(b.length, bytes);
      System.arraycopy(b, b.length - n, padded, bytes - n, n);
      return put(padded);
    }

    Bytes random(Random random, int bytes) {
      byte[] b = new byte[bytes];
      random.nextBytes(b);
      return put(b);
    }

    byte[] array() {
      return out.toByteArray();
    }
  }

  /** A random prefix of a frame, at least one byte: BMv2's ports ignore empty frames. */
  static byte[] truncated(byte[] frame, Random random) {
    return Arrays.copyOf(frame, 1 + random.nextInt(frame.length));
  }
}
