package io.myelin.bench.lab;

import io.myelin.bench.figure.Figure;
import io.myelin.core.loop.Decision;
import io.myelin.core.loop.Loops;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Queues;
import io.myelin.core.port.Telemetry.Congestion;
import io.myelin.lab.Elephants;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.Permutation;
import io.myelin.node.control.Pace;
import io.myelin.softswitch.engine.Softswitch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The congestion loop in real time: again and again two elephants, of which nobody asked for a
 * lease, are hashed onto one uplink. How long from the queue's crossing its threshold, by the
 * switch's own clock, to the acknowledgement of the entry that takes one of them elsewhere; what
 * they get afterwards over what two of them get that never met; what was lost and reordered on the
 * way.
 */
public final class LoopBench {
  static final FabricSpec FABRIC = new FabricSpec(4, 4, 2, 40_000_000, 20_000, 200_000, 4096);
  private static final long PATIENCE_NS = 5_000_000_000L;
  private static final long SETTLE_MS = 150;
  private static final long MEASURE_MS = 300;
  private static final int WARM_UP = 5;

  /** A round of counters and then some: what the last collision left is forgotten. */
  private static final long REST_MS = 1_200;

  /** Messages of a flow under way: each waits for the one before, as a collective's steps do. */
  private static final int STEPS = 1;

  private static final int PIPELINED = 2;

  private final int rounds;
  private final Consumer<String> progress;
  private final Map<Long, Long> acknowledgedNs = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Congestion> events = new ConcurrentLinkedQueue<>();
  private final AtomicLong reports = new AtomicLong();
  private int nextQp = 100;

  /** Two flows that share an uplink of the first leaf. */
  private record Collision(List<Permutation.Pair> pairs, int[] qps, int port) {}

  public LoopBench(int rounds, Consumer<String> progress) {
    this.rounds = rounds;
    this.progress = progress;
  }

  /**
   * What one round measured; reaction and detection in milliseconds, NaN where nothing was done.
   */
  private record Round(
      boolean collided, double reactionMs, double detectionMs, double goodput, Losses losses) {}

