package io.myelin.softswitch.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A parser: states with operations, and a select on a key of words. */
final class Parser {
  /** A state machine may loop without consuming anything; this many steps end it. */
  private static final int MAX_STEPS = 4096;

  /** A step of a state; returns a parser error or {@link ParserErrors#NONE}. */
  interface Op {
    int run(PacketContext c);
  }

  /** Puts a part of the key into words from {@code at} on; returns an error or NONE. */
  interface KeyPart {
    int load(PacketContext c, long[] key, int at);
  }

  /** A transition that is taken when the key equals {@code value} under {@code mask}. */
  record Case(long[] value, long[] mask, int valueSet, @Nullable State next) {
    static final int NO_VALUE_SET = -1;
  }

  static final class State {
    final String name;
    Op[] ops = {};
    KeyPart[] key = {};
    int[] keyAt = {};
    int keyWords;
    Case[] cases = {};
    @Nullable State otherwise;

    State(String name) {
      this.name = name;
    }

    @Nullable State next(PacketContext c) {
      long[] k = c.workspace.key;
      for (Case t : cases) {
        if (t.valueSet() == Case.NO_VALUE_SET
            ? matches(k, t)
            : c.state.valueSets[t.valueSet()].contains(k, t.mask())) {
          return t.next();
        }
      }
      return otherwise;
    }

    private static boolean matches(long[] key, Case t) {
      long[] value = t.value();
      long[] mask = t.mask();
      for (int i = 0; i < value.length; i++) {
        if ((key[i] & mask[i]) != value[i]) {
          return false;
        }
      }
      return true;
    }
  }

  private final @Nullable State start;
  private final Checksum[] checksums;
  private final int timeout;

  Parser(@Nullable State start, List<Checksum> checksums, ParserErrors errors) {
    this.start = start;
    this.checksums = checksums.toArray(Checksum[]::new);
    this.timeout = errors.timeout();
  }

  /**
   * Parses from {@link PacketContext#payload} on. An error ends the parser, not the packet: the
   * pipeline goes on with the headers extracted so far.
   */
  void parse(PacketContext c) {
    int error = ParserErrors.NONE;
    State s = start;
    for (int steps = 0; s != null && error == ParserErrors.NONE; steps++) {
      if (steps == MAX_STEPS) {
        error = timeout;
        break;
      }
      for (Op op : s.ops) {
        error = op.run(c);
        if (error != ParserErrors.NONE) {
          break;
        }
      }
      for (int i = 0; i < s.key.length && error == ParserErrors.NONE; i++) {
        error = s.key[i].load(c, c.workspace.key, s.keyAt[i]);
      }
      if (error == ParserErrors.NONE) {
        s = s.next(c);
      }
    }
    c.parserError = error == ParserErrors.NONE ? 0 : error;
    for (Checksum checksum : checksums) {
      if (!checksum.passes(c)) {
        c.checksumError = true;
      }
    }
  }
}
