package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Availability;
import io.myelin.core.model.Availability.Recurrence;
import io.myelin.core.model.Device;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.SlotSearch;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class SlotSearchTest {
  private static final int END = 200;
  private static final long G = Fabrics.GBPS;

  /** Two leaves, two spines; some cables come and go. */
  private static Inventory fabric(Random random) {
    Inventory plain = Fabrics.leafSpine(2, 2, 3);
    Map<LinkId, Availability> drawn = new HashMap<>();
    List<Link> links = new ArrayList<>();
    plain
        .links()
        .forEach(
            (id, l) -> {
              Availability a = drawn.get(l.reverseId());
              a = a != null ? a : random.nextInt(3) == 0 ? some(random) : Availability.ALWAYS;
              drawn.put(id, a);
              links.add(
                  new Link(
                      l.from(),
                      l.to(),
                      l.capacityBps(),
                      l.latencyNs(),
                      l.costMicrosPerGb(),
                      l.facts().withAvailability(a)));
            });
    List<Device> devices = new ArrayList<>();
    plain.devices().forEach((id, d) -> devices.add(d));
    List<Endpoint> endpoints = new ArrayList<>();
    plain.endpoints().forEach((id, e) -> endpoints.add(e));
    return new Inventory(
        "slots", 1.0, devices, links, endpoints, List.of(new Tenant(Fabrics.BLUE, List.of())));
  }

  private static Availability some(Random random) {
    int start = random.nextInt(60);
    int end = start + 1 + random.nextInt(40);
    Recurrence r = new Recurrence(start, end, random.nextBoolean() ? 0 : end - start + 20);
    return random.nextBoolean()
        ? new Availability(List.of(r), List.of())
        : new Availability(List.of(), List.of(r));
  }

  @Property(tries = 400)
  void findsTheEarliestMillisecond(@ForAll long seed) {
    Random random = new Random(seed);
    FabricState s = Fabrics.state(fabric(random));
    for (int i = 0; i < 12; i++) {
      LeaseSpec spec =
          Fabrics.spec(
                  "g1-" + (1 + random.nextInt(3)),
                  "g2-" + (1 + random.nextInt(3)),
                  (20 + random.nextInt(80)) * G)
              .withTimes(random.nextInt(80), 81 + random.nextInt(60));
      if (Placement.of(s, spec, Now.calm(0)).find() instanceof PathSearch.Found f) {
        s =
            StateMachine.apply(
                    s,
                    new Command.CreateLease(
                        Fabrics.name("l" + i), spec, Route.of(f.path()), null, 0))
                .after();
      }
    }
    LeaseSpec wanted = Fabrics.spec("g1-1", "g2-1", (20 + random.nextInt(80)) * G);
    int duration = 1 + random.nextInt(50);
    long expected = TimeWindow.FOREVER;
    for (int t = 0; t < END && expected == TimeWindow.FOREVER; t++) {
      LeaseSpec then = wanted.withTimes(t, t + duration);
      if (Placement.of(s, then, Now.calm(0)).find() instanceof PathSearch.Found) {
        expected = t;
      }
    }
    Placement p = Placement.of(s, wanted, Now.calm(0));
    SlotSearch.Slots slots =
        new SlotSearch(s.topology(), p.conditions(), 0, END - 1).earliest(p.request(), duration);
    String where = "seed " + seed + ": " + slots;
    if (expected == TimeWindow.FOREVER) {
      assertTrue(slots.slots().isEmpty(), where);
      assertTrue(slots.searchedUntilMs() >= END - 1, where);
    } else {
      assertEquals(expected, slots.slots().get(0).window().startMs(), where);
      assertEquals(duration, slots.slots().get(0).window().durationMs(), where);
    }
  }

  @Test
  void aVolumeFitsEarlierAtALowerRate() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 1, 2));
    LeaseSpec busy = Fabrics.spec("g1-1", "g2-1", 60 * G).withTimes(LeaseSpec.AT_ONCE, 10_000);
    s = Fabrics.create(s, "busy", busy).after();
    Placement p = Placement.of(s, Fabrics.spec("g1-2", "g2-2", 80 * G), Now.calm(1_000));
    SlotSearch.Slots slots =
        new SlotSearch(s.topology(), p.conditions(), 1_000, 100_000)
            .forVolume(p.request(), 40_000_000_000L, 20 * G);
    // 320 Gbit: 8 s at 40 Gb/s beside the other, 16 s at 20 Gb/s; 4 s at 80 Gb/s once it is over.
    assertEquals(
        List.of("9000 40", "14000 80", "17000 20"),
        slots.slots().stream().map(x -> x.window().endMs() + " " + x.bandwidthBps() / G).toList());
  }

  @Test
  void saysWhichFieldIsWrong() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 1, 2));
    Placement p = Placement.of(s, Fabrics.spec("g1-2", "g2-2", 80 * G), Now.calm(0));
    SlotSearch search = new SlotSearch(s.topology(), p.conditions(), 0, 10);
    assertEquals(
        "min_bandwidth_bps: 90000000000 is not allowed; allowed: 1 to 80000000000",
        assertThrows(Invalid.class, () -> search.forVolume(p.request(), 1, 90 * G)).getMessage());
  }
}
