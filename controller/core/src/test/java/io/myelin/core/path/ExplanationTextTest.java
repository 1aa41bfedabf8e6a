package io.myelin.core.path;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Tenant;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Golden texts: what people read when there is no path. */
final class ExplanationTextTest {
  private static final long G = Fabrics.GBPS;

  /**
   * Paris to Oslo: 11 ms over Berlin on macsec fibre, 9 ms over London on plain fibre, 6 ms over a
   * satellite.
   */
  private static final Inventory EUROPE =
      new Inventory(
          "europe",
          1.0,
          List.of(
              device("paris", 1, "eu-west"),
              device("berlin", 2, "eu-west"),
              device("london", 3, "uk"),
              device("sky", 4, "space"),
              device("oslo", 5, "eu-north")),
          java.util.stream.Stream.of(
                  cable("paris/1", "berlin/1", 6, 30, facts(Encryption.MACSEC, Medium.FIBRE)),
                  cable("berlin/2", "oslo/1", 5, 30, facts(Encryption.MACSEC, Medium.FIBRE)),
                  cable("paris/2", "london/1", 3, 10, facts(Encryption.NONE, Medium.FIBRE)),
                  cable("london/2", "oslo/2", 6, 10, facts(Encryption.UNKNOWN, Medium.FIBRE)),
                  cable("paris/3", "sky/1", 3, 200, facts(Encryption.IPSEC, Medium.LEO)),
                  cable("sky/2", "oslo/3", 3, 200, facts(Encryption.IPSEC, Medium.LEO)))
              .flatMap(List::stream)
              .toList(),
          List.of(
              Fabrics.endpoint(new DeviceId("paris"), 1, 1, 9, Fabrics.BLUE),
              Fabrics.endpoint(new DeviceId("oslo"), 2, 1, 9, Fabrics.BLUE),
              Fabrics.endpoint(new DeviceId("paris"), 1, 2, 10, Fabrics.BLUE),
              Fabrics.endpoint(new DeviceId("oslo"), 2, 2, 10, Fabrics.BLUE)),
          List.of(new Tenant(Fabrics.BLUE, List.of())));

  private static Device device(String name, int number, String region) {
    return new Device(
        new DeviceId(name), Device.Role.BORDER, "127.0.0.1:" + number, number, region, "");
  }

  private static LinkFacts facts(Encryption e, Medium m) {
    return LinkFacts.UNKNOWN.withEncryption(e).withMedium(m).withJitterNs(1_000).withLossPpb(50);
  }

  private static List<Link> cable(String a, String b, long ms, long cost, LinkFacts facts) {
    PortRef from = PortRef.parse("a", a);
    PortRef to = PortRef.parse("b", b);
    LinkFacts f = facts.withRegions(List.of("eu-west")); // and the regions of its ends
    return List.of(
        new Link(from, to, 40 * G, ms * 1_000_000, cost, f),
        new Link(to, from, 40 * G, ms * 1_000_000, cost, f));
  }

  private static List<String> explain(FabricState s, Constraints c, long bps) {
    LeaseSpec spec = Fabrics.spec("g1-1", "g2-1", bps).with(Terms.of(Objective.LATENCY).with(c));
    Placement p = Placement.of(s, spec, Now.calm(1_000));
    assertEquals(PathSearch.NotFound.class, p.find().getClass());
    Placement.Reasons why = p.explain();
    return new ExplanationText(EUROPE, p.request()).lines(why.explanation(), why.slot());
  }

  @Test
  void aLimitAndItsAlternatives() {
    Constraints c =
        Constraints.FREE
            .with(Constraints.Limits.NONE.withLatencyNs(8_000_000))
            .with(new Constraints.Regions(Set.of("eu-west", "eu-north", "uk"), Set.of()));
    assertEquals(
        List.of(
            "regions: link paris/3>sky/1 touches eu-west, space, regions: link sky/2>oslo/3"
                + " touches eu-north, eu-west, space (over paris sky oslo, through eu-north,"
                + " eu-west, space)",
            "max_latency: +1 ms, 9 ms where 8 ms is allowed (over paris london oslo, through"
                + " eu-north, eu-west, uk)"),
        explain(Fabrics.state(EUROPE), c, G));
  }

  @Test
  void encryptionThatIsNotKnownIsNotThere() {
    Constraints c =
        Constraints.FREE
            .withEncryption(Set.of(Encryption.MACSEC))
            .with(Constraints.Limits.NONE.withCostMicrosPerGb(20));
    List<String> lines = explain(Fabrics.state(EUROPE), c, G);
    assertEquals(
        "encryption: link g1-1>paris/9 has UNKNOWN, encryption: link paris/2>london/1 has NONE,"
            + " and 2 links more (over paris london oslo, through eu-north, eu-west, uk)",
        lines.get(0));
    assertEquals(1, lines.size(), lines.toString());
  }

