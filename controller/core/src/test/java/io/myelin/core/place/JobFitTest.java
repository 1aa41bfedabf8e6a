package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Objective;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Collective;
import io.myelin.core.state.Command;
import io.myelin.core.state.Degradation;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** At which rate a job fits, and from when: what is named is granted, a bit more is not. */
final class JobFitTest {
  private static final long G = Fabrics.GBPS;
  private static final JobName JOB = new JobName(Fabrics.BLUE, "j");
  private static final Now NOW = Now.calm(1_000);

  /** Flows of hosts of one leaf to hosts of another. */
  private static JobSpec pairs(int flows, long bps, Terms terms) {
    List<FabricState.Pair> pairs = new ArrayList<>();
    for (int i = 1; i <= flows; i++) {
      pairs.add(new FabricState.Pair(new EndpointId("g1-" + i), new EndpointId("g2-" + i)));
    }
    return JobSpec.of(
        new Collective(Collective.Kind.PAIRS, List.of(), List.of(), pairs), 1, bps, terms);
  }

  private static JobSpec pairs(int flows, long bps) {
    return pairs(flows, bps, Terms.of(Objective.LATENCY));
  }

  private static JobFit fit(FabricState s, JobSpec spec, @Nullable Job old) {
    return new JobFit(
        s,
        spec,
        old,
        NOW,
        (sp, p) ->
            old == null
                ? new Command.CreateJob(JOB, sp, p.routes(), p.moves(), p.fit(), null, NOW.timeMs())
                : new Command.UpdateJob(
                    JOB, sp, p.routes(), p.moves(), p.fit(), 0, null, NOW.timeMs()));
  }

  private static boolean fits(FabricState s, JobSpec spec, @Nullable Job old) {
    return GroupPlacement.find(s, spec, old, NOW) instanceof GroupPlacement.Placed;
  }

  private static FabricState with(FabricState s, JobFit.Fitting f, @Nullable Job old) {
    GroupPlacement.Placed p = f.placed();
    Applied a =
        StateMachine.apply(
            s,
            old == null
                ? new Command.CreateJob(
                    JOB, f.spec(), p.routes(), p.moves(), p.fit(), null, NOW.timeMs())
                : new Command.UpdateJob(
                    JOB, f.spec(), p.routes(), p.moves(), p.fit(), 0, null, NOW.timeMs()));
    assertInstanceOf(Outcome.JobDone.class, a.outcome());
    return a.after();
  }

  private static FabricState observe(FabricState s, String link, boolean up) {
    LinkId id = new LinkId(link);
    FabricState next = s;
    for (LinkId each : List.of(id, s.topology().link(number(s, id)).reverseId())) {
      next =
          StateMachine.apply(
                  next, new Command.ObserveLink(each, up, Command.ObserveLink.UNKNOWN, 1_000))
              .after();
    }
    return next;
  }

  private static int number(FabricState s, LinkId id) {
    Integer n = s.topology().number(id);
    assertNotNull(n, id.value());
    return n;
  }

