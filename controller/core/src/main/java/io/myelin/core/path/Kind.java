package io.myelin.core.path;

import java.util.Collection;

/** The kinds of constraints that can keep a path from being. Order: that of explanations. */
public enum Kind {
  LINK_DOWN(1 << 0),
  SWITCH_UNAVAILABLE(1 << 1),
  AVAILABILITY(1 << 2),
  BANDWIDTH(1 << 3),
  REGION(1 << 4),
  ENCRYPTION(1 << 5),
  MEDIUM(1 << 6),
  AVOID(1 << 7),
  DISJOINT(1 << 8),
  LATENCY(1 << 9),
  JITTER(1 << 10),
  LOSS(1 << 11),
  COST(1 << 12),
  HOPS(1 << 13),
  VIA(1 << 14),
  DRAINED(1 << 15);

  private final int bit;

  Kind(int bit) {
    this.bit = bit;
  }

  /** For sets of kinds in an int. */
  int bit() {
    return bit;
  }

  static int bits(Collection<Kind> kinds) {
    int bits = 0;
    for (Kind k : kinds) {
      bits |= k.bit();
    }
    return bits;
  }
}
