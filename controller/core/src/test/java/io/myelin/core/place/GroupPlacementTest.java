package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Many leases at once, and one more where only the arrangement of others is in the way. */
final class GroupPlacementTest {
  private static final Now CALM = Now.calm(1);

  /** König: in a non-blocking Clos network every permutation at line rate fits. */
  @Property(tries = 60)
  void everyPermutationAtLineRateFitsAtOnce(@ForAll long seed) {
    for (String shape : List.of("leaf-spine:4x4x4", "fat-tree:4", "fat-tree:6", "rail:2x3x2x3")) {
      FabricState s = generated(shape);
      List<LeaseSpec> specs = permutation(s, new Random(seed));
      GroupPlacement.Placed p =
          assertInstanceOf(
              GroupPlacement.Placed.class,
              GroupPlacement.find(s, specs, CALM),
              shape + ", seed " + seed);
      assertEquals(1.0, p.fit().highest(), 1e-9, shape + ", seed " + seed);
      assertEquals(1.0, p.fit().bound(), 1e-9, shape + ", seed " + seed);
      assertTrue(p.moves().isEmpty());
      FabricState end = s;
      for (int i = 0; i < specs.size(); i++) {
        end =
            done(
                    end,
                    new Command.CreateLease(
                        Fabrics.name("l" + i), specs.get(i), p.routes().get(i), null, 1),
                    seed)
                .after();
      }
      nothingIsOverbooked(end, seed);
    }
  }

  /** In any order, one by one, moving others where it must be, whatever waits in queues. */
  @Property(tries = 100)
  void everyPermutationAtLineRateFitsOneByOne(@ForAll long seed) {
    Random queues = new Random(seed);
    Now busy = new Now(1, d -> true, p -> queues.nextInt(1_000_000));
    for (String shape : List.of("leaf-spine:4x4x4", "fat-tree:4")) {
      FabricState s = generated(shape);
      List<LeaseSpec> specs = permutation(s, new Random(seed));
      for (int i = 0; i < specs.size(); i++) {
        LeaseSpec spec = specs.get(i);
        GroupPlacement.Placed p =
            assertInstanceOf(
                GroupPlacement.Placed.class,
                GroupPlacement.find(s, List.of(spec), busy),
                shape + " blocked, seed " + seed);
        if (!p.moves().isEmpty()) {
          s = done(s, new Command.MoveLeases(p.moves(), "room", 1), seed).after();
        }
        s =
            done(
                    s,
                    new Command.CreateLease(
                        Fabrics.name("l" + i), spec, p.routes().get(0), null, 1),
                    seed)
                .after();
        assertTrue(p.routes().get(0).path().egress().size() <= 5, "detour, seed " + seed);
      }
      nothingIsOverbooked(s, seed);
    }
  }

  /** With cables gone and unequal flows: whatever is placed fits and uses no dead link. */
  @Property(tries = 60)
  void whatIsPlacedFitsWhateverIsBroken(@ForAll long seed) {
    Random random = new Random(seed);
    FabricState s = generated(List.of("leaf-spine:4x4x4", "fat-tree:4").get(random.nextInt(2)));
    for (Map.Entry<LinkId, Link> e : s.inventory().links()) {
      if (random.nextInt(12) == 0) {
        s = observe(observe(s, e.getKey()), e.getValue().reverseId());
      }
    }
    List<LeaseSpec> specs = new ArrayList<>();
    for (LeaseSpec spec : permutation(s, random)) {
      specs.add(spec.withBandwidthBps(spec.bandwidthBps() * (1 + random.nextInt(4)) / 8));
    }
    if (!(GroupPlacement.find(s, specs, CALM) instanceof GroupPlacement.Placed p)) {
      return;
    }
    assertTrue(p.fit().highest() >= p.fit().bound() - 1e-9, "bound, seed " + seed);
    for (int i = 0; i < specs.size(); i++) {
      s =
          done(
                  s,
                  new Command.CreateLease(
                      Fabrics.name("l" + i), specs.get(i), p.routes().get(i), null, 1),
                  seed)
              .after();
    }
    nothingIsOverbooked(s, seed);
  }

