package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ch.qos.logback.classic.Logger;
import io.myelin.node.control.FrameFuzz;
import io.myelin.node.inventory.YamlFuzz;
import io.myelin.node.northbound.RequestFuzz;
import io.myelin.node.southbound.StreamFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * What strangers, broken switches and typing errors may send: no crash, no hang, no memory without
 * bound. Always some thousands of inputs, by a seed; with {@code MYELIN_FUZZ=1000000} so many for
 * each target under Jazzer, which looks for inputs that reach code that none before it reached
 * ({@code MYELIN_FUZZ_TARGET=YamlFuzz} for one alone). See CONTRIBUTING.md.
 */
final class FuzzTest {

  /** What fuzzing listens to is for the other tests again. */
  @AfterAll
  static void listenNoMore() {
    Logger logger = (Logger) LoggerFactory.getLogger("io.myelin");
    logger.detachAppender("fuzz");
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  private static final long SEED = 20_261_128;
  private static final int INPUTS = 4_000;

  /** Of all inputs of a target together: some hundred times what they take. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** For one input under Jazzer; the first ones load, and instrument, most of the code. */
  private static final int TIMEOUT_S = 60;

  private static final int MAX_INPUT_BYTES = 4_096;

  /** Where something is fuzzed. */
  private record Target(Class<?> code, Consumer<byte[]> run, List<byte[]> seeds) {
    @Override
    public String toString() {
      return code.getSimpleName();
    }
  }

  static List<Target> targets() {
    return List.of(
        new Target(RequestFuzz.class, RequestFuzz::fuzzerTestOneInput, RequestFuzz.seeds()),
        new Target(StreamFuzz.class, StreamFuzz::fuzzerTestOneInput, StreamFuzz.seeds()),
        new Target(FrameFuzz.class, FrameFuzz::fuzzerTestOneInput, FrameFuzz.seeds()),
        new Target(YamlFuzz.class, YamlFuzz::fuzzerTestOneInput, YamlFuzz.seeds()));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void someThousandInputs(Target target) {
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          Random random = new Random(SEED);
          for (byte[] seed : target.seeds) {
            run(target, seed);
          }
          for (int i = 0; i < INPUTS; i++) {
            run(target, mutated(target.seeds, random));
          }
        });
  }

  private static void run(Target target, byte[] input) {
    try {
      target.run.accept(input);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          target + ", seed " + SEED + ", input " + HexFormat.of().formatHex(input), e);
    }
  }

  /** One of the seeds with a few things changed, and perhaps a piece of another. */
  private static byte[] mutated(List<byte[]> seeds, Random random) {
    byte[] b = seeds.get(random.nextInt(seeds.size())).clone();
    for (int changes = random.nextInt(6); changes >= 0; changes--) {
      int at = b.length == 0 ? 0 : random.nextInt(b.length);
      switch (random.nextInt(6)) {
        case 0 -> b = spliced(b, at, at, bytes(random, 1 + random.nextInt(8)));
        case 1 -> b = spliced(b, at, Math.min(b.length, at + 1 + random.nextInt(8)), new byte[0]);
        case 2 -> b = Arrays.copyOf(b, at);
        case 3 -> {
          byte[] other = seeds.get(random.nextInt(seeds.size()));
          int from = other.length == 0 ? 0 : random.nextInt(other.length);
          int to = Math.min(other.length, from + random.nextInt(64));
          b = spliced(b, at, at, Arrays.copyOfRange(other, from, to));
        }
        default -> {
          if (b.length > 0) {
            b[at] =
                (byte) (random.nextBoolean() ? b[at] ^ 1 << random.nextInt(8) : random.nextInt());
          }
        }
      }
    }
    return b;
  }

  private static byte[] bytes(Random random, int count) {
    byte[] b = new byte[count];
    random.nextBytes(b);
    return b;
  }

  private static byte[] spliced(byte[] b, int from, int to, byte[] middle) {
    byte[] out = Arrays.copyOf(b, from + middle.length + b.length - to);
    System.arraycopy(middle, 0, out, from, middle.length);
    System.arraycopy(b, to, out, from + middle.length, b.length - to);
    return out;
  }

  // ---- guided by coverage ----------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("targets")
  @EnabledIfEnvironmentVariable(
      named = "MYELIN_FUZZ",
      matches = "[0-9]+",
      disabledReason = "set MYELIN_FUZZ=1000000 for so many inputs, guided by coverage")
  void asManyInputsAsAskedFor(Target target) throws IOException, InterruptedException {
    String only = System.getenv("MYELIN_FUZZ_TARGET");
    org.junit.jupiter.api.Assumptions.assumeTrue(only == null || only.equals(target.toString()));
    Path dir = Path.of("target", "fuzz", target.toString());
    Path corpus = Files.createDirectories(dir.resolve("corpus"));
    for (int i = 0; i < target.seeds.size(); i++) {
      Files.write(corpus.resolve("seed" + i), target.seeds.get(i));
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx768m", // what grows without bound ends here
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.code.getName(),
                "--instrumentation_includes=io.myelin.**",
                "-runs=" + System.getenv("MYELIN_FUZZ"),
                "-max_len=" + MAX_INPUT_BYTES,
                "-timeout=" + TIMEOUT_S,
                "-rss_limit_mb=2500",
                "-print_final_stats=1",
                "-seed=" + (int) SEED,
                "-artifact_prefix=" + dir + "/",
                "--reproducer_path=" + dir,
                corpus.toString()));
    Process jazzer =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("log").toFile())
            .start();
    try {
      assertEquals(0, jazzer.waitFor(), () -> "see " + dir.resolve("log"));
    } finally {
      jazzer.destroy();
    }
  }
}
