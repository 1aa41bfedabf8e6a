package io.myelin.core.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Amount;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Tenant;
import io.myelin.core.path.Constraints.Limits;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What nobody declared or measured of a link keeps no limit and proves nothing. */
final class UnknownFactsTest {
  /** London to Athens over Vienna; nothing is known of the cables but their capacity. */
  private static final Inventory MAP = map(LinkFacts.UNKNOWN, Amount.UNKNOWN);

  private static Inventory map(LinkFacts facts, Amount latencyNs) {
    List<Link> links = new ArrayList<>();
    cable("london/1", "vienna/1", facts, latencyNs, links);
    cable("vienna/2", "athens/1", facts, latencyNs, links);
    return new Inventory(
        "map",
        1.0,
        List.of(device("london", 1), device("vienna", 2), device("athens", 3)),
        links,
        List.of(
            Fabrics.endpoint(new DeviceId("london"), 1, 1, 9, Fabrics.BLUE),
            Fabrics.endpoint(new DeviceId("athens"), 2, 1, 9, Fabrics.BLUE)),
        List.of(new Tenant(Fabrics.BLUE, List.of())));
  }

  private static Device device(String name, int number) {
    return new Device(
        new DeviceId(name), Device.Role.BORDER, "127.0.0.1:" + number, number, "eu", "");
  }

  private static void cable(String a, String b, LinkFacts facts, Amount ns, List<Link> to) {
    PortRef from = PortRef.parse("a", a);
    PortRef back = PortRef.parse("b", b);
    to.add(new Link(from, back, 100 * Fabrics.GBPS, ns, 0, facts));
    to.add(new Link(back, from, 100 * Fabrics.GBPS, ns, 0, facts));
  }

  private static Placement placement(FabricState s, Objective objective, Limits limits) {
    Terms terms = Terms.of(objective).with(Constraints.FREE.with(limits));
    return Placement.of(s, Fabrics.spec("g1-1", "g2-1", Fabrics.GBPS).with(terms), Now.calm(1_000));
  }

  private static List<String> explain(FabricState s, Limits limits) {
    Placement p = placement(s, Objective.LATENCY, limits);
    assertTrue(assertInstanceOf(PathSearch.NotFound.class, p.find()).proven());
    Placement.Reasons why = p.explain();
    return new ExplanationText(s.inventory(), p.request()).lines(why.explanation(), why.slot());
  }

  @Test
  void withoutALimitThePathSaysWhatIsNotKnownOfIt() {
    PathSearch.Found found =
        assertInstanceOf(
            PathSearch.Found.class,
            placement(Fabrics.state(MAP), Objective.LATENCY, Limits.NONE).find());
    assertEquals(new UnknownLinks(2, 2, 2), found.path().unknown());
    assertEquals(0, found.path().latencyNs(), "no value stands for what nobody knows");
    assertFalse(found.provenOptimal());
  }

  @ParameterizedTest
  @EnumSource(Objective.class)
  void nothingIsProvenAboutLatenciesThatNobodyKnows(Objective objective) {
    Placement p = placement(Fabrics.state(MAP), objective, Limits.NONE);
    boolean cost = objective == Objective.COST;
    assertEquals(cost, ((PathSearch.Found) p.find()).provenOptimal());
    FabricState s = Fabrics.state(MAP);
    assertEquals(
        cost, KPaths.find(s.topology(), p.conditions(), p.request(), 1).get(0).provenOptimal());
  }

  @Test
  void aPairOfPathsIsNotProvenEither() {
    List<Link> links = new ArrayList<>();
    cable("london/1", "athens/1", LinkFacts.UNKNOWN, Amount.UNKNOWN, links);
    cable("london/2", "athens/2", LinkFacts.UNKNOWN, Amount.of(9), links);
    List<io.myelin.core.model.Endpoint> ends = new ArrayList<>();
    MAP.endpoints().forEach((id, e) -> ends.add(e));
    FabricState s =
        Fabrics.state(
            new Inventory(
                "two",
                1.0,
                List.of(device("london", 1), device("athens", 3)),
                links,
                ends,
                List.of(new Tenant(Fabrics.BLUE, List.of()))));
    Placement p = placement(s, Objective.LATENCY, Limits.NONE);
    DisjointPair.Pair pair =
        DisjointPair.find(s.topology(), p.conditions(), p.request(), Set.of(Scope.LINK)).pair();
    assertTrue(pair != null && !pair.proven());
  }

  @Test
  void limitsFailClosedWithAReasonPerLink() {
    FabricState s = Fabrics.state(MAP);
    String over = " (over london vienna athens, through eu)";
    String first = "link london/1>vienna/1";
    String second = "link vienna/2>athens/1";
    assertEquals(
        List.of(
            "max_latency: latency unknown on "
                + first
                + ", max_latency: latency unknown on "
                + second
                + over),
        explain(s, Limits.NONE.withLatencyNs(Limits.UNLIMITED - 1)));
    assertEquals(
        List.of(
            "max_jitter: jitter unknown on "
                + first
                + ", max_jitter: jitter unknown on "
                + second
                + over),
        explain(s, Limits.NONE.withJitterNs(1_000_000)));
    assertEquals(
        List.of(
            "max_loss: loss unknown on " + first + ", max_loss: loss unknown on " + second + over),
        explain(s, Limits.NONE.withLossPpb(LinkFacts.MAX_LOSS_PPB)));
  }

  @Test
  void aDeclaredZeroIsKnown() {
    FabricState s =
        Fabrics.state(map(LinkFacts.UNKNOWN.withJitterNs(0).withLossPpb(0), Amount.of(1_000)));
    PathSearch.Found found =
        assertInstanceOf(
            PathSearch.Found.class,
            placement(s, Objective.LATENCY, Limits.NONE.withJitterNs(0).withLossPpb(0).withHops(3))
                .find());
    assertEquals(UnknownLinks.NONE, found.path().unknown());
    assertTrue(found.provenOptimal());
  }

  @Test
  void aMeasurementCompletesWhatIsNotDeclared() {
    FabricState s = Fabrics.state(MAP);
    for (String link : List.of("london/1>vienna/1", "vienna/2>athens/1")) {
      Command observed = new Command.ObserveLink(new LinkId(link), true, 7_000_000, 1_000);
      s = StateMachine.apply(s, observed).after();
    }
    Limits limits = Limits.NONE.withLatencyNs(14_000_000);
    PathSearch.Found found =
        assertInstanceOf(PathSearch.Found.class, placement(s, Objective.LATENCY, limits).find());
    assertEquals(14_000_000, found.path().latencyNs());
    assertEquals(0, found.path().unknown().latency());
    assertTrue(found.provenOptimal());
  }
}
