package io.myelin.core.collect;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The newest changes of a set of things, for streams that go on behind a resume token. Not
 * thread-safe.
 *
 * <p>A token names a position. Of what all members of a cluster apply alike, the position is that
 * of the log, and each of them knows the others' tokens. Of what each process counts for itself,
 * the token names the process, and no other takes it.
 *
 * @param <K> name of a thing
 */
public final class ChangeHistory<K> {
  /** Changes that a token may lie behind. */
  static final int MAX_CHANGES = 10_000;

  private static final char SEPARATOR = '-';
  private static final String LOG = "log";

  private record Change<K>(long position, K key) {}

  private final String process;
  private final LongSupplier newest;
  private final Deque<Change<K>> changes = new ArrayDeque<>();
  private long position;
  private long forgotten; // changes up to here may be missing

  private ChangeHistory(String process, LongSupplier newest, long from) {
    this.process = process;
    this.newest = newest;
    position = from;
    forgotten = from;
  }

  /**
   * Of things that change with the log.
   *
   * @param applied index of the newest command that is applied here
   */
  public static <K> ChangeHistory<K> ofLog(LongSupplier applied) {
    return new ChangeHistory<>(LOG, applied, applied.getAsLong());
  }

  /**
   * Of things that this process counts for itself.
   *
   * @param process unlike that of any other process: letters and digits
   */
  public static <K> ChangeHistory<K> ofProcess(String process) {
    return new ChangeHistory<>(process, () -> 0, 0);
  }

  /** Of a process: the position behind the last one. */
  public long next() {
    return position + 1;
  }

  /** Things changed at a position, which is not below those before. */
  public void add(long at, List<K> keys) {
    position = Math.max(position, at);
    for (K key : keys) {
      changes.add(new Change<>(at, key));
      if (changes.size() > MAX_CHANGES) {
        forgotten = Math.max(forgotten, changes.remove().position());
      }
    }
  }

  /** The position of the newest change. */
  public long position() {
    return position;
  }

  /** What to resume with behind a position. */
  public String token(long at) {
    return process + SEPARATOR + at;
  }

  /** Whether a text has the form of a token, of whatever process. */
  public static boolean isToken(String text) {
    return text.matches("[a-z0-9]{1,32}-[0-9]{1,18}");
  }

  /**
   * What changed behind a token, each change by itself.
   *
   * @return empty: it is not known what changed since; the stream must begin anew
   */
  public Optional<List<K>> since(String token) {
    if (!isToken(token)) {
      return Optional.empty();
    }
    int separator = token.indexOf(SEPARATOR);
    long at = Long.parseLong(token.substring(separator + 1));
    boolean ahead = at > Math.max(position, newest.getAsLong());
    if (!token.substring(0, separator).equals(process) || at < forgotten || ahead) {
      return Optional.empty();
    }
    List<K> keys = new ArrayList<>();
    for (Change<K> c : changes) {
      if (c.position() > at) {
        keys.add(c.key());
      }
    }
    return Optional.of(keys);
  }
}
