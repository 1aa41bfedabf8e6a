package io.myelin.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.myelin.core");

  private static final ArchRule JDK_ONLY =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.myelin.core..", "java..", "org.jspecify..")
          .because("the core runs in ONOS and in simulation too: put adapters into myelin-node");

  private static final ArchRule NO_AMBIENT =
      noClasses()
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(java.util.Random.class, Thread.class, java.time.Clock.class)
          .because("the core is deterministic (invariant 7): take time and seeds as arguments");

  @Test
  void coreNeedsTheJdkOnly() {
    JDK_ONLY.check(CORE);
  }

  @Test
  void coreHasNoClockNoChanceNoThreads() {
    NO_AMBIENT.check(CORE);
  }

  /**
   * {@code now - Long.MIN_VALUE} is negative: what never happened would count as what happens just
   * now.
   */
  private static List<String> sentinels(String file, String text) {
    return text.lines()
        .filter(line -> line.matches(".*\\b(Long|Integer)\\.MIN_VALUE\\b.*"))
        .map(line -> file + ": " + line.strip())
        .toList();
  }

  @Test
  void noSmallestNumberStandsForNever() throws IOException {
    List<String> found = new ArrayList<>();
    int files = 0;
    for (String main : List.of("src/main/java", "../node/src/main/java")) {
      try (Stream<Path> all = Files.walk(Path.of(main))) {
        for (Path file : all.filter(f -> f.toString().endsWith(".java")).toList()) {
          files++;
          found.addAll(sentinels(file.toString(), Files.readString(file)));
        }
      }
    }
    assertTrue(files > 200, files + " files were looked at");
    assertEquals(List.of(), found, "say \"never\" by a flag, or by null; it is not a number");
    assertEquals(1, sentinels("planted", "long lastMs = Long.MIN_VALUE;").size());
  }

  /** Seeded violations: a scan that finds nothing to scan would pass everything. */
  @Test
  void rulesCatchViolations() {
    JavaClasses bad = new ClassFileImporter().importClasses(Violator.class);
    assertThrows(AssertionError.class, () -> JDK_ONLY.check(bad));
    assertThrows(AssertionError.class, () -> NO_AMBIENT.check(bad));
  }

  static final class Violator {
    static final long BORN = System.nanoTime();
    static final Class<?> TEST = Test.class;
  }
}
