package io.myelin.sim.cluster;

import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Virtual time, chance, and who can talk to whom. All of it from one seed, all in one thread. */
public final class World {
  public static final long MS = 1_000_000;

  /** When it begins, milliseconds since 1970. */
  static final long EPOCH_MS = 1_750_000_000_000L;

  private record Event(long timeNs, long order, Runnable task) implements Comparable<Event> {
    @Override
    public int compareTo(Event o) {
      int c = Long.compare(timeNs, o.timeNs);
      return c != 0 ? c : Long.compare(order, o.order);
    }
  }

  final Random random;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Set<String> cuts = new TreeSet<>();
  private long nowNs;
  private long order;
  private long trace = 1;
  private boolean calm;
  private @Nullable Throwable failure;

  public World(long seed) {
    random = new Random(seed);
  }

  public long nowNs() {
    return nowNs;
  }

  /** What a clock that is right says. */
  public long nowMs() {
    return EPOCH_MS + nowNs / MS;
  }

  public void after(long delayNs, Runnable task) {
    events.add(new Event(nowNs + Math.max(0, delayNs), order++, task));
  }

  /** Lets everything happen that is to happen until then. */
  public void runUntil(long timeNs) {
    while (true) {
      Event next = events.peek();
      if (next == null || next.timeNs > timeNs) {
        break;
      }
      events.remove();
      nowNs = next.timeNs;
      next.task.run();
      throwFailure();
    }
    nowNs = timeNs;
  }

  /**
   * An invariant that does not hold, to be thrown. The run ends with it, also where futures and
   * executors catch what is thrown: they do so in most places of the controller.
   */
  Violation violated(String invariant, String what) {
    Violation v = new Violation(invariant, what);
    failed(v);
    return v;
  }

  private void throwFailure() {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw new AssertionError("a task failed", failure);
    }
  }

  /** A task failed, and whoever runs it catches that: the run ends all the same. */
  public void failed(Throwable t) {
    if (failure == null) {
      failure = t;
    }
  }

  /** Adds to what two runs of one seed must have in common. */
  void note(String what) {
    trace = 31 * trace + what.hashCode();
    trace = 31 * trace + nowNs;
  }

  long trace() {
    return trace;
  }

  // ---- network ---------------------------------------------------------------------------------

  /** From here on nothing is lost and nothing late. */
  void calm() {
    calm = true;
    cuts.clear();
  }

  boolean isCalm() {
    return calm;
  }

  void cut(String a, String b) {
    cuts.add(key(a, b));
  }

  void mend(String a, String b) {
    cuts.remove(key(a, b));
  }

  boolean connected(String a, String b) {
    return !cuts.contains(key(a, b));
  }

  private static String key(String a, String b) {
    return a.compareTo(b) < 0 ? a + "|" + b : b + "|" + a;
  }

  /** A message's time on its way: mostly short, sometimes not. */
  long delayNs() {
    if (calm) {
      return MS / 5;
    }
    long usual = MS / 10 + random.nextInt((int) MS);
    return random.nextInt(50) == 0 ? usual + random.nextInt(100) * MS : usual;
  }

  /** A message; the receiver never hears of it when it is lost. */
  void send(String from, String to, Runnable delivery) {
    if (!connected(from, to) || lost()) {
      return;
    }
    after(
        delayNs(),
        () -> {
          if (connected(from, to)) {
            delivery.run();
          }
        });
  }

  private boolean lost() {
    return !calm && random.nextInt(500) == 0;
  }
}