  public List<Figure> run() throws IOException, InterruptedException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    // The slow loop would take collisions apart before they are measured.
    Pace usual = Pace.of(Lab.DISCOVERY);
    Pace pace = new Pace(usual.discovery(), usual.counters(), Duration.ofDays(1), Loops.Mode.OFF);
    try (Lab lab = new Lab(FABRIC, any, pace)) {
      attach(lab);
      double ideal = alone(lab);
      List<Round> steps = rounds(lab, rounds + WARM_UP, STEPS, ideal, "steps");
      steps = steps.subList(WARM_UP, steps.size()); // the JIT compiler's, not the loop's
      double perS = reportsPerS;
      List<Round> pipelined = rounds(lab, Math.max(4, rounds / 4), PIPELINED, ideal, "pipelined");
      return figures(lab, steps, perS, pipelined);
    }
  }

  private double reportsPerS;

  /** Waits for a lab and listens to it. */
  void attach(Lab lab) throws InterruptedException {
    lab.awaitConverged();
    lab.node().telemetry().onCongestion(this::heard);
    lab.node().loops().onDecision(d -> decided(lab, d));
  }

  /**
   * From congestion to acknowledgement in collision after collision, milliseconds; those in which
   * nothing was done are left out.
   */
  double[] reactionsMs(Lab lab, int n, String what) throws InterruptedException {
    return rounds(lab, n, STEPS, 1, what).stream()
        .mapToDouble(Round::reactionMs)
        .filter(v -> v >= 0)
        .toArray();
  }

  private List<Round> rounds(Lab lab, int n, int depth, double ideal, String what)
      throws InterruptedException {
    List<Round> all = new ArrayList<>();
    long reportsBefore = reports.get() + lab.node().counterReports();
    long began = System.nanoTime();
    for (int i = 0; i < n; i++) {
      progress.accept(what + ", round " + (i + 1) + " of " + n);
      all.add(round(lab, depth, ideal));
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    reportsPerS = (reports.get() + lab.node().counterReports() - reportsBefore) / seconds;
    return all;
  }

  private List<Figure> figures(Lab lab, List<Round> steps, double perS, List<Round> pipelined) {
    double[] reaction = steps.stream().mapToDouble(Round::reactionMs).filter(v -> v >= 0).toArray();
    double[] detection =
        steps.stream().mapToDouble(Round::detectionMs).filter(v -> v >= 0).toArray();
    double[] goodput = steps.stream().mapToDouble(Round::goodput).toArray();
    // Who asks every T hears of it after T / 2 on average.
    double everyMs = 2 * Math.max(0.1, Arrays.stream(detection).average().orElse(Double.NaN));
    double pollsPerS = lab.fabric().switches().size() * 1_000 / everyMs;
    long lost = steps.stream().mapToLong(r -> r.losses().lost()).sum();
    long reordered = steps.stream().mapToLong(r -> r.losses().reordered()).sum();
    long moved = pipelined.stream().filter(r -> r.reactionMs() >= 0).count();
    long early = pipelined.stream().mapToLong(r -> r.losses().reordered()).sum();
    long pipelinedLost = pipelined.stream().mapToLong(r -> r.losses().lost()).sum();
    return List.of(
        new Figure("rounds", steps.size(), ""),
        new Figure("rounds_collided", (double) steps.stream().filter(Round::collided).count(), ""),
        new Figure("rounds_decided", reaction.length, ""),
        new Figure("congestion_to_ack_p50_ms", quantile(reaction, 0.5), "ms"),
        new Figure("congestion_to_ack_p99_ms", quantile(reaction, 0.99), "ms"),
        new Figure("detection_mean_ms", everyMs / 2, "ms"),
        new Figure("goodput_over_ideal", quantile(goodput, 0.5), "ratio"),
        new Figure("goodput_over_ideal_p10", quantile(goodput, 0.1), "ratio"),
        new Figure("packets_lost", (double) (lost + pipelinedLost), "packets"),
        new Figure("packets_reordered", (double) reordered, "packets"),
        new Figure(
            "pipelined_packets_reordered_per_move",
            moved == 0 ? 0 : (double) early / moved,
            "packets"),
        new Figure("reports_per_s", perS, "1/s"),
        new Figure("polling_reports_over_ours", pollsPerS / perS, "ratio"));
  }

  static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1L, Math.round(share * (sorted.length - 1)))];
  }

  private void heard(Congestion c) {
    reports.incrementAndGet();
    events.add(c);
  }

  private void decided(Lab lab, RecordedDecision d) {
    if (d.reactionUs() > 0) {
      acknowledgedNs.putIfAbsent(d.id(), lab.fabric().scheduler().nowNs());
    }
  }

  /** Goodput of two flows that share no link, bits per second: the ideal. */
  private double alone(Lab lab) throws InterruptedException {
    Collision c = collision(lab);
    double sum = 0;
    for (int i = 0; i < 2; i++) {
      Elephants one =
          new Elephants(lab.fabric(), List.of(c.pairs.get(i)), new int[] {c.qps[i]}, STEPS);
      one.start();
      Thread.sleep(SETTLE_MS);
      sum += measured(one);
      one.stop();
    }
    return sum;
  }

  private static double measured(Elephants flows) throws InterruptedException {
    Elephants.Snapshot before = flows.snapshot();
    Thread.sleep(MEASURE_MS);
    return Elephants.Rates.between(before, flows.snapshot()).totalBps();
  }

  private Round round(Lab lab, int depth, double ideal) throws InterruptedException {
    lab.node().loops(Loops.Mode.OFF);
    Thread.sleep(REST_MS);
    Collision c = collision(lab);
    LinkId link = lab.fabric().inventory().linkFrom(new PortRef(leaf(lab, c.pairs.get(0)), c.port));
    Losses before = Losses.of(lab.fabric());
    long from = lab.fabric().scheduler().nowNs();
    events.clear();
    lab.node().loops(Loops.Mode.ON);
    Elephants flows = new Elephants(lab.fabric(), c.pairs, c.qps, depth);
    flows.start();
    RecordedDecision done = await(() -> decisionAbout(lab, link, from));
    Thread.sleep(SETTLE_MS);
    double goodput = measured(flows) / ideal;
    flows.stop();
    double reaction = Double.NaN;
    double detection = Double.NaN;
    Congestion first = first(c.port, leaf(lab, c.pairs.get(0)).value(), from);
    if (done != null && first != null) {
      Long at = acknowledgedNs.get(done.id());
      reaction = at == null ? Double.NaN : (at - first.switchTimeUs() * 1_000) / 1e6;
      detection = Math.max(0, reaction - done.reactionUs() / 1e3);
    }
    return new Round(
        first != null, reaction, detection, goodput, Losses.of(lab.fabric()).minus(before));
  }

  private @Nullable Congestion first(int port, String device, long fromNs) {
    return events.stream()
        .filter(
            e ->
                e.hot()
                    && e.queue().port() == port
                    && e.queue().queue() == Queues.ROCE
                    && e.queue().device().value().equals(device)
                    && e.switchTimeUs() * 1_000 >= fromNs - 1_000)
        .findFirst()
        .orElse(null);
  }

  private @Nullable RecordedDecision decisionAbout(Lab lab, @Nullable LinkId link, long fromNs) {
    for (RecordedDecision d : lab.node().loops().decisions()) {
      Long at = acknowledgedNs.get(d.id());
      if (at != null
          && at >= fromNs
          && d.decision().kind() != Decision.Kind.NONE
          && d.decision().link().equals(link)) {
        return d;
      }
    }
    return null;
  }

  private static DeviceId leaf(Lab lab, Permutation.Pair pair) {
    return lab.fabric().endpoint(pair.from()).attachment().device();
  }

  /** Queue pairs of two hosts of a leaf whose packets the leaf's hash sends by one uplink. */
  private Collision collision(Lab lab) throws InterruptedException {
    List<Permutation.Pair> pairs =
        List.of(
            new Permutation.Pair(new EndpointId("gpu-1-1"), new EndpointId("gpu-2-1")),
            new Permutation.Pair(new EndpointId("gpu-1-2"), new EndpointId("gpu-3-2")));
    int first = nextQp++;
    int port = uplink(lab, pairs.get(0), first);
    int second = nextQp++;
    while (uplink(lab, pairs.get(1), second) != port) {
      second = nextQp++;
    }
    return new Collision(pairs, new int[] {first, second}, port);
  }

  /** The uplink by which a queue pair's packets leave: that of a short message. */
  private static int uplink(Lab lab, Permutation.Pair pair, int qp) throws InterruptedException {
    Softswitch sw = lab.fabric().at(leaf(lab, pair));
    long[] before = sent(lab, sw);
    lab.fabric()
        .call(
            () -> {
              lab.fabric().openQp(pair.to(), pair.from(), qp);
              lab.fabric().openQp(pair.from(), pair.to(), qp).postWrite(32 * 1024, done -> {});
              return true;
            })
        .join();
    Thread.sleep(30);
    long[] after = sent(lab, sw);
    lab.fabric()
        .call(
            () -> {
              lab.fabric().host(pair.from()).closeQp(qp);
              lab.fabric().host(pair.to()).closeQp(qp);
              return true;
            })
        .join();
    int most = 0;
    for (int i = 1; i < after.length; i++) {
      most = after[i] - before[i] > after[most] - before[most] ? i : most;
    }
    return most + 1;
  }

  private static long[] sent(Lab lab, Softswitch sw) {
    return lab.fabric()
        .call(
            () -> {
              long[] bytes = new long[FABRIC.spines()];
              for (int s = 0; s < bytes.length; s++) {
                bytes[s] = sw.portStats(s + 1).txBytes();
              }
              return bytes;
            })
        .join();
  }

  private static <T> @Nullable T await(Supplier<@Nullable T> condition)
      throws InterruptedException {
    long until = System.nanoTime() + PATIENCE_NS;
    T value = condition.get();
    while (value == null && System.nanoTime() < until) {
      Thread.sleep(2);
      value = condition.get();
    }
    return value;
  }
}
