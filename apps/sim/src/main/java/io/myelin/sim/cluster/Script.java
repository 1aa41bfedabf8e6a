package io.myelin.sim.cluster;

import io.myelin.core.model.LinkId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;

/**
 * What happens from outside in one run, in order of time. Events do not depend on each other, so
 * that some can be left out.
 */
record Script(long seed, List<Event> events, Duration discovery) {
  Script {
    events = List.copyOf(events);
  }

  /** Leaders last a few seconds here: a dead link is noticed within one, now and then wrongly. */
  private static final Duration BRISK = Duration.ofMillis(250);

  /** Three rounds are not missed by a late frame or two. */
  private static final Duration CALM = Duration.ofSeconds(1);

  /** What may happen, and how often beside the others. */
  enum Kind {
    CREATE(44),
    RELEASE(20),
    RESIZE(8),
    KILL(3),
    PAUSE(4),
    PARTITION(4),
    REPLACE(1),
    CLOCK(2),
    SWITCH_RESTART(2),
    SWITCH_CUT(4),
    SWITCH_BUSY(3),
    SWITCH_REFUSES(3),
    SWITCH_VAGUE(2),
    SWITCH_NONSENSE(1),
    SWITCH_LATE(1),
    CABLE(5),
    /** Only in runs that are about it: what other seeds come to stays as it is. */
    INVENTORY(0);

    final int weight;

    Kind(int weight) {
      this.weight = weight;
    }
  }

  /**
   * One event.
   *
   * @param seed of all that it chooses
   */
  record Event(Kind kind, long atMs, long seed) {

    int pick(int n) {
      return new Random(seed).nextInt(n);
    }

    /** For how long, milliseconds: mostly short. */
    long lastsMs() {
      Random r = new Random(seed * 31 + 7);
      if (kind == Kind.CABLE && r.nextInt(6) == 0) {
        return 2_000L + r.nextInt(6_000); // long enough that probes tell
      }
      return r.nextInt(4) == 0 ? 1_000 + r.nextInt(4_000) : 50 + r.nextInt(900);
    }

    @Override
    public String toString() {
      String what =
          switch (kind) {
            case CREATE -> "a client asks for a lease";
            case RELEASE -> "a client releases a lease";
            case RESIZE -> "a client changes a lease's bandwidth";
            case KILL -> "n" + (1 + pick(3)) + " is killed, back after " + lastsMs() + " ms";
            case PAUSE -> "n" + (1 + pick(3)) + " is paused for " + lastsMs() + " ms";
            case PARTITION ->
                "n" + (1 + pick(3)) + " is cut off from the others for " + lastsMs() + " ms";
            case REPLACE -> "n" + (1 + pick(3)) + " is replaced, with an empty disk";
            case CLOCK -> "n" + (1 + pick(3)) + "'s clock is set by an hour";
            case SWITCH_RESTART -> switchName() + " restarts, for " + lastsMs() + " ms";
            case SWITCH_CUT ->
                switchName()
                    + " and n"
                    + (1 + pick(3))
                    + " lose each other for "
                    + lastsMs()
                    + " ms";
            case SWITCH_BUSY -> switchName() + " takes some writes later for " + lastsMs() + " ms";
            case SWITCH_REFUSES -> switchName() + " refuses some entries for " + lastsMs() + " ms";
            case SWITCH_VAGUE ->
                switchName() + " does not say which updates failed for " + lastsMs() + " ms";
            case SWITCH_NONSENSE ->
                switchName() + " answers about other updates for " + lastsMs() + " ms";
            case SWITCH_LATE -> switchName() + " answers too late for " + lastsMs() + " ms";
            case CABLE -> cable() + " is cut for " + lastsMs() + " ms";
            case INVENTORY -> "an operator applies another inventory";
          };
      return atMs + " ms: " + what + " [" + seed + "]";
    }

    private String switchName() {
      List<String> all = new ArrayList<>();
      SimFabric.INVENTORY.devices().forEach((id, d) -> all.add(id.value()));
      return all.get(pick(all.size()));
    }

    LinkId cable() {
      List<LinkId> all = new ArrayList<>();
      SimFabric.INVENTORY.links().forEach((id, l) -> all.add(id));
      return all.get(pick(all.size()));
    }
  }

  private static final List<Kind> KINDS = List.of(Kind.values());
  private static final int SPACING_MS = 60;

  static Script of(long seed, int events) {
    return of(seed, events, BRISK, k -> k.weight);
  }

  /** All that happens otherwise, and inventories that change. */
  static Script changing(long seed, int events) {
    return of(seed, events, BRISK, k -> k == Kind.INVENTORY ? 12 : k.weight);
  }

  /** Nothing fails: clients come and go, and inventories change. */
  static Script quiet(long seed, int events) {
    return of(
        seed,
        events,
        CALM,
        k ->
            switch (k) {
              case CREATE, RELEASE, RESIZE -> k.weight;
              case INVENTORY -> 40;
              case KILL,
                  PAUSE,
                  PARTITION,
                  REPLACE,
                  CLOCK,
                  SWITCH_RESTART,
                  SWITCH_CUT,
                  SWITCH_BUSY,
                  SWITCH_REFUSES,
                  SWITCH_VAGUE,
                  SWITCH_NONSENSE,
                  SWITCH_LATE,
                  CABLE ->
                  0;
            });
  }

  private static Script of(long seed, int events, Duration discovery, ToIntFunction<Kind> weight) {
    Random r = new Random(seed);
    int sum = KINDS.stream().mapToInt(weight).sum();
    List<Event> all = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < events; i++) {
      at += r.nextInt(SPACING_MS);
      int n = r.nextInt(sum);
      int k = 0;
      while (n >= weight.applyAsInt(KINDS.get(k))) {
        n -= weight.applyAsInt(KINDS.get(k++));
      }
      all.add(new Event(KINDS.get(k), at, r.nextInt() & 0x7fffffffL));
    }
    return new Script(seed, all, discovery);
  }

  long lengthMs() {
    return events.isEmpty() ? 0 : events.get(events.size() - 1).atMs();
  }

  Script with(List<Event> some) {
    return new Script(seed, some, discovery);
  }
}