  @Test
  void outsideOfClosNetworksTheBestWaysAreUsedAndOthersWhereTheyAreFull() {
    // Five sites in a ring with chords: no tiers.
    FabricState s = generated("dragonfly:2x3x2x1");
    List<LeaseSpec> specs = permutation(s, new Random(5));
    List<LeaseSpec> halves =
        specs.stream().map(x -> x.withBandwidthBps(x.bandwidthBps() / 4)).toList();
    GroupPlacement.Placed p =
        assertInstanceOf(GroupPlacement.Placed.class, GroupPlacement.find(s, halves, CALM));
    for (int i = 0; i < halves.size(); i++) {
      s =
          done(
                  s,
                  new Command.CreateLease(
                      Fabrics.name("l" + i), halves.get(i), p.routes().get(i), null, 1),
                  5)
              .after();
    }
    nothingIsOverbooked(s, 5);
  }

  @Test
  void saysWhichCutIsTooSmall() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 1, 2));
    GroupPlacement.Answer two =
        GroupPlacement.find(
            s,
            List.of(
                Fabrics.spec("g1-1", "g2-1", 60 * Fabrics.GBPS),
                Fabrics.spec("g1-2", "g2-2", 60 * Fabrics.GBPS)),
            CALM);
    assertEquals(
        new GroupPlacement.CutTooSmall(
            "all links out of leaf1", 120 * Fabrics.GBPS, 100 * Fabrics.GBPS),
        two);
    GroupPlacement.Answer nic =
        GroupPlacement.find(
            s,
            List.of(
                Fabrics.spec("g1-1", "g1-2", 60 * Fabrics.GBPS),
                Fabrics.spec("g1-1", "g2-2", 60 * Fabrics.GBPS)),
            CALM);
    GroupPlacement.CutTooSmall cut = assertInstanceOf(GroupPlacement.CutTooSmall.class, nic);
    assertTrue(cut.where().contains("g1-1"), cut.where());
    assertEquals(120 * Fabrics.GBPS, cut.neededBps());
  }

  @Test
  void saysWhichFlowHasNoPathAtAll() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 1));
    LeaseSpec encrypted =
        Fabrics.spec("g1-1", "g2-1", Fabrics.GBPS)
            .with(
                Terms.of(Objective.LATENCY)
                    .with(Constraints.FREE.withEncryption(Set.of(Encryption.MACSEC))));
    assertEquals(
        new GroupPlacement.NoPath(0, encrypted), GroupPlacement.find(s, List.of(encrypted), CALM));
  }

  private static FabricState generated(String shape) {
    return Fabrics.state(GeneratedFabric.parse("shape", shape).inventory(FabricOptions.DEFAULT));
  }

  private static List<LeaseSpec> permutation(FabricState s, Random random) {
    List<EndpointId> from = new ArrayList<>();
    s.inventory().endpoints().forEach((id, e) -> from.add(id));
    List<EndpointId> to = new ArrayList<>(from);
    Collections.shuffle(to, random);
    List<LeaseSpec> specs = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      if (!from.get(i).equals(to.get(i))) {
        specs.add(
            new LeaseSpec(
                from.get(i),
                to.get(i),
                TrafficSelector.ROCE,
                capacity(s, from.get(i)),
                Terms.of(Objective.LATENCY),
                LeaseSpec.NEVER));
      }
    }
    Collections.shuffle(specs, random);
    return specs;
  }

  private static long capacity(FabricState s, EndpointId id) {
    Endpoint e = s.topology().endpoint(id);
    return e == null ? 0 : e.capacityBps();
  }

  private static FabricState observe(FabricState s, LinkId link) {
    return StateMachine.apply(
            s, new Command.ObserveLink(link, false, Command.ObserveLink.UNKNOWN, 1))
        .after();
  }

  private static Applied done(FabricState s, Command c, long seed) {
    Applied a = StateMachine.apply(s, c);
    assertTrue(!(a.outcome() instanceof Outcome.Refused), a.outcome() + ", seed " + seed);
    return a;
  }

  private static void nothingIsOverbooked(FabricState s, long seed) {
    for (int l = 0; l < s.topology().links(); l++) {
      LinkId link = s.topology().id(l);
      assertTrue(s.unheldBps(link) >= 0, link + ", seed " + seed);
    }
  }
}
