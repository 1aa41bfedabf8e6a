package io.myelin.softswitch.p4rt;

import java.util.Arrays;

/** Match and priority of an entry, laid out by {@link TableSpec}: equal bytes, same entry. */
final class EntryKey implements Comparable<EntryKey> {
  final byte[] bytes;
  private final int hash;

  EntryKey(byte[] bytes) {
    this.bytes = bytes;
    // Murmur-like finish: neighbouring addresses differ in few low bits.
    int h = Arrays.hashCode(bytes);
    h ^= h >>> 16;
    h *= 0x7feb352d;
    this.hash = h ^ h >>> 15;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof EntryKey k && k.hash == hash && Arrays.equals(k.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Keeps hash bins shallow should many hashes collide. */
  @Override
  public int compareTo(EntryKey o) {
    return Arrays.compareUnsigned(bytes, o.bytes);
  }
}