  @Test
  void bandwidthNowAndWhenThereIsMore() {
    FabricState s = Fabrics.state(EUROPE);
    for (int i = 0; i < 3; i++) {
      LeaseSpec busy =
          new LeaseSpec(
                  Fabrics.spec("g1-2", "g2-2", 1).source(),
                  Fabrics.spec("g1-2", "g2-2", 1).destination(),
                  new io.myelin.core.state.TrafficSelector(
                      io.myelin.core.state.TrafficSelector.Kind.ROCE, List.of(1 + i)),
                  22 * G,
                  Terms.of(Objective.LATENCY),
                  LeaseSpec.NEVER)
              .withTimes(LeaseSpec.AT_ONCE, 1_000_000L * (i + 1));
      s = Fabrics.create(s, "busy" + i, busy).after();
    }
    assertEquals(
        List.of(
            "18 Gb/s is free on link paris/3>sky/1, 7 Gb/s less than 25 Gb/s, 18 Gb/s is free on"
                + " link sky/2>oslo/3, 7 Gb/s less than 25 Gb/s (over paris sky oslo, through"
                + " eu-north, eu-west, space)",
            "25 Gb/s from 1970-01-01T00:16:40Z over paris sky oslo"),
        explain(s, Constraints.FREE, 25 * G));
  }

  @Test
  void allThatIsDown() {
    FabricState s = Fabrics.state(EUROPE);
    for (String link : List.of("paris/1>berlin/1", "london/2>oslo/2", "sky/2>oslo/3")) {
      s = StateMachine.apply(s, new Command.ObserveLink(new LinkId(link), false, 0, 1)).after();
    }
    assertEquals(
        List.of(
            "link sky/2>oslo/3 is down (over paris sky oslo, through eu-north, eu-west, space)"),
        explain(s, Constraints.FREE, G));
  }

  @Test
  void everyKindHasWords() {
    FabricState s = Fabrics.state(EUROPE);
    Constraints c = Constraints.FREE;
    assertEquals(
        "max_jitter: +1.5 us, 2 us where 500 ns is allowed",
        first(explain(s, c.with(Constraints.Limits.NONE.withJitterNs(500)), G)));
    assertEquals(
        "max_loss: +0.000009 %, 0.00001 % where 0.000001 % is allowed",
        first(explain(s, c.with(Constraints.Limits.NONE.withLossPpb(10)), G)));
    assertEquals(
        "max_cost: +15 micros/GB, 20 micros/GB where 5 micros/GB is allowed",
        first(explain(s, c.with(Constraints.Limits.NONE.withCostMicrosPerGb(5)), G)));
    assertEquals(
        "max_hops: +1 switches, 3 switches where 2 switches is allowed",
        first(explain(s, c.with(Constraints.Limits.NONE.withHops(2)), G)));
    assertEquals(
        "via: it does not pass [berlin, london] in this order",
        first(explain(s, c.withVia(List.of(new DeviceId("berlin"), new DeviceId("london"))), G)));
    assertEquals(
        "media: link paris/3>sky/1 is of LEO, media: link sky/2>oslo/3 is of LEO",
        first(
            explain(
                s,
                c.withExcludedMedia(Set.of(Medium.LEO))
                    .with(Constraints.Limits.NONE.withLatencyNs(7_000_000)),
                G)));
    assertEquals(
        "avoid: link paris/3>sky/1 is to be avoided, avoid: link sky/2>oslo/3 is to be avoided",
        first(
            explain(
                s,
                c.with(new Constraints.Avoid(Set.of(new DeviceId("sky")), Set.of(), Set.of()))
                    .with(Constraints.Limits.NONE.withLatencyNs(7_000_000)),
                G)));
  }

  private static String first(List<String> lines) {
    return lines.get(0).replaceFirst(" \\(over .*", "");
  }

  @Test
  void endpointsBehindOneSwitchNeedNoCable() {
    Endpoint a = EUROPE.endpointsAt(new DeviceId("paris")).get(0);
    Endpoint b = EUROPE.endpointsAt(new DeviceId("paris")).get(1);
    Topology t = new Topology(EUROPE);
    Placement p =
        Placement.of(
            Fabrics.state(EUROPE), Fabrics.spec(a.id().value(), b.id().value(), G), Now.calm(0));
    PathSearch.Found found = (PathSearch.Found) p.find();
    assertEquals(2, found.path().links().size());
    assertEquals(0, found.path().latencyNs());
    assertEquals(12, t.fabricLinks());
  }
}
