package io.myelin.core.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.PathOracle.Judged;
import io.myelin.core.path.Topology.Metric;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** All of the path engine against every simple path of small random fabrics. */
final class ExactnessTest {

  @Property(tries = 20_000)
  void thePathIsOptimalOrThereIsNone(@ForAll long seed) {
    RandomCase c = new RandomCase(seed);
    PathOracle oracle = new PathOracle(c);
    PathSearch.Answer answer = PathSearch.find(c.topology, c.conditions(), c.request);
    String where = "seed " + seed + ": " + answer;
    List<Judged> good = oracle.paths.stream().filter(Judged::good).toList();
    if (good.isEmpty()) {
      assertTrue(assertInstanceOf(PathSearch.NotFound.class, answer, where).proven(), where);
      return;
    }
    PathSearch.Found found = assertInstanceOf(PathSearch.Found.class, answer, where);
    certainty(c, good, found.provenOptimal(), where);
    long best = good.stream().mapToLong(Judged::value).min().orElseThrow();
    assertEquals(best, found.value(), where);
    Judged mine = oracle.of(found.path());
    assertEquals(Set.of(), mine.broken(), where);
    assertEquals(best, mine.value(), where);
    assertEquals(
        List.of(mine.latencyNs(), mine.jitterNs(), mine.lossPpb(), mine.cost()),
        List.of(
            found.path().latencyNs(),
            found.path().jitterNs(),
            found.path().lossPpb(),
            found.path().costMicrosPerGb()),
        where);
    assertEquals(
        good.stream().filter(p -> p.value() == best).mapToLong(Judged::load).min().orElseThrow(),
        mine.load(),
        where);
    assertEquals(found, PathSearch.find(c.topology, c.conditions(), c.request), "twice, " + where);
  }

  /** Proven where all is known; never where a good path has a latency that nobody knows. */
  private static void certainty(RandomCase c, List<Judged> good, boolean proven, String where) {
    boolean counts =
        switch (c.request.objective()) {
          case LATENCY -> true;
          case COST -> false;
          case BALANCED -> c.request.weights().latency() > 0 || c.request.weights().load() > 0;
        };
    boolean unknown =
        good.stream()
            .flatMap(p -> p.links().stream())
            .map(id -> c.inventory.links().get(id))
            .anyMatch(l -> l != null && !l.latencyNs().known());
    if (!counts || !c.unknowns) {
      assertTrue(proven, where);
    } else if (unknown) {
      assertFalse(proven, where);
    }
  }

  @Property(tries = 8_000)
  void theExplanationNamesTheSmallestSetsAndTheNearestPaths(@ForAll long seed) {
    RandomCase c = new RandomCase(seed);
    PathOracle oracle = new PathOracle(c);
    if (oracle.paths.stream().anyMatch(Judged::good)) {
      return;
    }
    Explanation e = PathExplainer.explain(c.topology, c.conditions(), c.request);
    String where = "seed " + seed + ": " + e;
    int size = oracle.paths.stream().mapToInt(p -> p.broken().size()).min().orElse(0);
    if (size > 3 && !e.complete()) {
      return; // too many sets to try: it says so
    }
    assertTrue(e.complete(), where);
    Set<Set<Kind>> expected = new HashSet<>();
    oracle.paths.stream()
        .filter(p -> p.broken().size() == size)
        .forEach(p -> expected.add(p.broken()));
    Set<Set<Kind>> named = new HashSet<>();
    e.relaxations().forEach(r -> named.add(r.kinds()));
    assertEquals(expected, named, where);
    for (Explanation.Relaxation r : e.relaxations()) {
      Judged path = oracle.of(r.path());
      assertEquals(r.kinds(), path.broken(), where);
      Map<Kind, Integer> counted = new EnumMap<>(Kind.class);
      r.violations().forEach(v -> counted.merge(v.kind(), 1, Integer::sum));
      assertEquals(path.brokenBy(), counted, "every link is named, " + where);
      if (size == 1 && !c.unknowns) {
        nearest(oracle, r, path, where);
      }
    }
  }

  private static void nearest(
      PathOracle oracle, Explanation.Relaxation r, Judged path, String where) {
    Kind kind = r.kinds().iterator().next();
    List<Judged> others = oracle.paths.stream().filter(p -> p.broken().equals(r.kinds())).toList();
    Comparator<Judged> order =
        switch (kind) {
          case LATENCY -> Comparator.comparingLong(Judged::latencyNs);
          case JITTER -> Comparator.comparingLong(Judged::jitterNs);
          case LOSS -> Comparator.comparingLong(Judged::lossPpb);
          case COST -> Comparator.comparingLong(Judged::cost);
          case HOPS -> Comparator.comparingInt(p -> p.links().size());
          case BANDWIDTH -> Comparator.comparingLong(p -> -p.narrowestBps());
          default -> Comparator.comparingInt(p -> p.brokenBy().getOrDefault(kind, 0));
        };
    Judged best = others.stream().min(order).orElseThrow();
    assertEquals(0, order.compare(best, path), kind.name() + ", " + where);
  }

  @Property(tries = 3_000)
  void theKBestPathsAreTheKBest(@ForAll long seed) {
    RandomCase c = new RandomCase(seed);
    PathOracle oracle = new PathOracle(c);
    List<PathSearch.Found> found = KPaths.find(c.topology, c.conditions(), c.request, 6);
    List<Long> expected =
        oracle.paths.stream().filter(Judged::good).map(Judged::value).sorted().limit(6).toList();
    String where = "seed " + seed + ": " + found;
    assertEquals(expected, found.stream().map(PathSearch.Found::value).toList(), where);
    Set<List<?>> different = new HashSet<>();
    for (PathSearch.Found f : found) {
      assertTrue(oracle.of(f.path()).good(), where);
      assertTrue(different.add(f.path().links()), where);
    }
  }

