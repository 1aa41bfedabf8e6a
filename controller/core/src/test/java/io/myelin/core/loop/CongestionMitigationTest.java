package io.myelin.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Queues;
import io.myelin.core.model.Tenant;
import io.myelin.core.path.Objective;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.port.Telemetry.Flow;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.RouteWeights;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which decision is taken, and which is not. */
final class CongestionMitigationTest {
  private static final double LINE = 100e9;
  private static final LinkId HOT = new LinkId("leaf1/1>spine1/1");
  private static final Estimate FULL = new Estimate(1, 0, 0, 0, 0, 1, 0);

  private FabricState state = Fabrics.state(Fabrics.leafSpine(2, 3, 4));
  private final Map<LinkId, Double> loads = new HashMap<>();
  private final Map<LinkId, Double> lately = new HashMap<>();
  private final Set<LinkId> unknown = new HashSet<>();
  private long nowMs = 10_000;
  private final Hysteresis calm = new Hysteresis(Policy.DEFAULT);
  private final CongestionMitigation mitigation = new CongestionMitigation(calm);

  private int number(LinkId id) {
    Integer n = state.topology().number(id);
    assertNotNull(n);
    return n;
  }

  private LoopSnapshot snapshot() {
    return new LoopSnapshot(
        state,
        Now.calm(nowMs),
        l -> !unknown.contains(state.topology().id(l)),
        l -> loads.getOrDefault(state.topology().id(l), 0.0),
        l ->
            Math.max(
                loads.getOrDefault(state.topology().id(l), 0.0),
                lately.getOrDefault(state.topology().id(l), 0.0)),
        l -> (double) l.spec().bandwidthBps());
  }

  private Decision decide(int queue, int qp) {
    Flow flow = new Flow(IpAddress.parse("ip", "10.1.0.1"), IpAddress.parse("ip", "10.2.0.1"), qp);
    return decide(new CongestedLink(number(HOT), queue, flow, FULL));
  }

  private Decision decide(CongestedLink hot) {
    return Objects.requireNonNull(mitigation.decide(snapshot(), hot));
  }

  private FabricState carriedOut(Decision d) {
    return StateMachine.apply(state, Objects.requireNonNull(d.command())).after();
  }

  private LinkId uplink(FabricState s, String lease) {
    return Objects.requireNonNull(s.leases().get(Fabrics.name(lease))).path().links().get(1);
  }

  @Test
  void anElephantIsLedAround() {
    loads.put(HOT, LINE);
    Decision d = decide(Queues.ROCE, 42);
    assertEquals(Decision.Kind.GUIDE, d.kind());
    assertTrue(d.after() < d.before());
    state = carriedOut(d);
    var flow = state.loops().steered().iterator().next().getValue();
    assertFalse(flow.path().links().contains(HOT));
    assertEquals(1, MyelinPipeline.INSTANCE.ofFlow(state, flow).size());

    assertNull(
        mitigation.decide(snapshot(), new CongestedLink(number(HOT), Queues.ROCE, null, FULL)),
        "the link has had no time to cool");
    nowMs += Policy.DEFAULT.settleMs();
    Decision again = decide(Queues.ROCE, 42);
    assertTrue(again.kind() != Decision.Kind.GUIDE, "it dwells where it is");
  }

  @Test
  void nothingIsDecidedAboutALinkWhoseLoadIsNotKnown() {
    loads.put(HOT, LINE);
    unknown.add(HOT);
    Decision d = decide(Queues.ROCE, 42);
    assertEquals(Decision.Kind.NONE, d.kind());
    assertEquals("what it carries was not measured lately", d.reason());
    nowMs += Policy.DEFAULT.settleMs();
    assertNull(
        mitigation.decide(snapshot(), new CongestedLink(number(HOT), Queues.ROCE, null, FULL)),
        "said once");
    unknown.clear();
    nowMs += Policy.DEFAULT.settleMs();
    assertEquals(Decision.Kind.GUIDE, decide(Queues.ROCE, 42).kind());
  }

  @Test
  void nothingIsPutOnALinkWhoseLoadIsNotKnown() {
    loads.put(HOT, LINE);
    unknown.add(new LinkId("leaf1/2>spine2/1"));
    unknown.add(new LinkId("spine3/2>leaf2/3"));
    assertEquals(Decision.Kind.NONE, decide(Queues.ROCE, 42).kind());
  }

  @Test
  void aFlowIsNotLedToWhereItWouldBeNoBetterOff() {
    loads.put(HOT, LINE);
    loads.put(new LinkId("leaf1/2>spine2/1"), 0.7 * LINE);
    loads.put(new LinkId("leaf1/3>spine3/1"), 0.7 * LINE);
    assertEquals(Decision.Kind.NONE, decide(Queues.ROCE, 42).kind());
  }

