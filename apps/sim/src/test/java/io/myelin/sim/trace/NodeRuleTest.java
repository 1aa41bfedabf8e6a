package io.myelin.sim.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.sim.FlowFabric;
import io.myelin.sim.FlowFabric.Cable;
import io.myelin.sim.MaxMin;
import io.myelin.sim.Patterns;
import io.myelin.sim.Placed;
import io.myelin.sim.SimFlow;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A ring at line rate over two leaves, each with as many uplinks as NICs: every cable is full. */
final class NodeRuleTest {
  private static final int NICS = 4;
  private static final TraceJob JOB = new TraceJob(0, 0, 2 * NICS, 1, 1, 1e9);

  private final FlowFabric fabric =
      new FlowFabric(new LeafSpine(2, NICS, NICS).inventory(FabricOptions.DEFAULT));

  /** Each flow goes to the other leaf. */
  private final List<SimFlow> ring = Patterns.ring(List.of(0, 4, 1, 5, 2, 6, 3, 7), JOB.bytes());

  private Router myelin(Placed.Upkeep upkeep, int qps) {
    return Trace.router(fabric, new Placed(upkeep, qps));
  }

  private Router started(int qps) {
    Router router = myelin(Placed.Upkeep.NODE, qps);
    router.begin(JOB, ring);
    return router;
  }

  /** A cable of the first leaf goes up or down. */
  private void set(Router router, int uplink, Cable state) {
    int seen = 0;
    for (int l = 0; l < fabric.topology().fabricLinks(); l++) {
      if (fabric.topology().from(l) == fabric.leaf(0) && seen++ == uplink) {
        fabric.setUp(l, state);
      }
    }
    router.linksChanged();
  }

  /** What parts may send without the meters' tolerance, in per cent of line rate, least first. */
  private List<Long> percent(Router router, int qps) {
    double line = fabric.capacityBps(fabric.uplink(0));
    return router.parts(JOB).stream()
        .map(p -> Math.round(100 * qps * p.capBps() / MyelinRouter.METER / line))
        .sorted()
        .toList();
  }

  private static List<Long> times(int n, long percent) {
    return Collections.nCopies(n, percent);
  }

  @Test
  void aFailureLeavesEachOfTwoFlowsHalfOfACable() {
    Router router = started(1);
    assertEquals(times(2 * NICS, 100), percent(router, 1));
    set(router, 1, Cable.CUT);
    // Two each way share a cable.
    assertEquals(List.of(50L, 50L, 50L, 50L, 100L, 100L, 100L, 100L), percent(router, 1));
    set(router, 2, Cable.CUT);
    set(router, 3, Cable.CUT);
    assertEquals(times(2 * NICS, 25), percent(router, 1), "all share one cable");
  }

  @Test
  void sharesOfJobsAreMaxMinFairOnThePathsThatTheyHave() {
    Router router = myelin(Placed.Upkeep.NODE, 1);
    List<TraceJob> jobs = new ArrayList<>();
    for (int nic = 0; nic < NICS; nic++) {
      jobs.add(new TraceJob(nic, 0, 1, 1, 1, 1e9));
      router.begin(jobs.get(nic), List.of(new SimFlow(nic, NICS + nic, 1e9)));
    }
    for (int uplink = 0; uplink < NICS - 1; uplink++) {
      set(router, uplink, Cable.CUT);
      MaxMin net = new MaxMin(fabric);
      List<Double> granted = new ArrayList<>();
      for (TraceJob job : jobs) {
        Router.Part part = router.parts(job).get(0);
        net.add(part.flow(), part.share(), part.links(), part.shares());
        granted.add(part.capBps() / MyelinRouter.METER);
      }
      BitSet all = new BitSet();
      all.set(0, NICS);
      double[] fair = net.rates(all);
      for (int nic = 0; nic < NICS; nic++) {
        assertEquals(fair[nic], granted.get(nic), 2, "after cut " + uplink + ", NIC " + nic);
      }
    }
  }

  @Test
  void queuePairsDivideWhatIsLeftMoreEvenly() {
    Router router = started(4);
    set(router, 0, Cable.CUT);
    // 16 leases of a quarter each way on 3 cables: one of these has 6, and a job's rise together.
    assertEquals(times(2 * NICS * 4, 67), percent(router, 4));
  }

  @Test
  void allIsAsBeforeOnceTheCableIsBack() {
    for (int qps : new int[] {1, 4}) {
      Router router = started(qps);
      set(router, 0, Cable.CUT);
      set(router, 1, Cable.CUT);
      set(router, 0, Cable.UP);
      set(router, 1, Cable.UP);
      assertEquals(times(2 * NICS * qps, 100), percent(router, qps), qps + " queue pairs");
    }
  }

  @Test
  void aRefusedJobGetsTheRateThatFitsAndAsksAgain() {
    Router router = myelin(Placed.Upkeep.NODE, 4);
    set(router, 0, Cable.CUT);
    router.begin(JOB, ring);
    List<Long> fits = percent(router, 4);
    assertEquals(2 * NICS * 4, fits.size());
    assertTrue(fits.stream().allMatch(p -> p == 66 || p == 67), fits.toString());
    set(router, 0, Cable.UP);
    assertEquals(times(2 * NICS * 4, 100), percent(router, 4));
  }

  @Test
  void whatItWasRefusedAndWhatItLostComesBackInAnyOrder() {
    Router router = myelin(Placed.Upkeep.NODE, 4);
    set(router, 0, Cable.CUT);
    router.begin(JOB, ring);
    set(router, 1, Cable.CUT);
    assertTrue(percent(router, 4).get(0) < 66, "less than it was granted");
    set(router, 0, Cable.UP);
    assertTrue(percent(router, 4).get(0) >= 66, "what it was granted");
    set(router, 1, Cable.UP);
    assertEquals(times(2 * NICS * 4, 100), percent(router, 4));
  }

  @Test
  void aSchedulerThatWatchesAsksForMore() {
    Router router = myelin(Placed.Upkeep.SCHEDULER, 1);
    set(router, 0, Cable.CUT);
    router.begin(JOB, ring);
    assertTrue(percent(router, 16).stream().allMatch(p -> p == 65), "the next rate of its list");
    set(router, 0, Cable.UP);
    assertEquals(times(2 * NICS, 100), percent(router, 1));
  }

  @Test
  void aJobThatGotNothingGetsLeasesWhenAnotherEnds() {
    Router router = started(1);
    TraceJob second = new TraceJob(1, 0, 2 * NICS, 1, 1, 1e9);
    router.begin(second, ring);
    assertTrue(
        router.parts(second).stream().allMatch(p -> Double.isInfinite(p.capBps())), "no leases");
    router.end(JOB);
    assertEquals(2 * NICS, router.parts(second).size());
    assertTrue(router.parts(second).stream().noneMatch(p -> Double.isInfinite(p.capBps())));
    assertEquals("0 leases moved, 1 jobs without leases", router.notes());
  }
}