  private static FabricState acknowledged(FabricState state) {
    FabricState s = state;
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease l = e.getValue();
      Command c =
          l.state() == Lease.LeaseState.RELEASING
              ? new Command.Released(l.name(), l.generation(), 1_000)
              : new Command.Provisioned(l.name(), l.generation(), 1_000);
      s = StateMachine.apply(s, c).after();
    }
    return s;
  }

  @Test
  void whatNoCutExplainsIsFoundBySearch() {
    // Three flows on two spines of 100 Gb/s: two share one, though all cuts would do with 60 each.
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 3));
    JobSpec asked = pairs(3, 60 * G);
    GroupPlacement.Answer refusal = GroupPlacement.find(s, asked, null, NOW);
    assertInstanceOf(GroupPlacement.NotFound.class, refusal);
    JobFit.Fitting f = fit(s, asked, null).highestBelow(refusal);
    assertNotNull(f);
    long named = f.spec().bandwidthBps();
    assertTrue(named <= 50 * G && named >= 50 * G * 199 / 200, () -> "named " + named);
    with(s, f, null);
    long more = named + 60 * G / RateSearch.STEPS + 1;
    assertFalse(fits(s, asked.withBandwidthBps(more), null), "a bit more");
  }

  @Test
  void aCutIsNamedToTheBit() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 3));
    JobSpec asked = pairs(3, 90 * G);
    GroupPlacement.Answer refusal = GroupPlacement.find(s, asked, null, NOW);
    assertInstanceOf(GroupPlacement.CutTooSmall.class, refusal);
    JobFit.Fitting f = fit(s, asked, null).highestBelow(refusal);
    assertNotNull(f);
    // The cut would pass a third of 200 Gb/s for each; the spines have room for half of 100 each.
    assertTrue(f.spec().bandwidthBps() <= 50 * G, f.spec()::toString);
    JobSpec two = pairs(2, 500 * G);
    JobFit.Fitting nic = fit(s, two, null).highestBelow(GroupPlacement.find(s, two, null, NOW));
    assertNotNull(nic);
    assertEquals(100 * G, nic.spec().bandwidthBps());
  }

  @Test
  void saysFromWhenByTheEndsOfLeases() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 3));
    LeaseSpec taken = Fabrics.spec("g1-1", "g2-1", 80 * G);
    s = Fabrics.create(s, "a", taken.withTimes(LeaseSpec.AT_ONCE, 50_000)).after();
    s = Fabrics.create(s, "b", Fabrics.spec("g1-2", "g2-3", 30 * G).withTimes(0, 20_000)).after();
    JobSpec asked = pairs(2, 60 * G);
    assertFalse(fits(s, asked, null));
    EarliestFit from = fit(s, asked, null).from();
    assertEquals(new EarliestFit(EarliestFit.Certainty.KNOWN, 50_000), from);
    assertTrue(fits(s, asked.withTimes(50_000, LeaseSpec.NEVER), null));
    assertFalse(fits(s, asked.withTimes(49_999, LeaseSpec.NEVER), null));
    assertEquals(EarliestFit.NEVER, fit(s, pairs(2, 500 * G), null).from());
  }

  @Test
  void fitsIntoAGapBeforeWhatIsBookedForLater() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 3));
    LeaseSpec taken = Fabrics.spec("g1-1", "g2-1", 80 * G);
    s = Fabrics.create(s, "a", taken.withTimes(LeaseSpec.AT_ONCE, 20_000)).after();
    s = Fabrics.create(s, "b", taken.withTimes(90_000, LeaseSpec.NEVER)).after();
    JobSpec asked = pairs(1, 60 * G).withTimes(LeaseSpec.AT_ONCE, 31_000); // for 30 s
    assertEquals(new EarliestFit(EarliestFit.Certainty.KNOWN, 20_000), fit(s, asked, null).from());
    // For ever it fits nowhere.
    assertEquals(EarliestFit.NEVER, fit(s, pairs(1, 60 * G), null).from());
  }

  @Test
  void aJobThatChangesLaterChangesUntilItsEnd() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 3));
    JobSpec small = pairs(1, 10 * G).withTimes(LeaseSpec.AT_ONCE, 100_000);
    JobFit.Fitting f = fit(s, small, null).highest();
    assertNotNull(f);
    s = acknowledged(with(s, f, null));
    LeaseSpec other = Fabrics.spec("g1-1", "g2-2", 80 * G);
    s = Fabrics.create(s, "a", other.withTimes(LeaseSpec.AT_ONCE, 60_000)).after();
    s = Fabrics.create(s, "b", other.withTimes(100_000, LeaseSpec.NEVER)).after();
    Job job = s.jobs().get(JOB);
    JobSpec more = small.withBandwidthBps(90 * G);
    assertFalse(fits(s, more, job));
    assertEquals(new EarliestFit(EarliestFit.Certainty.KNOWN, 60_000), fit(s, more, job).from());
  }

  @Test
  void shrinksWhenACableGoesAndGrowsWhenItIsBack() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 2));
    JobSpec asked = pairs(2, 100 * G);
    JobFit.Fitting whole = fit(s, asked, null).highest();
    assertNotNull(whole);
    assertEquals(100 * G, whole.spec().bandwidthBps());
    s = acknowledged(with(s, whole, null));
    s = observe(s, "leaf1/1>spine1/1", false);
    Job job = s.jobs().get(JOB);
    JobFit.Fitting half = fit(s, asked, job).highest();
    assertNotNull(half);
    assertEquals(50 * G, half.spec().bandwidthBps());
    s = acknowledged(with(s, half, job));
    s = observe(s, "leaf1/1>spine1/1", true);
    job = s.jobs().get(JOB);
    JobFit.Fitting again = fit(s, asked, job).highest();
    assertNotNull(again);
    assertEquals(100 * G, again.spec().bandwidthBps());
    with(s, again, job);
  }

  @Test
  void aMinimumIsTheLowestOfUse() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 1, 2));
    Terms sixty = Terms.of(Objective.LATENCY).with(new Degradation(Degradation.Mode.SHARE, 60 * G));
    JobFit fit = fit(s, pairs(2, 100 * G, sixty), null);
    assertNull(fit.highest());
    assertEquals(60 * G, fit.least().bandwidthBps());
    Terms fifty = Terms.of(Objective.LATENCY).with(new Degradation(Degradation.Mode.SHARE, 50 * G));
    JobFit.Fitting f = fit(s, pairs(2, 100 * G, fifty), null).highest();
    assertNotNull(f);
    assertEquals(50 * G, f.spec().bandwidthBps());
  }

  /** On fabrics with broken cables and other leases: admitted, and within what was asked for. */
  @Property(tries = 40)
  void whatIsNamedIsAdmittedAndABitMoreIsNot(@ForAll long seed) {
    Random random = new Random(seed);
    FabricState s = Fabrics.state(Fabrics.leafSpine(3, 3, 4));
    for (int l = 0; l < s.topology().fabricLinks(); l++) {
      if (random.nextInt(10) == 0) {
        s =
            StateMachine.apply(
                    s,
                    new Command.ObserveLink(
                        s.topology().id(l), false, Command.ObserveLink.UNKNOWN, 1_000))
                .after();
      }
    }
    for (int i = 0; i < 4; i++) {
      LeaseSpec spec =
          Fabrics.spec("g3-" + (1 + i), "g2-" + (1 + random.nextInt(4)), (1L + i) * 9 * G);
      if (Placement.of(s, spec, NOW).find() instanceof io.myelin.core.path.PathSearch.Found) {
        s = Fabrics.create(s, "l" + i, spec).after();
      }
    }
    JobSpec asked = pairs(2 + random.nextInt(3), (50 + random.nextInt(100)) * G);
    GroupPlacement.Answer answer = GroupPlacement.find(s, asked, null, NOW);
    if (answer instanceof GroupPlacement.Placed || answer instanceof GroupPlacement.NoPath) {
      return;
    }
    JobFit.Fitting f = fit(s, asked, null).highestBelow(answer);
    if (f == null) {
      return;
    }
    assertTrue(f.spec().bandwidthBps() < asked.bandwidthBps(), "seed " + seed);
    FabricState after = with(s, f, null);
    for (int l = 0; l < after.topology().links(); l++) {
      assertTrue(after.unheldBps(after.topology().id(l)) >= 0, "seed " + seed);
    }
    long more = f.spec().bandwidthBps() + asked.bandwidthBps() / RateSearch.STEPS + 1;
    assertFalse(fits(s, asked.withBandwidthBps(more), null), "a bit more, seed " + seed);
  }
}
