package io.myelin.softswitch.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.myelin.softswitch.peer.Bmv2;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The softswitch beside BMv2. Runs where {@code simple_switch_grpc} is on the PATH and {@code
 * MYELIN_TEST_BMV2} is 1; {@code MYELIN_TEST_SEED} and {@code MYELIN_TEST_PACKETS} choose what.
 */
class DifferentialTest {
  private static final long DEFAULT_SEED = 1;
  private static final int DEFAULT_PACKETS = 100_000;
  private static final int SMALL_PACKETS = 10_000;

  static void assumeBmv2() {
    assumeTrue(
        "1".equals(System.getenv("MYELIN_TEST_BMV2")),
        "set MYELIN_TEST_BMV2=1 to compare with BMv2");
    assumeTrue(Bmv2.onPath(), Bmv2.PROGRAM + " is not on the PATH");
  }

  private static long number(String variable, long otherwise) {
    String value = System.getenv(variable);
    return value == null ? otherwise : Long.parseLong(value);
  }

  private static void compare(Comparison.Scenario scenario, int packets) {
    assumeBmv2();
    long seed = number("MYELIN_TEST_SEED", DEFAULT_SEED);
    Comparison c = new Comparison(scenario, seed);
    try (Subject ours = new SoftswitchSubject(scenario.program());
        Subject theirs = new Bmv2Subject(scenario.program())) {
      List<String> differences = c.run(ours, theirs, packets);
      System.out.println(scenario.program().name + ", " + packets + " packets, " + c.summary());
      assertEquals(List.of(), differences, () -> "seed " + seed);
    }
  }

  @Test
  void myelin() {
    compare(Comparison.Scenario.myelin(), (int) number("MYELIN_TEST_PACKETS", DEFAULT_PACKETS));
  }

  @Test
  void tables() {
    compare(SmallScenarios.tables(), SMALL_PACKETS);
  }

  @Test
  void externs() {
    compare(SmallScenarios.externs(), SMALL_PACKETS);
  }

  @Test
  void replication() {
    compare(SmallScenarios.replication(), SMALL_PACKETS);
  }

  @Test
  void p4Runtime() {
    compare(SmallScenarios.p4Runtime(), SMALL_PACKETS);
  }
}
