package io.myelin.bench.sim;

import io.myelin.bench.sim.DegradeLab.Booking;
import io.myelin.bench.sim.DegradeLab.Cable;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.lab.Elephants;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabPlan;
import io.myelin.lab.Permutation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What traffic without a lease gets beside leases that take all they may: two hosts send from a
 * leaf to another, as fast as their ports, first in a whole fabric and then without one of the
 * cables of the first leaf. The leases may reserve 0.95 of each link; the rest is promised to
 * others.
 */
final class UnleasedFloor {
  private static final double RESERVABLE = 0.95;

  /** Hosts of each leaf with a lease: as many as it has spines. */
  private static final int LEASED = 4;

  private static final int UNLEASED = 2;

  /** Of each host without a lease: by their numbers they are spread over the spines. */
  private static final int QUEUE_PAIRS = 8;

  private static final int FIRST_QP = 10_000;

  private static final FabricSpec FABRIC =
      new FabricSpec(4, LEASED, LEASED + UNLEASED, 40_000_000, 20_000, 200_000, 4096);

  private static final Duration WARM_UP = Duration.ofMillis(1_500);
  private static final Duration MEASURE = Duration.ofSeconds(3);

  private UnleasedFloor() {}

  /** Payload over what is promised, in a whole fabric and in one without a cable. */
  record Shares(double whole, double cut) {}

  static Shares measure(long seed) throws IOException, InterruptedException {
    LabPlan plan = LabPlan.of(FABRIC, RESERVABLE);
    List<Endpoint> leased = new ArrayList<>();
    plan.inventory()
        .endpoints()
        .forEach(
            (id, e) -> {
              if (e.attachment().port() <= FABRIC.spines() + LEASED) {
                leased.add(e);
              }
            });
    List<Permutation.Pair> pairs = Permutation.of(leased, seed);
    List<Integer> leaves = DegradeBench.shuffled(FABRIC.leaves(), seed);
    List<Integer> spines = DegradeBench.shuffled(FABRIC.spines(), seed + 1);
    long rateBps = (long) (RESERVABLE * FABRIC.rateBps());
    List<Permutation.Pair> others = new ArrayList<>();
    for (int h = LEASED + 1; h <= LEASED + UNLEASED; h++) {
      others.addAll(
          Collections.nCopies(
              QUEUE_PAIRS,
              new Permutation.Pair(
                  new EndpointId("gpu-" + leaves.get(0) + "-" + h),
                  new EndpointId("gpu-" + leaves.get(1) + "-" + h))));
    }
    try (DegradeLab lab = new DegradeLab(plan, pairs, rateBps, 4, Booking.LEASES)) {
      Elephants flows = new Elephants(lab.fabric(), others, FIRST_QP);
      flows.start();
      double whole = overPromised(lab, flows, FABRIC.spines());
      List<Cable> cables = DegradeBench.Fault.ONE_CABLE.cables(leaves, spines);
      var unused = lab.cut(cables);
      double cut = overPromised(lab, flows, FABRIC.spines() - cables.size());
      return new Shares(whole, cut);
    }
  }

  /** Payload of flows over the part of their links that leases may not reserve. */
  private static double overPromised(DegradeLab lab, Elephants flows, int links) {
    lab.fabric().pass(WARM_UP);
    Elephants.Snapshot before = flows.snapshot();
    lab.fabric().pass(MEASURE);
    double bps = Elephants.Rates.between(before, flows.snapshot()).totalBps();
    return bps / ((1 - RESERVABLE) * links * FABRIC.payloadBps());
  }
}
