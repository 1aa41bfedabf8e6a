package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.lab.scenario.VirtualLab;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traffic over switches that a node has programmed, in virtual time. */
final class TrafficTest {
  private static final long RATE = 40_000_000;
  private static final long SECOND_NS = 1_000_000_000L;

  /** Timeouts of 0.2 s double with each: after 2 s of silence the next is at most so far off. */
  private static final long AFTER_A_REPAIR_NS = 4 * SECOND_NS;

  private static VirtualLab lab;
  private static LabFaults faults;
  private static Traffic traffic;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    FabricSpec spec = new FabricSpec(2, 1, 3, RATE, 20_000, 200_000, 4096);
    Permutation.Pair leased = new Permutation.Pair(id("gpu-1-3"), id("gpu-2-3"));
    lab = new VirtualLab(spec, List.of(leased), 10_000_000);
    faults = new LabFaults(lab.fabric);
    traffic = new Traffic(lab.fabric);
  }

  private static io.myelin.core.model.EndpointId id(String name) {
    return new io.myelin.core.model.EndpointId(name);
  }

  @AfterAll
  static void close() {
    lab.close();
  }

  @AfterEach
  void stop() {
    done(traffic.stop(""), 0);
  }

  private static <T> T done(CompletableFuture<T> result, long afterNs) {
    lab.pass(afterNs + 1);
    try {
      return result.getNow(null);
    } catch (CompletionException e) {
      throw (LabRefusal) e.getCause();
    }
  }

  private static Traffic.Request request(TrafficPattern pattern, String... members) {
    return new Traffic.Request("", pattern, List.of(members), 0, 0, 1);
  }

  private static Traffic.Run start(Traffic.Request request) {
    return done(traffic.start(request), 0);
  }

  private static Traffic.Measured measure(long overNs) {
    Traffic.Measured m = done(traffic.measure("", overNs), overNs);
    assertEquals(overNs, m.overNs());
    return m;
  }

  @Test
  void ratesFallWithACutAndReturnWithItsMending() {
    start(request(TrafficPattern.PAIRS, "gpu-1-1:gpu-2-1", "gpu-1-2:gpu-1-3"));
    lab.pass(SECOND_NS);
    Traffic.Measured before = measure(SECOND_NS);
    for (Traffic.Flow f : before.flows()) {
      assertTrue(f.goodputBps() > 0.95 * f.idealBps(), f::toString);
      assertTrue(f.goodputBps() <= f.idealBps() * 1.01, f::toString);
    }
    done(faults.cut("leaf1 spine1"), SECOND_NS);
    Traffic.Measured during = measure(SECOND_NS);
    Traffic.Flow slowest = during.slowest().orElseThrow();
    assertEquals(0, slowest.goodputBps(), "its only way is cut");
    assertEquals(id("gpu-2-1"), slowest.to());
    assertTrue(during.totalBps() > 0.95 * before.flows().get(1).idealBps(), "the other goes on");
    done(faults.mend("leaf1 spine1"), AFTER_A_REPAIR_NS);
    Traffic.Measured after = measure(SECOND_NS);
    after.flows().forEach(f -> assertTrue(f.goodputBps() > 0.95 * f.idealBps(), f::toString));
    assertTrue(
        after.flows().get(0).receivedBytes() > during.flows().get(0).receivedBytes(), "counts");
  }

  @Test
  void aLeaseAppliesToTheTrafficOfItsEnds() {
    Traffic.Run free = start(request(TrafficPattern.PAIRS, "gpu-1-1:gpu-2-1", "gpu-1-2:gpu-2-2"));
    assertEquals(2, free.flows());
    start(request(TrafficPattern.PAIRS, "gpu-1-3:gpu-2-3"));
    lab.pass(SECOND_NS);
    Traffic.Measured m = measure(2 * SECOND_NS);
    Traffic.Flow leased = m.flows().get(2);
    // Three share one link at line rate: the leased one has its 10 Mb/s for itself.
    assertTrue(leased.goodputBps() > 5_000_000, m::toString);
    assertTrue(m.totalBps() < RATE, m::toString);
    assertTrue(m.flows().get(0).cnps() + m.flows().get(1).cnps() > 0, "they meet");
  }

  @Test
  void pacedFlowsKeepTheirPace() {
    Traffic.Run run =
        start(
            new Traffic.Request(
                "slow", TrafficPattern.PAIRS, List.of("gpu-1-1:gpu-1-2"), 4_000_000, 77, 1));
    assertEquals(new Traffic.Run("slow", TrafficPattern.PAIRS, 1, 4_000_000, 77), run);
    lab.pass(SECOND_NS);
    Traffic.Flow f = measure(4 * SECOND_NS).flows().get(0);
    assertEquals(77, f.qp());
    assertTrue(f.goodputBps() > 0.95 * f.idealBps() && f.goodputBps() < 4_000_000, f::toString);
  }

  @Test
  void patternsAreWhatTheyAreCalled() {
    assertEquals(6, start(request(TrafficPattern.PERMUTATION)).flows());
    Set<Object> receivers = new HashSet<>();
    for (Traffic.Flow f : measure(1_000_000).flows()) {
      assertTrue(receivers.add(f.to()), "twice");
      assertTrue(f.from().value().charAt(4) != f.to().value().charAt(4), "another leaf");
    }
    done(traffic.stop(""), 0);
    start(request(TrafficPattern.RING, "gpu-2-1", "host-1-2", "gpu-1-3"));
    assertEquals(
        List.of("gpu-2-1>gpu-1-2", "gpu-1-2>gpu-1-3", "gpu-1-3>gpu-2-1"),
        measure(1_000_000).flows().stream().map(f -> f.from() + ">" + f.to()).toList());
    done(traffic.stop(""), 0);
    assertEquals(30, start(request(TrafficPattern.ALL_TO_ALL)).flows());
    assertEquals(6, start(request(TrafficPattern.ALL_TO_ALL, "rack1")).flows());
    assertEquals(36, measure(1_000_000).flows().size());
  }

  @Test
  void stopsByNameOrAll() {
    start(new Traffic.Request("a", TrafficPattern.PAIRS, List.of("gpu-1-1:gpu-2-1"), 0, 0, 1));
    start(new Traffic.Request("b", TrafficPattern.PAIRS, List.of("gpu-1-1:gpu-2-1"), 0, 0, 1));
    assertEquals(List.of("a"), done(traffic.stop("a"), 0).stream().map(Traffic.Run::name).toList());
    assertEquals(1, measure(1_000_000).flows().size());
    LabRefusal e = assertThrows(LabRefusal.class, () -> done(traffic.stop("a"), 0));
    assertEquals("no traffic 'a'; nearest: b", e.getMessage());
    assertThrows(LabRefusal.class, () -> done(traffic.measure("a", 1_000_000), 0));
    assertEquals(1, done(traffic.stop(""), 0).size());
    assertEquals(List.of(), done(traffic.stop(""), 0));
    assertTrue(measure(1_000_000).slowest().isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PAIRS||0|0|INVALID|pairs: none are named; allowed: FROM:TO, one or several",
        "PAIRS|gpu-1-1|0|0|INVALID|'gpu-1-1' is not a pair; allowed: FROM:TO, e.g. gpu-1-1:gpu-2-1",
        "PAIRS|gpu-1-1:gpu-1-1|0|0|INVALID|'gpu-1-1:gpu-1-1': no two different NICs",
        "PAIRS|gpu-1-1:gpu-9-1|0|0|NOT_FOUND|no NIC, host or rack 'gpu-9-1'; nearest: gpu-1-1, gpu-2-1,",
        "RING|gpu-1-1|0|0|INVALID|these are no two NICs of one tenant and one rail:",
        "PERMUTATION|gpu-1-1|0|0|INVALID|these are no two NICs of one tenant: nobody",
        "RING|rack9|0|0|NOT_FOUND|no NIC, host or rack 'rack9'; nearest: rack1, rack2,",
        "RING||9999|0|INVALID|rate: 9999 is not allowed; allowed: 10k or more, or none",
        "RING||-1|0|INVALID|rate: -1 is not allowed",
        "RING||0|1|INVALID|qp: 1 is not allowed; allowed: 2 to 16777209",
        "RING||0|16777210|INVALID|qp: 16777210 is not allowed; allowed: 2 to 16777209",
      })
  void refusalsSayWhatIsAllowed(
      TrafficPattern pattern,
      String members,
      long paceBps,
      int qp,
      LabRefusal.Kind kind,
      String message) {
    List<String> all = members == null ? List.of() : List.of(members.split(","));
    LabRefusal e =
        assertThrows(
            LabRefusal.class, () -> start(new Traffic.Request("", pattern, all, paceBps, qp, 1)));
    assertTrue(String.valueOf(e.getMessage()).startsWith(message), e.getMessage());
    assertEquals(kind, e.kind());
    assertEquals(List.of(), measure(1_000_000).flows(), "nothing was started");
  }

  @Test
  void namesAndQueuePairsAreUsedOnce() {
    start(new Traffic.Request("x", TrafficPattern.RING, List.of(), 0, 500, 1));
    LabRefusal twice =
        assertThrows(
            LabRefusal.class,
            () -> start(new Traffic.Request("x", TrafficPattern.RING, List.of(), 0, 0, 1)));
    assertEquals(
        "traffic 'x' runs already; stop it first, or give another name", twice.getMessage());
    LabRefusal open =
        assertThrows(
            LabRefusal.class,
            () -> start(new Traffic.Request("y", TrafficPattern.RING, List.of(), 0, 505, 1)));
    assertEquals(
        "qp: queue pair 505 is open already; say another first one, or none", open.getMessage());
    LabRefusal name =
        assertThrows(
            LabRefusal.class,
            () -> start(new Traffic.Request("X y", TrafficPattern.RING, List.of(), 0, 0, 1)));
    assertTrue(
        String.valueOf(name.getMessage()).startsWith("name: 'X y' is not allowed"),
        name.getMessage());
    done(traffic.stop("x"), 0);
    start(new Traffic.Request("y", TrafficPattern.RING, List.of(), 0, 500, 1));
    assertEquals(6, measure(1_000_000).flows().size(), "none of those that failed is left open");
  }

  @Test
  void aLabHasRoomForSoManyFlows() {
    for (int i = 0; i < 33; i++) {
      start(request(TrafficPattern.ALL_TO_ALL));
    }
    LabRefusal e = assertThrows(LabRefusal.class, () -> start(request(TrafficPattern.ALL_TO_ALL)));
    assertEquals(
        "1020 flows are too many for a lab; allowed: 1000 in all runs together", e.getMessage());
    assertThrows(LabRefusal.class, () -> done(traffic.measure("", 999_999), 0));
    assertThrows(LabRefusal.class, () -> done(traffic.measure("", 60_000_000_001L), 0));
  }
}
