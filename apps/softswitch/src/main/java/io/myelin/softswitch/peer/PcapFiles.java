package io.myelin.softswitch.peer;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The capture format of libpcap, which BMv2 reads and writes with {@code --use-files}. */
final class PcapFiles {
  private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  private static final int SNAP_LENGTH = 65_535;
  private static final int LINK_TYPE_ETHERNET = 1;

  private PcapFiles() {}

  /** What a file begins with. */
  static byte[] header() {
    return ByteBuffer.allocate(24)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(MAGIC_MICROSECONDS)
        .putShort((short) 2)
        .putShort((short) 4)
        .putLong(0)
        .putInt(SNAP_LENGTH)
        .putInt(LINK_TYPE_ETHERNET)
        .array();
  }

  /** Frames, all at time 0. */
  static byte[] records(byte[][] frames) {
    int size = 0;
    for (byte[] f : frames) {
      size += 16 + f.length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    for (byte[] f : frames) {
      out.putLong(0).putInt(f.length).putInt(f.length).put(f);
    }
    return out.array();
  }

  /** When each frame of a file was written, in microseconds; an unfinished last one is left out. */
  static List<Long> times(Path file) throws IOException {
    List<Long> out = new ArrayList<>();
    try (DataInputStream in =
        new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(file)))) {
      in.skipNBytes(24);
      byte[] head = new byte[16];
      while (true) {
        in.readFully(head);
        ByteBuffer b = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        long time = b.getInt() * 1_000_000L + b.getInt();
        in.skipNBytes(b.getInt());
        out.add(time);
      }
    } catch (EOFException e) {
      return out;
    }
  }
}
