package io.myelin.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.myelin.sim.cluster.Bug;
import io.myelin.sim.cluster.ClusterSim;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code myelin simulate}. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a cluster of three members, their switches and clients in virtual time, with crashes,",
      "pauses, partitions, lost and late messages, empty disks, wrong clocks, switches that restart",
      "or refuse, and cables that break; checks that every invariant holds. Exit code 1: one did",
      "not; the seed, the invariant and the shortest trace found are printed."
    })
final class SimulateCommand implements Callable<Integer> {
  @Option(
      names = "--seeds",
      converter = Count.class,
      defaultValue = "100",
      description = "Runs; default ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--events",
      defaultValue = "1000",
      description = "In each run; default ${DEFAULT-VALUE}.")
  private int events;

  @Option(names = "--seed", defaultValue = "1", description = "Of the first run; default 1.")
  private long seed;

  @Option(
      names = "--bug",
      defaultValue = "NONE",
      description = "Plants a mistake, to see it caught: ${COMPLETION-CANDIDATES}.")
  private Bug bug = Bug.NONE;

  @Override
  public Integer call() {
    ErrorOutput.unless(
        events >= 0, "--events: " + events + " is not allowed; allowed: 0 to " + Integer.MAX_VALUE);
    // Members complain of what is done to them.
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
    AtomicLong done = new AtomicLong();
    AtomicLong commands = new AtomicLong();
    AtomicLong answered = new AtomicLong();
    ClusterSim.@Nullable Result failed =
        LongStream.range(seed, seed + seeds)
            .parallel()
            .mapToObj(
                s -> {
                  ClusterSim.Result r = ClusterSim.run(s, events, bug);
                  commands.addAndGet(r.commands());
                  answered.addAndGet(r.answered());
                  if (done.incrementAndGet() % 500 == 0) {
                    System.err.println("simulate: " + done + " of " + seeds);
                  }
                  return r;
                })
            .filter(r -> !r.held())
            .findFirst()
            .orElse(null);
    if (failed == null) {
      System.out.printf(
          Locale.ROOT,
          "%d seeds from %d, %d events each: every invariant held; %d commands committed, %d requests"
              + " answered%n",
          seeds,
          seed,
          events,
          commands.get(),
          answered.get());
      return 0;
    }
    System.out.println("seed " + failed.seed() + " of " + events + " events does not hold");
    System.out.println("invariant " + failed.problem());
    System.err.println("simulate: looking for a shorter trace");
    ClusterSim.Result shorter = ClusterSim.shrunk(failed.seed(), events, bug);
    System.out.println("shortest trace found, " + shorter.trace().size() + " events:");
    shorter.trace().forEach(e -> System.out.println("  " + e));
    System.out.println("leads to: " + shorter.problem());
    System.out.printf(
        "again: myelin simulate --seeds 1 --seed %d --events %d%s%n",
        failed.seed(), events, bug == Bug.NONE ? "" : " --bug " + bug);
    return 1;
  }
}
