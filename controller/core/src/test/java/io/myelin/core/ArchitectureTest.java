package io.myelin.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
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
