package io.myelin.softswitch.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.myelin.softswitch.peer.Bmv2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The softswitch does what BMv2 did when the vectors were recorded. {@code make -C p4 vectors}
 * records them anew, where BMv2 is on the PATH; that is necessary when a program or a generator has
 * changed.
 */
class GoldenVectorsTest {
  private static final String RECORD = "re-record with: make -C p4 vectors";
  private static final Path DIR = Path.of("src/test/resources/vectors");
  private static final long SEED = 20_261_123;
  private static final int MYELIN_PACKETS = 100_000;
  private static final int SMALL_PACKETS = 6_000;

  private static final Map<String, Supplier<Comparison.Scenario>> SCENARIOS =
      Map.of(
          "myelin", Comparison.Scenario::myelin,
          "tables", SmallScenarios::tables,
          "externs", SmallScenarios::externs,
          "replicate", SmallScenarios::replication,
          "conformance", SmallScenarios::p4Runtime);

  private static Comparison.Scenario scenario(String name) {
    Supplier<Comparison.Scenario> s = SCENARIOS.get(name);
    if (s == null) {
      throw new AssertionError("no scenario " + name);
    }
    return s.get();
  }

  private static Path file(String name) {
    return DIR.resolve(name + ".bin.gz");
  }

  @ParameterizedTest
  @ValueSource(strings = {"myelin", "tables", "externs", "replicate", "conformance"})
  void doesWhatBmv2Did(String name) throws IOException {
    Comparison.Scenario scenario = scenario(name);
    Vectors want = Vectors.decode(Files.readAllBytes(file(name)));
    if (!want.programHash().equals(scenario.program().hash())) {
      fail(name + " was compiled anew since BMv2's outputs were recorded; " + RECORD);
    }
    int packets = (want.texts().size() + want.digests().size()) * Comparison.BATCH;
    Vectors got;
    try (Subject ours = new SoftswitchSubject(scenario.program())) {
      got = Recording.of(scenario, ours, want.seed(), packets);
    }
    assertEquals(
        want.inputs(), got.inputs(), name + ": the generators make other inputs now; " + RECORD);
    compare(name, want.texts(), got.texts(), 0);
    compare(name, want.digests(), got.digests(), want.texts().size());
    assertEquals(want.counters(), got.counters(), name + ": counters");
  }

  private static <T> void compare(String name, List<T> want, List<T> got, int firstBatch) {
    assertEquals(want.size(), got.size());
    for (int i = 0; i < want.size(); i++) {
      int first = (firstBatch + i) * Comparison.BATCH;
      assertEquals(
          want.get(i),
          got.get(i),
          () ->
              "%s: BMv2 did something else with one of the packets %d to %d of seed %d"
                  .formatted(name, first, first + Comparison.BATCH - 1, SEED));
    }
  }

  /** Not a test: writes the vectors. Runs only where {@code MYELIN_RECORD_VECTORS} is 1. */
  @Test
  void recordVectors() throws IOException {
    assumeTrue(
        "1".equals(System.getenv("MYELIN_RECORD_VECTORS")),
        "set MYELIN_RECORD_VECTORS=1 to record BMv2's outputs");
    if (!Bmv2.onPath()) {
      fail(Bmv2.PROGRAM + " is not on the PATH: BMv2's outputs cannot be recorded");
    }
    Files.createDirectories(DIR);
    for (String name : SCENARIOS.keySet()) {
      Comparison.Scenario scenario = scenario(name);
      int packets = name.equals("myelin") ? MYELIN_PACKETS : SMALL_PACKETS;
      try (Subject bmv2 = new Bmv2Subject(scenario.program())) {
        Files.write(file(name), Recording.of(scenario, bmv2, SEED, packets).encode());
      }
    }
  }
}
