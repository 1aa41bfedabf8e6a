package io.myelin.softswitch.stf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement of a test. The language is that of p4c's tools/stf and backends/bmv2/bmv2stf.py;
 * numbers are kept as written, because what {@code 0x0a**} means depends on the field.
 */
sealed interface StfStatement {

  /** Line of the file, from 1. */
  int line();

  /** {@code packet PORT HEX}: a frame arrives. */
  record Packet(int line, int port, byte[] frame) implements StfStatement {}

  /**
   * {@code expect PORT [HEX]}: a frame leaves.
   *
   * @param pattern upper-case digits, {@code *} for any digit; null for any frame
   * @param exact the frame ends where the pattern does ({@code $}); else it may be longer
   */
  record Expect(int line, int port, @Nullable String pattern, boolean exact)
      implements StfStatement {}

  /** {@code no_packet}: nothing but what is expected leaves by any port. */
  record NoPacket(int line) implements StfStatement {}

  /** {@code wait}: time passes. */
  record Wait(int line) implements StfStatement {}

  /** {@code FIELD:VALUE} of an entry, {@code VALUE} possibly with {@code /LENGTH}. */
  record Match(String field, String value) {}

  /** {@code ACTION(NAME:VALUE, …)}. */
  record Call(String action, List<Argument> arguments) {}

  /** An argument by the parameter's name. */
  record Argument(String name, String value) {}

  /** {@code add TABLE [PRIORITY] MATCH… ACTION [= ID]}. */
  record Add(
      int line,
      String table,
      @Nullable Integer priority,
      List<Match> matches,
      Call action,
      @Nullable String id)
      implements StfStatement {}

  /** {@code setdefault TABLE ACTION}. */
  record SetDefault(int line, String table, Call action) implements StfStatement {}

  /** {@code remove all}, or {@code remove ID} of an entry added with {@code = ID}. */
  record Remove(int line, @Nullable String id) implements StfStatement {}

  /**
   * {@code check_counter NAME(INDEX or ID) [bytes|packets CONDITION NUMBER]}.
   *
   * @param condition {@code ==}, {@code !=}, {@code <}, {@code <=}, {@code >} or {@code >=}; null
   *     only reads
   */
  record CheckCounter(
      int line, String name, String indexOrId, boolean bytes, @Nullable String condition, long than)
      implements StfStatement {}

  /**
   * A command of simple_switch_CLI, passed through.
   *
   * @param words what follows the command, as written
   */
  record Command(int line, String command, List<String> words) implements StfStatement {}
}
