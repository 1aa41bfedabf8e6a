package io.myelin.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.place.Placement;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.Outcome.QuotaExceeded;
import io.myelin.core.state.Outcome.QuotaExceeded.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class QuotaUsageTest {
  private static final long HOUR_MS = 3_600_000;
  private static final long U = Quota.UNLIMITED;

  /** 1 Gb/s for an hour costs 1,000,000 millionths; a period is ten hours. */
  private static final Quota PRICED = new Quota(U, U, U, 100_000_000, 10 * HOUR_MS, 1_000_000);

  private static FabricState with(FabricState s, Quota quota, long timeMs) {
    Inventory i = s.inventory();
    List<Tenant> tenants = List.of(new Tenant(Fabrics.BLUE, List.of(), quota));
    Inventory next =
        new Inventory(
            i.name(),
            1.0,
            i.qos(),
            i.puntLimits(),
            values(i.devices()),
            values(i.links()),
            values(i.endpoints()),
            tenants);
    Applied a = StateMachine.apply(s, new Command.SetInventory(next, timeMs));
    assertInstanceOf(Outcome.Done.class, a.outcome());
    return a.after();
  }

  private static <V> List<V> values(Iterable<? extends Map.Entry<?, V>> map) {
    List<V> all = new ArrayList<>();
    map.forEach(e -> all.add(e.getValue()));
    return all;
  }

  private static FabricState fabric(Quota quota) {
    return with(Fabrics.state(Fabrics.leafSpine(2, 2, 2)), quota, 1);
  }

  private static LeaseSpec spec(int qp, long gbps, long startMs, long expireMs) {
    return new LeaseSpec(
        Fabrics.spec("g1-1", "g2-1", 1).source(),
        Fabrics.spec("g1-1", "g2-1", 1).destination(),
        new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(qp)),
        gbps * Fabrics.GBPS,
        Fabrics.spec("g1-1", "g2-1", 1).terms(),
        startMs,
        expireMs);
  }

  private static Applied create(FabricState s, String name, LeaseSpec spec, long timeMs) {
    Route route = Placement.of(s, spec, Now.calm(timeMs)).route(Set.of());
    if (route == null) {
      throw new AssertionError("there is no path");
    }
    return StateMachine.apply(
        s, new Command.CreateLease(Fabrics.name(name), spec, route, null, timeMs));
  }

  private static Applied release(FabricState s, String name, long timeMs) {
    return StateMachine.apply(s, new Command.ReleaseLease(Fabrics.name(name), 0, null, timeMs));
  }

  private static QuotaExceeded refused(Applied a, Kind kind) {
    QuotaExceeded q = assertInstanceOf(QuotaExceeded.class, a.outcome());
    assertEquals(kind, q.kind());
    assertSame(a.before(), a.after(), "a refusal changes nothing");
    return q;
  }

  @Test
  void theNumberOfLivingLeasesIsLimited() {
    FabricState s = fabric(new Quota(2, U, U, U, HOUR_MS, 0));
    s = create(s, "a", spec(1, 1, 0, LeaseSpec.NEVER), 1).after();
    s = create(s, "b", spec(2, 1, 0, LeaseSpec.NEVER), 2).after();
    QuotaExceeded q = refused(create(s, "c", spec(3, 1, 0, LeaseSpec.NEVER), 3), Kind.LEASES);
    assertEquals(new QuotaExceeded(Fabrics.BLUE, Kind.LEASES, 2, 2, 1), q);
    s = release(s, "a", 4).after();
    assertInstanceOf(
        Outcome.LeaseDone.class, create(s, "c", spec(3, 1, 0, LeaseSpec.NEVER), 5).outcome());
  }

  @Test
  void bandwidthIsLimitedAlsoWhenALeaseGrows() {
    FabricState s = fabric(new Quota(U, 10 * Fabrics.GBPS, U, U, HOUR_MS, 0));
    s = create(s, "a", spec(1, 8, 0, LeaseSpec.NEVER), 1).after();
    refused(create(s, "b", spec(2, 3, 0, LeaseSpec.NEVER), 2), Kind.BANDWIDTH_BPS);
    Lease a = Objects.requireNonNull(s.leases().get(Fabrics.name("a")));
    LeaseSpec more = spec(1, 11, 0, LeaseSpec.NEVER);
    refused(
        StateMachine.apply(s, new Command.UpdateLease(a.name(), more, a.route(), 0, null, 3)),
        Kind.BANDWIDTH_BPS);
    Applied less =
        StateMachine.apply(
            s,
            new Command.UpdateLease(
                a.name(), spec(1, 2, 0, LeaseSpec.NEVER), a.route(), 0, null, 3));
    assertEquals(
        2 * Fabrics.GBPS,
        less.after().tenants().usage().iterator().next().getValue().bandwidthBps());
  }

  @Test
  void whoLoopsIsStoppedAndMayGoOnTheNextDay() {
    FabricState s = fabric(new Quota(U, U, 3, U, HOUR_MS, 0));
    for (int i = 0; i < 3; i++) {
      s = create(s, "l" + i, spec(1, 1, 0, LeaseSpec.NEVER), 10 * i + 1).after();
      s = release(s, "l" + i, 10 * i + 2).after();
      s = StateMachine.apply(s, new Command.Released(Fabrics.name("l" + i), 2, 10 * i + 3)).after();
    }
    refused(create(s, "l3", spec(1, 1, 0, LeaseSpec.NEVER), 50), Kind.CREATED_PER_DAY);
    assertInstanceOf(
        Outcome.LeaseDone.class,
        create(s, "l3", spec(1, 1, 0, LeaseSpec.NEVER), Quota.DAY_MS).outcome());
  }

  @Test
  void whatALeaseMayCostInAPeriodIsCommittedAndGivenBackWhenItEndsEarly() {
    FabricState s = fabric(PRICED); // 100 units; 10 Gb/s for all ten hours cost as much
    refused(create(s, "a", spec(1, 11, 0, LeaseSpec.NEVER), 1), Kind.BUDGET_MICROS);
    s = create(s, "a", spec(1, 8, 0, LeaseSpec.NEVER), HOUR_MS).after();
    assertEquals(72_000_000, committed(s));
    refused(create(s, "b", spec(2, 8, 0, LeaseSpec.NEVER), HOUR_MS), Kind.BUDGET_MICROS);
    s = create(s, "c", spec(2, 8, 0, 4 * HOUR_MS), HOUR_MS).after();
    assertEquals(96_000_000, committed(s));
    s = release(s, "a", 2 * HOUR_MS).after();
    assertEquals(32_000_000, committed(s), "one hour of a is spent, eight come back");
    // The next period: nothing lives but what is created then.
    s = release(s, "c", 4 * HOUR_MS).after();
    s = create(s, "d", spec(3, 1, 0, LeaseSpec.NEVER), 11 * HOUR_MS).after();
    assertEquals(9_000_000, committed(s));
  }

  @Test
  void aNewPeriodBeginsWithWhatLivesAndANewPriceCountsAnew() {
    FabricState s = fabric(PRICED);
    s = create(s, "a", spec(1, 5, 0, LeaseSpec.NEVER), 5 * HOUR_MS).after();
    assertEquals(25_000_000, committed(s));
    s = create(s, "b", spec(2, 1, 0, LeaseSpec.NEVER), 15 * HOUR_MS).after();
    assertEquals(50_000_000 + 5_000_000, committed(s));
    Quota dearer = new Quota(U, U, U, 100_000_000, 10 * HOUR_MS, 2_000_000);
    s = with(s, dearer, 18 * HOUR_MS);
    assertEquals(2L * 6 * 2_000_000, committed(s));
  }

  private static long committed(FabricState s) {
    return s.tenants().usage().getOrDefault(Fabrics.BLUE, QuotaUsage.EMPTY).committedMicros();
  }

  /** Random lives of leases; money against a sum over everything that ever was, hour by hour. */
  @Property(tries = 200)
  void moneyIsWhatWasSpentAndWhatIsPromised(@ForAll long seed) {
    Random random = new Random(seed);
    FabricState s = fabric(new Quota(U, U, U, U - 1, 10 * HOUR_MS, 1_000_000));
    List<long[]> lives = new ArrayList<>(); // Gb/s, from, to (hours)
    for (long hour = 1; hour < 40; hour++) {
      int known = lives.size();
      if (random.nextBoolean()) {
        long start = random.nextInt(3) == 0 ? hour + random.nextInt(12) : hour;
        long end = random.nextInt(3) == 0 ? 1_000_000 : start + 1 + random.nextInt(15);
        LeaseSpec spec = spec(known + 1, 1, start == hour ? 0 : start * HOUR_MS, end * HOUR_MS);
        s = create(s, "l" + known, spec, hour * HOUR_MS).after();
        lives.add(new long[] {1, start, end});
      }
      if (known > 0 && random.nextInt(3) == 0) {
        int i = random.nextInt(known);
        Applied a = release(s, "l" + i, hour * HOUR_MS);
        if (a.outcome() instanceof Outcome.LeaseDone) {
          lives.get(i)[2] = Math.min(lives.get(i)[2], Math.max(hour, lives.get(i)[1]));
        }
        s = a.after();
      }
      s = StateMachine.apply(s, new Command.Tick(hour * HOUR_MS)).after();
      QuotaUsage account =
          s.tenants()
              .usage()
              .getOrDefault(Fabrics.BLUE, QuotaUsage.EMPTY)
              .at(quota(s), s.leases(), Fabrics.BLUE, hour * HOUR_MS);
      long from = hour - hour % 10;
      BigInteger sum = BigInteger.ZERO;
      for (long[] l : lives) {
        long hours = Math.min(l[2], from + 10) - Math.max(l[1], from);
        sum = sum.add(BigInteger.valueOf(Math.max(0, hours) * l[0] * 1_000_000));
      }
      assertEquals(sum.longValueExact(), account.committedMicros(), "hour " + hour);
      assertEquals(
          QuotaUsage.of(s.leases()).getOrDefault(Fabrics.BLUE, QuotaUsage.EMPTY).leases(),
          account.leases());
    }
  }

  private static Quota quota(FabricState s) {
    return s.inventory().tenants().iterator().next().getValue().quota();
  }

  @Test
  void ofEndedLeasesTheLastAreRemembered() {
    FabricState s = fabric(Quota.NONE);
    int n = Ended.MOST + 5;
    for (int i = 0; i < n; i++) {
      s = create(s, "l" + i, spec(1, 1, 0, LeaseSpec.NEVER), i + 1).after();
      s = release(s, "l" + i, i + 1).after();
      s = StateMachine.apply(s, new Command.Released(Fabrics.name("l" + i), 2, i + 1)).after();
    }
    assertEquals(Ended.MOST, s.leases().size());
    assertEquals(Ended.MOST, s.leaseIndices().ended().size());
    assertEquals(Ended.MOST, s.tenants().usage().iterator().next().getValue().ended());
    assertTrue(!s.leases().containsKey(Fabrics.name("l4")));
    assertTrue(s.leases().containsKey(Fabrics.name("l5")));
    assertEquals(LeaseIndices.of(s.leases()), s.leaseIndices());
    // What is left is forgotten in its time, as ever.
    s = StateMachine.apply(s, new Command.Tick(RequestRecord.KEPT_MS + n + 1)).after();
    assertEquals(0, s.leases().size());
    assertEquals(0, s.leaseIndices().ended().size());
    assertEquals(0, s.tenants().usage().iterator().next().getValue().ended());
  }

  @Test
  void contradictionsAreRefused() {
    Invalid e = assertThrows(Invalid.class, () -> new Quota(U, U, U, 5, HOUR_MS, 0));
    assertEquals("budget", e.field());
    assertEquals("leases", assertThrows(Invalid.class, () -> new Quota(0, U, U, U, 1, 0)).field());
  }
}
