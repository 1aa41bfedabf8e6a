package io.myelin.softswitch.engine;

import java.util.SplittableRandom;
import java.util.zip.CRC32;

/** Buffers that all packets of a switch share: only one of them is processed at a time. */
final class Workspace {
  /** Stack of words for the intermediate results of expressions wider than 64 bits. */
  final long[] scratch;

  /** Key of the table being looked up, or of the parser's select. */
  final long[] key;

  final CRC32 crc32 = new CRC32();

  /** Seeded, so that a run can be repeated. */
  SplittableRandom random = new SplittableRandom(0);

  private byte[] bytes = new byte[512];

  Workspace(int scratchWords, int keyWords) {
    scratch = new long[scratchWords];
    key = new long[keyWords];
  }

  /** A buffer for headers or hash inputs of so many bytes, with {@link Bits#SLACK} behind. */
  byte[] bytes(int count) {
    if (bytes.length < count + Bits.SLACK) {
      bytes = new byte[2 * count + Bits.SLACK];
    }
    return bytes;
  }
}