  @Test
  void aLeaseMovesWhereItsQueueIsHot() {
    state = Fabrics.create(state, "a", Fabrics.spec("g1-1", "g2-1", 30_000_000_000L)).after();
    LinkId on = uplink(state, "a");
    loads.put(on, LINE);
    Decision d = decide(new CongestedLink(number(on), Queues.LEASED, null, FULL));
    assertEquals(Decision.Kind.MOVE, d.kind());
    FabricState after = carriedOut(d);
    assertFalse(uplink(after, "a").equals(on));
  }

  @Test
  void whatCannotBeNamedIsDividedDifferently() {
    loads.put(HOT, LINE);
    Decision d = decide(Queues.ROCE, -1);
    assertEquals(Decision.Kind.WEIGHTS, d.kind());
    state = carriedOut(d);
    List<Routes.Hop> hops = Routes.of(state).toward(new DeviceId("leaf1"), new DeviceId("leaf2"));
    int hot = hops.stream().filter(h -> h.link() == number(HOT)).mapToInt(Routes.Hop::weight).sum();
    int all = hops.stream().mapToInt(Routes.Hop::weight).sum();
    assertEquals(1 / 6.0, (double) hot / all, 0.02);
  }

  @Test
  void theLowestClassIsSlowedWhereThereIsOnlyOneWay() {
    int last = state.topology().links() - 1;
    Decision d = decide(new CongestedLink(last, Queues.BEST_EFFORT, null, FULL));
    assertEquals(Decision.Kind.SLOW, d.kind());
    FabricState slowed = carriedOut(d);
    var before = MyelinPipeline.INSTANCE.entries(state, new DeviceId("leaf2"));
    var after = MyelinPipeline.INSTANCE.entries(slowed, new DeviceId("leaf2"));
    long differ =
        before.keySet().stream()
            .filter(k -> !Objects.equals(before.get(k), after.get(k)))
            .peek(k -> assertEquals(MyelinTable.QUEUE_PROFILE, k.table()))
            .count();
    assertEquals(2, differ, "all but leases and control");
  }

  @Test
  void drainedLinksAreLeftByRoutesAndFlows() {
    loads.put(HOT, LINE);
    state = carriedOut(decide(Queues.ROCE, 42));
    LinkId used = state.loops().steered().iterator().next().getValue().path().links().get(1);
    state = StateMachine.apply(state, new Command.SetDrained(List.of(used), true, nowMs)).after();
    assertTrue(state.loops().steered().isEmpty());
    assertTrue(
        Routes.of(state).toward(new DeviceId("leaf1"), new DeviceId("leaf2")).stream()
            .noneMatch(h -> h.link() == number(used)));
  }

  @Test
  void weightsThatLeadElsewhereAreIgnored() {
    var toward = new RoutePair(new DeviceId("leaf1"), new DeviceId("leaf2"));
    var members = new TreeMap<>(Map.of(new LinkId("leaf2/1>spine1/2"), 3));
    state =
        StateMachine.apply(
                state, new Command.SetWeights(List.of(new RouteWeights(toward, members)), nowMs))
            .after();
    assertEquals(3, Routes.of(state).toward(toward.at(), toward.leaf()).size());
  }

  private @Nullable Decision ask(LinkId link, int queue, int qp) {
    Flow flow = new Flow(IpAddress.parse("ip", "10.1.0.1"), IpAddress.parse("ip", "10.2.0.1"), qp);
    return mitigation.decide(snapshot(), new CongestedLink(number(link), queue, flow, FULL));
  }

  private void everythingIsFull() {
    for (int s = 1; s <= 3; s++) {
      loads.put(new LinkId("leaf1/" + s + ">spine" + s + "/1"), LINE);
    }
  }

  @Test
  void thatNothingHelpsIsSaidOnceUntilSomethingChanges() {
    everythingIsFull();
    assertEquals(Decision.Kind.NONE, decide(Queues.ROCE, 42).kind());
    for (int i = 0; i < 400; i++) {
      nowMs += Policy.DEFAULT.settleMs();
      assertNull(ask(HOT, Queues.ROCE, 42), "said before, " + nowMs + " ms");
    }
    nowMs += Hysteresis.CALM_MS;
    assertEquals(Decision.Kind.NONE, decide(Queues.ROCE, 42).kind(), "hot once more");
    loads.remove(new LinkId("leaf1/2>spine2/1"));
    nowMs += Policy.DEFAULT.settleMs();
    assertEquals(Decision.Kind.GUIDE, decide(Queues.ROCE, 42).kind());
    calm.done(HOT);
    everythingIsFull();
    nowMs += Policy.DEFAULT.settleMs();
    assertEquals(Decision.Kind.NONE, decide(Queues.ROCE, 42).kind(), "after that, news");
  }

  @Test
  void whatIsInVainTakesNoShareOfTheDecisions() {
    for (int i = 0; i < 2 * Policy.DEFAULT.movesPerInterval(); i++) {
      ask(state.topology().id(state.topology().links() - 1), Queues.LEASED, -1);
      nowMs += Policy.DEFAULT.settleMs() / 10;
      calm.done(state.topology().id(state.topology().links() - 1));
    }
    for (int l = state.topology().fabricLinks(); l < state.topology().links(); l++) {
      ask(state.topology().id(l), Queues.LEASED, -1);
    }
    loads.put(HOT, LINE);
    assertEquals(Decision.Kind.GUIDE, decide(Queues.ROCE, 42).kind());
  }