  @Property(tries = 3_000)
  void theDisjointPairIsTheBestPair(@ForAll long seed) {
    RandomCase c = new RandomCase(seed);
    PathOracle oracle = new PathOracle(c);
    Random random = new Random(seed);
    Set<Scope> scopes = EnumSet.of(List.of(Scope.values()).get(random.nextInt(3)));
    List<Judged> good = oracle.paths.stream().filter(Judged::good).toList();
    long best = Long.MAX_VALUE;
    for (Judged a : good) {
      for (Judged b : good) {
        if (disjoint(c, a, b, scopes)) {
          best = Math.min(best, a.value() + b.value());
        }
      }
    }
    DisjointPair.Result r = DisjointPair.find(c.topology, c.conditions(), c.request, scopes);
    DisjointPair.Pair pair = r.pair();
    String where = "seed " + seed + ", " + scopes + ": " + r;
    assertTrue(r.proven() || (c.unknowns && pair != null), where);
    assertEquals(best, pair == null ? Long.MAX_VALUE : pair.value(), where);
    if (pair != null) {
      certainty(c, good, pair.proven(), where);
      Judged a = oracle.of(pair.primary());
      Judged b = oracle.of(pair.backup());
      assertTrue(a.good() && b.good() && a.value() <= b.value(), where);
      assertTrue(disjoint(c, a, b, scopes), where);
    }
  }

  private static boolean disjoint(RandomCase c, Judged a, Judged b, Set<Scope> scopes) {
    Set<String> taken = new HashSet<>();
    parts(c, a, scopes, taken);
    Set<String> other = new HashSet<>();
    parts(c, b, scopes, other);
    taken.retainAll(other);
    return taken.isEmpty() && a.links().size() > 2;
  }

  /** Names of what two paths must not share. */
  private static void parts(RandomCase c, Judged p, Set<Scope> scopes, Set<String> to) {
    Set<DeviceId> ends = new HashSet<>();
    ends.add(c.request.source().attachment().device());
    ends.add(c.request.destination().attachment().device());
    for (LinkId id : p.links()) {
      Link link = c.inventory.links().get(id);
      if (link == null) {
        continue;
      }
      String[] ways = {id.value(), link.reverseId().value()};
      Arrays.sort(ways);
      to.add(ways[0]);
      if (scopes.contains(Scope.SRLG)) {
        to.addAll(link.facts().srlgs());
      }
      if (scopes.contains(Scope.NODE) && !ends.contains(link.to().device())) {
        to.add(link.to().device().value());
      }
    }
  }

  /** The cases are no good if some kind never decides anything. */
  @Test
  void everyKindIsDecisiveOften() {
    Map<Kind, Integer> alone = new EnumMap<>(Kind.class);
    int feasible = 0;
    for (long seed = 0; seed < 6_000; seed++) {
      PathOracle oracle = new PathOracle(new RandomCase(seed));
      if (oracle.paths.stream().anyMatch(Judged::good)) {
        feasible++;
        continue;
      }
      EnumSet<Kind> deciding = EnumSet.noneOf(Kind.class);
      oracle.paths.stream()
          .filter(p -> p.broken().size() == 1)
          .forEach(p -> deciding.addAll(p.broken()));
      deciding.forEach(k -> alone.merge(k, 1, Integer::sum));
    }
    for (Kind k : Kind.values()) {
      assertTrue(alone.getOrDefault(k, 0) >= 20, k + " decides in " + alone);
    }
    assertTrue(feasible > 1_000 && feasible < 4_500, feasible + " of 6000 have a path");
  }

  @Test
  void aSearchWithoutRoomToWorkSaysThatNothingIsProven() {
    for (long seed = 0; seed < 50; seed++) {
      RandomCase c = new RandomCase(seed);
      PathOracle oracle = new PathOracle(c);
      PathSearch.Answer answer = PathSearch.find(c.topology, c.conditions(), c.request, 2);
      if (answer instanceof PathSearch.Found f) {
        assertTrue(oracle.of(f.path()).good(), "seed " + seed);
        long best =
            oracle.paths.stream().filter(Judged::good).mapToLong(Judged::value).min().orElse(0);
        assertTrue(f.bound() <= best, "seed " + seed);
        assertTrue(!f.provenOptimal() || f.value() == best, "seed " + seed);
      } else if (((PathSearch.NotFound) answer).proven()) {
        assertTrue(oracle.paths.stream().noneMatch(Judged::good), "seed " + seed);
      }
    }
  }

  /** Balls and trees must guide to the same answers. */
  @Property(tries = 2_000)
  void boundsOfABallAreAdmissible(@ForAll long seed) {
    RandomCase c = new RandomCase(seed);
    int links = new Random(seed).nextInt(8);
    LowerBounds bounds = c.topology.bounds();
    if (c.topology.fabricLinks() == 0) {
      return;
    }
    for (Metric m : Metric.values()) {
      for (int d = 0; d < c.topology.devices(); d++) {
        long[] exact = bounds.around(m, d, Integer.MAX_VALUE);
        long[] ball = bounds.around(m, d, links);
        for (int v = 0; v < exact.length; v++) {
          assertTrue(ball[v] <= exact[v], "seed " + seed + ", " + m);
        }
        for (int l = 0; l < c.topology.fabricLinks(); l++) {
          assertTrue(
              ball[c.topology.from(l)]
                  <= Math.min(
                      LowerBounds.UNREACHABLE, c.topology.floor(m, l) + ball[c.topology.to(l)]),
              "consistent: seed " + seed + ", " + m);
        }
      }
    }
  }
}
