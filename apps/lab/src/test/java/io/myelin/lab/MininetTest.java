package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The same node on BMv2 switches in Mininet: the lab's scenario "smoke", in a network namespace of
 * its own. Runs where root, Mininet and simple_switch_grpc are there and MYELIN_TEST_MININET is
 * set: a test run must not act as root unasked.
 */
@EnabledIfEnvironmentVariable(
    named = "MYELIN_TEST_MININET",
    matches = ".+",
    disabledReason =
        "SKIPPED: set MYELIN_TEST_MININET=1 to run the lab on BMv2 (root, mininet, simple_switch_grpc)")
final class MininetTest {
  private static final int SKIPPED = 77;

  @Test
  void leaseCarriesRoceOnBmv2() throws Exception {
    Path root = Path.of("..", "..").toAbsolutePath().normalize();
    Path log = Files.createTempFile("mininet", ".log");
    Process p =
        new ProcessBuilder("/usr/bin/python3", root.resolve("mininet/lab.py").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = p.waitFor(180, TimeUnit.SECONDS);
    String out = Files.readString(log, StandardCharsets.UTF_8);
    assertEquals(true, ended, out);
    Assumptions.assumeTrue(p.exitValue() != SKIPPED, out);
    assertEquals(0, p.exitValue(), out);
  }
}