  @Test
  void aFlowThatALeaseTakesIsNotLed() {
    var all = new TrafficSelector(TrafficSelector.Kind.ALL, List.of());
    var qp = new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(7, 42));
    var even = TrafficSelector.roceClass(2, 0);
    for (TrafficSelector taken : List.of(TrafficSelector.ROCE, all, qp, even)) {
      state = with(taken);
      loads.put(HOT, LINE);
      nowMs += 20_000;
      assertTrue(decide(Queues.ROCE, 42).kind() != Decision.Kind.GUIDE, taken.toString());
    }
    var other = new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(7));
    for (TrafficSelector free : List.of(other, TrafficSelector.roceClass(2, 1))) {
      state = with(free);
      nowMs += 20_000;
      assertEquals(Decision.Kind.GUIDE, decide(Queues.ROCE, 42).kind(), free.toString());
    }
  }

  private static FabricState with(TrafficSelector traffic) {
    LeaseSpec spec =
        new LeaseSpec(
            new EndpointId("g1-1"),
            new EndpointId("g2-1"),
            traffic,
            1_000_000_000L,
            Terms.of(Objective.LATENCY),
            LeaseSpec.NEVER);
    return Fabrics.create(Fabrics.state(Fabrics.leafSpine(2, 3, 4)), "a", spec).after();
  }

  @Test
  void aFlowThatIsLedAroundALinkIsNotLedAroundItAgain() {
    loads.put(HOT, LINE);
    state = carriedOut(decide(Queues.ROCE, 42));
    nowMs += Policy.DEFAULT.dwellMs();
    Decision again = ask(HOT, Queues.ROCE, 42);
    assertTrue(again == null || again.kind() != Decision.Kind.GUIDE, "a packet that was late");
  }

  @Test
  void aLinkIsNotSlowedAgainBeforeTheLogHasIt() {
    LinkId last = state.topology().id(state.topology().links() - 1);
    assertEquals(
        Decision.Kind.SLOW, Objects.requireNonNull(ask(last, Queues.BEST_EFFORT, -1)).kind());
    nowMs += Policy.DEFAULT.settleMs();
    Decision again = ask(last, Queues.BEST_EFFORT, -1);
    assertTrue(again == null || again.kind() != Decision.Kind.SLOW);
  }

  private static <K extends Comparable<? super K>, V> List<V> values(PersistentMap<K, V> map) {
    List<V> values = new ArrayList<>();
    map.forEach((k, v) -> values.add(v));
    return values;
  }

  /** The direct link is drained: weights towards the others are decided, and not followed. */
  @Test
  void theOptimiserDoesNotRepeatWeightsThatRoutesCannotFollow() {
    var plain = Fabrics.leafSpine(2, 2, 4);
    List<Link> links = new ArrayList<>(values(plain.links()));
    PortRef a = new PortRef(new DeviceId("leaf1"), 20);
    PortRef b = new PortRef(new DeviceId("leaf2"), 20);
    links.add(new Link(a, b, 100_000_000_000L, 500, 10));
    links.add(new Link(b, a, 100_000_000_000L, 500, 10));
    state =
        Fabrics.state(
            new Inventory(
                "test",
                1.0,
                values(plain.devices()),
                links,
                values(plain.endpoints()),
                List.of(new Tenant(Fabrics.BLUE, List.of()))));
    List<LinkId> direct = List.of(LinkId.between(a, b), LinkId.between(b, a));
    state = StateMachine.apply(state, new Command.SetDrained(direct, true, nowMs)).after();
    state = Fabrics.create(state, "a", Fabrics.spec("g1-1", "g2-1", 60_000_000_000L)).after();
    Map<RoutePair, Double> routed =
        Map.of(new RoutePair(new DeviceId("leaf1"), new DeviceId("leaf2")), 70e9);
    Optimiser.Plan first = Optimiser.plan(snapshot(), routed, calm);
    assertFalse(first.weights().isEmpty());
    state = StateMachine.apply(state, new Command.SetWeights(first.weights(), nowMs)).after();
    nowMs += 10_000;
    assertEquals(List.of(), Optimiser.plan(snapshot(), routed, calm).weights());
  }

  @Test
  void aLinkThatFailsOftenIsKeptOutLonger() {
    Damping damping = new Damping(300, 10_000);
    assertTrue(damping.mayReturn(List.of(), 0));
    assertFalse(damping.mayReturn(List.of(0L), 299));
    assertTrue(damping.mayReturn(List.of(0L), 300));
    assertFalse(damping.mayReturn(List.of(0L, 400L, 800L), 5_000));
    assertTrue(damping.mayReturn(List.of(0L, 400L, 800L), 20_000));
  }
}
