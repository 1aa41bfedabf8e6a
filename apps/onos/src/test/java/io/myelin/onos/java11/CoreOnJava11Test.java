package io.myelin.onos.java11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.myelin.java11.Downgrade;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The core's test suite on a JDK 11, against the core as it is shipped to ONOS: core and tests
 * rewritten by the same step. All of it with {@value #WHOLE}=1; otherwise without the classes whose
 * properties take minutes on a slow machine.
 */
class CoreOnJava11Test {
  private static final String WHOLE = "MYELIN_TEST_JAVA11";

  /** Rules on class files, which speak of records and of where tests lie: for Java 17's alone. */
  private static final String ARCHITECTURE = "io\\.myelin\\.core\\.ArchitectureTest";

  /** Thousands of searches against an oracle, or of random fabrics. */
  private static final String LONG =
      "|.*(ExactnessTest|GroupPlacementTest|BackupsTest|SlotSearchTest|RebalancerTest"
          + "|JobCommandsTest|GeneratedFabricTest)";

  @TempDir Path dir = Path.of("");

  @Test
  void theCoreBehavesOnElevenAsItsTestsSay() throws Exception {
    Optional<Path> java = Java11.java();
    assumeTrue(java.isPresent(), Java11.MISSING);
    List<String> ours = new ArrayList<>(List.of(dir.toString()));
    List<Path> others = new ArrayList<>();
    for (String p : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      boolean core = p.contains("myelin-core") || p.replace('\\', '/').contains("controller/core");
      boolean runtime =
          p.contains("myelin-java11") || p.replace('\\', '/').contains("tools/java11");
      if (core || runtime) {
        ours.add(p);
      } else if (p.matches(".*(junit|opentest4j|apiguardian|jqwik|archunit|jspecify|slf4j).*")) {
        others.add(Path.of(p));
      }
    }
    assertTrue(ours.size() >= 4, "core, its tests and the runtime package: " + ours);
    Downgrade.main(ours.toArray(new String[0]));
    boolean whole = "1".equals(System.getenv(WHOLE));
    others.add(0, dir);
    List<String> command =
        List.of(
            java.get().toString(),
            "-XX:+UseSerialGC",
            "-cp",
            Java11.path(others),
            "org.junit.platform.console.ConsoleLauncher",
            "execute",
            "--scan-classpath",
            dir.toString(),
            "--exclude-classname",
            ARCHITECTURE + (whole ? "" : LONG),
            "--disable-banner",
            "--disable-ansi-colors",
            "--details=summary");
    try (Java11.Running running = new Java11.Running(command)) {
      int exit = running.end();
      String said = String.join("\n", running.lines());
      assertEquals(0, exit, said);
      int passed = number(said, "tests successful");
      assertTrue(passed >= (whole ? 140 : 50), "only " + passed + " tests ran:\n" + said);
      System.out.println(
          passed
              + " tests of the core passed on Java 11"
              + (whole ? "" : "; all: " + WHOLE + "=1"));
    }
  }

  private static int number(String said, String what) {
    Matcher m = Pattern.compile("(\\d+) " + what).matcher(said);
    assertTrue(m.find(), said);
    return Integer.parseInt(m.group(1));
  }
}
