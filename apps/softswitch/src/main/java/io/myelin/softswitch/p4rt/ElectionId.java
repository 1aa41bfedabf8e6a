package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.Uint128;

/** A 128-bit unsigned election id (P4Runtime 1.4 §5). */
record ElectionId(long high, long low) implements Comparable<ElectionId> {

  static ElectionId of(Uint128 id) {
    return new ElectionId(id.getHigh(), id.getLow());
  }

  Uint128 toProto() {
    return Uint128.newBuilder().setHigh(high).setLow(low).build();
  }

  @Override
  public int compareTo(ElectionId o) {
    int byHigh = Long.compareUnsigned(high, o.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, o.low);
  }

  @Override
  public String toString() {
    return high == 0
        ? Long.toUnsignedString(low)
        : Long.toUnsignedString(high) + ":" + Long.toUnsignedString(low);
  }
}
