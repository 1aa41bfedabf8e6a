package io.myelin.lab;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Topology;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits until leases have become as they are to be, and change no more. */
public final class ConvergenceWatch {
  /** Leases that have not changed for so long are at rest: a share-out pauses for 100 ms. */
  private static final long REST_NS = 500_000_000;

  private static final long PATIENCE_NS = 60_000_000_000L;

  private final Supplier<FabricState> state;

  public ConvergenceWatch(Supplier<FabricState> state) {
    this.state = state;
  }

  /**
   * When leases were as they are to be.
   *
   * @param firstMs milliseconds from the beginning until they were for the first time
   * @param lastMs milliseconds from the beginning to the last change of a lease
   */
  public record Times(double firstMs, double lastMs) {}

  /**
   * Looks at each millisecond, until leases are at rest.
   *
   * @param beganNs as {@link System#nanoTime}
   * @param wanted as what leases are to be
   * @throws IllegalStateException when they are not at rest after a minute, with their states
   */
  @SuppressWarnings("ReferenceEquality") // maps that differ are other objects
  public Times await(long beganNs, Predicate<FabricState> wanted) throws InterruptedException {
    PersistentMap<LeaseName, Lease> seen = PersistentMap.empty();
    boolean settled = false;
    OptionalLong firstNs = OptionalLong.empty();
    long sinceNs = beganNs;
    while (true) {
      FabricState now = state.get();
      long nowNs = System.nanoTime();
      if (now.leases() != seen || !settled) {
        seen = now.leases();
        settled = wanted.test(now);
        sinceNs = nowNs;
        if (settled && firstNs.isEmpty()) {
          firstNs = OptionalLong.of(nowNs);
        }
      }
      if (settled && nowNs - sinceNs > REST_NS) {
        return new Times((firstNs.orElseThrow() - beganNs) / 1e6, (sinceNs - beganNs) / 1e6);
      }
      if (nowNs - beganNs > PATIENCE_NS) {
        throw new IllegalStateException("leases are not at rest: " + states(now));
      }
      Thread.sleep(1);
    }
  }

  private static Map<LeaseState, Integer> states(FabricState s) {
    Map<LeaseState, Integer> count = new TreeMap<>();
    s.leases().forEach((name, l) -> count.merge(l.state(), 1, Integer::sum));
    return count;
  }

  /**
   * Whether every lease has a path without dead links, the switches acknowledged what it has, and
   * no link is held for more than leases may reserve.
   */
  public static boolean shared(FabricState s, Set<LinkId> dead) {
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease l = e.getValue();
      boolean acknowledged = l.state() == LeaseState.ACTIVE || l.state() == LeaseState.REDUCED;
      if (!acknowledged || !Collections.disjoint(l.path().links(), dead)) {
        return false;
      }
    }
    return fits(s);
  }

  private static boolean fits(FabricState s) {
    Topology t = s.topology();
    for (int l = 0; l < t.fabricLinks(); l++) {
      if (s.links().get(l).heldBps() > t.reservableBps(l)) {
        return false;
      }
    }
    return true;
  }

  /** Whether every lease has all that it asks for. */
  public static boolean whole(FabricState s) {
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      if (e.getValue().state() != LeaseState.ACTIVE) {
        return false;
      }
    }
    return true;
  }
}
