package io.myelin.softswitch.differential;

import io.myelin.p4.config.v1.Table;
import java.math.BigInteger;
import java.util.Random;

/**
 * What a generator of entries cannot know from the P4Info: values that packets carry, and how much
 * of what. Everything has a default, so that new tables are filled too.
 */
class Hints {
  final Random random;

  Hints(Random random) {
    this.random = random;
  }

  /** How many entries a table gets, at most. */
  int entries(Table table) {
    return 40;
  }

  /** How often an action is chosen, relative to the table's other actions. */
  int weight(Table table, String action) {
    return 1;
  }

  /** Whether an entry leaves out a key field that may be left out. */
  boolean omit(Table table, String field) {
    return rarely(4);
  }

  /** A value for a key field or an action parameter, below 2^width. */
  BigInteger value(String owner, String field, int width) {
    return switch (random.nextInt(4)) {
      case 0 -> BigInteger.valueOf(random.nextInt(4)).mod(BigInteger.ONE.shiftLeft(width));
      case 1 -> BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
      default -> new BigInteger(width, random);
    };
  }

  /** Updates that make packets get far, before the random ones. */
  void skeleton(Entries entries) {}

  final <T> T pick(java.util.List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** True once in n times. */
  final boolean rarely(int n) {
    return random.nextInt(n) == 0;
  }
}
