package io.myelin.bench.sim;

import io.myelin.bench.figure.Figure;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.path.Objective;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Collective;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobFlows;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/** What the core's placement of jobs costs, on a fabric of 1,024 hosts, in the state machine. */
final class PlacementFigures {
  private static final Terms TERMS = Terms.of(Objective.LATENCY);
  private static final Now NOW = Now.calm(1);
  private static final int WARM_UP = 30;
  private static final int ARRIVALS = 200;

  /** Before these the fabric fills up. */
  private static final int SETTLING = 40;

  private static final int SMALLEST = 8;
  private static final int LARGEST = 128;

  private final int seeds;
  private final long firstSeed;
  private final Consumer<String> progress;
  private final List<Figure> figures = new ArrayList<>();

  PlacementFigures(int seeds, long firstSeed, Consumer<String> progress) {
    this.seeds = seeds;
    this.firstSeed = firstSeed;
    this.progress = progress;
  }

  List<Figure> run() {
    placement("placement_1024_ms", "leaf-spine:32x32x32");
    placement("fat_tree_placement_1024_ms", "fat-tree:16");
    arrivals("arrival_moved_share", "leaf-spine:32x32x32", 0.9);
    arrivals("arrival_full_moved_share", "leaf-spine:32x32x32", 1.0);
    arrivals("fat_tree_arrival_moved_share", "fat-tree:16", 0.8);
    return figures;
  }

  private static FabricState state(String shape) {
    Inventory inventory = GeneratedFabric.parse("fabric", shape).inventory(FabricOptions.DEFAULT);
    return StateMachine.apply(FabricState.EMPTY, new Command.SetInventory(inventory, 0)).after();
  }

  private static long lineRate(FabricState s) {
    return s.inventory().endpoints().iterator().next().getValue().capacityBps();
  }

  /** All hosts in a random permutation at line rate: paths, checked against all constraints. */
  private void placement(String name, String shape) {
    FabricState s = state(shape);
    double[] ms = new double[WARM_UP + seeds];
    for (int i = 0; i < ms.length; i++) {
      List<LeaseSpec> flows =
          JobFlows.of(
              s.inventory(),
              JobSpec.of(permutation(s, new Random(firstSeed + i)), 1, lineRate(s), TERMS));
      long began = System.nanoTime();
      GroupPlacement.Answer answer = GroupPlacement.find(s, flows, NOW);
      ms[i] = (System.nanoTime() - began) / 1e6;
      if (!(answer instanceof GroupPlacement.Placed)) {
        throw new IllegalStateException("not placed: " + answer);
      }
    }
    double[] measured = Arrays.copyOfRange(ms, WARM_UP, ms.length);
    Arrays.sort(measured);
    figures.add(new Figure(name, measured[measured.length / 2], "ms"));
    progress.accept(String.format("%s %.2f", name, measured[measured.length / 2]));
  }

  private static Collective permutation(FabricState s, Random random) {
    List<EndpointId> from = new ArrayList<>();
    s.inventory().endpoints().forEach((id, e) -> from.add(id));
    List<EndpointId> to = new ArrayList<>(from);
    Collections.shuffle(to, random);
    List<FabricState.Pair> pairs = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      if (!from.get(i).equals(to.get(i))) {
        pairs.add(new FabricState.Pair(from.get(i), to.get(i)));
      }
    }
    return Collective.of(pairs);
  }

  // ---- jobs that come and go --------------------------------------------------------------------
  /** Rings at line rate over hosts that are wherever there is room. */
  private void arrivals(String name, String shape, double occupancy) {
    FabricState s = state(shape);
    Random random = new Random(firstSeed);
    List<String> free = JobFlows.hosts(s.inventory());
    int target = (int) (free.size() * occupancy);
    int hosts = free.size();
    List<JobName> running = new ArrayList<>();
    double sum = 0;
    double worst = 0;
    int counted = 0;
    int refused = 0;
    for (int i = 0; i < ARRIVALS; i++) {
      int size = SMALLEST + random.nextInt(LARGEST - SMALLEST + 1);
      while (hosts - free.size() + size > target && !running.isEmpty()) {
        JobName leaving = running.remove(random.nextInt(running.size()));
        Job job = s.jobs().get(leaving);
        if (job != null) {
          free.addAll(job.spec().collective().members());
        }
        s = released(s, leaving);
      }
      Collections.shuffle(free, random);
      List<String> members = new ArrayList<>(free.subList(0, size));
      int before = steering(s);
      JobName job = new JobName(FabricBuilder.TENANT, "job" + i);
      Job.Fit fit = null;
      JobSpec spec =
          JobSpec.of(
              new Collective(Collective.Kind.RING, members, List.of(), List.of()),
              1,
              lineRate(s),
              TERMS);
      if (GroupPlacement.find(s, spec, null, NOW) instanceof GroupPlacement.Placed p) {
        fit = p.fit();
        s = done(s, new Command.CreateJob(job, spec, p.routes(), p.moves(), fit, null, 1));
        free.removeAll(members);
        running.add(job);
      }
      if (i >= SETTLING && fit == null) {
        refused++;
      } else if (i >= SETTLING && fit != null && before > 0) {
        double share = (double) fit.moved() / before;
        sum += share;
        worst = Math.max(worst, share);
        counted++;
      }
    }
    figures.add(new Figure(name, sum / counted, "share of leases"));
    figures.add(new Figure(name + "_worst", worst, "share of leases"));
    figures.add(new Figure(name.replace("moved_share", "refused"), refused, "jobs"));
    progress.accept(
        String.format(
            "%s mean %.4f, worst %.4f, %d of %d refused",
            name, sum / counted, worst, refused, refused + counted));
  }

  private static int steering(FabricState s) {
    int n = 0;
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      n += e.getValue().state().steers() ? 1 : 0;
    }
    return n;
  }

  private static FabricState released(FabricState state, JobName name) {
    Job job = state.jobs().get(name);
    FabricState s = done(state, new Command.ReleaseJob(name, 0, null, 1));
    if (job == null) {
      return s;
    }
    for (Map.Entry<LeaseName, Boolean> e : job.leases()) {
      Lease lease = s.leases().get(e.getKey());
      if (lease != null) {
        s = done(s, new Command.Released(lease.name(), lease.generation(), 1));
      }
    }
    return s;
  }

  private static FabricState done(FabricState s, Command c) {
    Applied a = StateMachine.apply(s, c);
    if (a.outcome() instanceof Outcome.Refused) {
      throw new IllegalStateException(c.getClass().getSimpleName() + ": " + a.outcome());
    }
    return a.after();
  }
}
