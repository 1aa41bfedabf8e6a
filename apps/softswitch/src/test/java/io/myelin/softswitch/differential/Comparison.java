package io.myelin.softswitch.differential;

import io.myelin.p4.v1.Update;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Feeds two switches the same entries and packets, and says where they differ. */
final class Comparison {
  /** Small enough for BMv2's queues of 64, also where each packet is copied. */
  static final int BATCH = 16;

  /**
   * How a program is exercised.
   *
   * @param portsDown ports that go down once all is written
   * @param ordered whether packets of one queue leave in order; not where they go round, because
   *     BMv2's threads let later ones overtake as it happens
   */
  record Scenario(
      Program program,
      Mask mask,
      boolean ordered,
      Function<Random, List<Update>> makeEntries,
      Function<Random, Packets> packets,
      List<Integer> portsDown) {
    static Scenario myelin() {
      Program p = Program.myelin();
      return new Scenario(
          p,
          new MyelinMask(p),
          true,
          r -> new MyelinWorkload(r).entries(p.info),
          MyelinWorkload::new,
          MyelinWorkload.DOWN);
    }

    List<Update> entries(long seed) {
      return makeEntries.apply(new Random(seed));
    }

    /** Programs a switch. Groups watch ports: these are up before and may go down behind. */
    void program(Subject subject, long seed) {
      subject.client().write(entries(seed));
      portsDown.forEach(subject::portDown);
    }

    Packets source(long seed) {
      return packets.apply(new Random(~seed));
    }
  }

  private static final int MAX_DIFFERENCES = 10;

  private final Scenario scenario;
  private final long seed;
  private final List<String> differences = new ArrayList<>();
  private long outputs;
  private long packetIns;

  Comparison(Scenario scenario, long seed) {
    this.scenario = scenario;
    this.seed = seed;
  }

  static List<Packets.Packet> batch(Packets source) {
    List<Packets.Packet> out = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      out.add(source.next());
    }
    return out;
  }

  /** Runs until {@code packets} were sent or too much differs; returns the differences. */
  List<String> run(Subject ours, Subject theirs, int packets) {
    scenario.program(ours, seed);
    scenario.program(theirs, seed);
    Packets source = scenario.source(seed);
    for (int sent = 0; sent < packets && differences.size() < MAX_DIFFERENCES; sent += BATCH) {
      List<Packets.Packet> batch = batch(source);
      Subject.Result a = ours.feed(batch);
      Subject.Result b = theirs.feed(batch);
      compare(sent, batch, a, b);
      outputs += a.outputs().size();
      packetIns += a.packetIns().size();
    }
    counters(
        Counters.read(scenario.program(), ours.client()),
        Counters.read(scenario.program(), theirs.client()));
    return differences;
  }

  private void compare(
      int first, List<Packets.Packet> batch, Subject.Result ours, Subject.Result theirs) {
    Observation a = Observation.of(ours, batch.size(), scenario.mask());
    Observation b = Observation.of(theirs, batch.size(), scenario.mask());
    if (a.text().equals(b.text())) {
      if (scenario.ordered()) {
        order(first, ours, theirs);
      }
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      if (!a.outputs().get(i).toString().equals(b.outputs().get(i).toString())) {
        differences.add(
            "packet %d, port %d %s%n  softswitch %s%n  BMv2       %s"
                .formatted(
                    first + i,
                    batch.get(i).port(),
                    HexFormat.of().formatHex(batch.get(i).frame()),
                    a.outputs().get(i),
                    b.outputs().get(i)));
      }
    }
    List<String> ins = a.packetIns().stream().map(HexFormat.of()::formatHex).toList();
    List<String> theirIns = b.packetIns().stream().map(HexFormat.of()::formatHex).toList();
    if (!ins.equals(theirIns)) {
      differences.add(
          "packet-ins of packets %d to %d%n  softswitch %s%n  BMv2       %s"
              .formatted(first, first + batch.size() - 1, ins, theirIns));
    }
  }

  /** A queue, and the packets that passed it, in order. */
  private record Place(int port, int cause) {}

  /**
   * Packets of one queue leave in the order in which they came. Only the softswitch tells a frame's
   * queue; what BMv2 sent is put into the queues that the softswitch named.
   */
  private void order(int first, Subject.Result ours, Subject.Result theirs) {
    Map<Place, Deque<Integer>> queues = new HashMap<>();
    for (Subject.Output o : ours.outputs()) {
      queues
          .computeIfAbsent(new Place(o.port(), o.cause()), k -> new ArrayDeque<>())
          .add(o.queue());
    }
    Map<String, List<Integer>> a = new TreeMap<>();
    Map<String, List<Integer>> b = new TreeMap<>();
    for (Subject.Output o : ours.outputs()) {
      passed(a, o, o.queue());
    }
    for (Subject.Output o : theirs.outputs()) {
      Integer queue =
          queues.getOrDefault(new Place(o.port(), o.cause()), new ArrayDeque<>()).poll();
      passed(b, o, queue == null ? Subject.Output.UNKNOWN_QUEUE : queue);
    }
    if (!a.equals(b)) {
      differences.add("order, packets from %d: softswitch %s, BMv2 %s".formatted(first, a, b));
    }
  }

  private static void passed(Map<String, List<Integer>> order, Subject.Output o, int queue) {
    order
        .computeIfAbsent("port " + o.port() + " queue " + queue, k -> new ArrayList<>())
        .add(o.cause());
  }

  private void counters(SortedMap<String, String> ours, SortedMap<String, String> theirs) {
    SortedMap<String, String> all = new TreeMap<>(ours);
    all.putAll(theirs);
    for (String name : all.keySet()) {
      String a = ours.getOrDefault(name, "0");
      String b = theirs.getOrDefault(name, "0");
      if (!a.equals(b) && differences.size() < 2 * MAX_DIFFERENCES) {
        differences.add("counter " + name + ": softswitch " + a + ", BMv2 " + b);
      }
    }
  }

  /** What was compared, for people. */
  String summary() {
    return "seed " + seed + ": " + outputs + " frames sent, " + packetIns + " packet-ins";
  }
}
