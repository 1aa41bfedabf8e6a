package io.myelin.bench;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.myelin.bench.planted.Outer;
import io.myelin.bench.planted.inner.Inner;
import org.junit.jupiter.api.Test;

/**
 * Rules that hold in every module. This one is built on all the others, so each is looked at here;
 * the ONOS application, which is built apart, has its own copy of the first.
 */
final class HouseRulesTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.myelin");

  private static final ArchRule NO_CYCLES =
      slices()
          .matching("io.myelin.(**)")
          .should()
          .beFreeOfCycles()
          .because("packages that need each other are one package with two names");

  /** Whoever chooses a pipeline, or stands for a switch that runs it, may know it. */
  private static final ArchRule SEAM =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.myelin.core.pipeline.myelin..", "io.myelin.sim.cluster..", "io.myelin.bench..")
          .and()
          .doNotHaveFullyQualifiedName("io.myelin.node.Node")
          .should()
          .dependOnClassesThat(resideInAPackage("io.myelin.core.pipeline.myelin.."))
          .because("only a pipeline knows what its tables are called: ask core.pipeline.Pipeline");

  private static final ArchRule STATE_APART =
      noClasses()
          .that()
          .resideInAPackage("io.myelin.core.state..")
          .should()
          .dependOnClassesThat(resideInAPackage("io.myelin.core.pipeline.."))
          .because("what is replicated outlives the program that the switches run");

  private static final ArchRule BENCH_APART =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.myelin.bench..")
          .should()
          .dependOnClassesThat(resideInAPackage("io.myelin.bench.."))
          .because("benchmarks and their peers are built only when they are asked for");

  private static final ArchRule PLANTED_SEAM =
      noClasses()
          .should()
          .dependOnClassesThat(resideInAPackage("io.myelin.core.pipeline.myelin.."));

  @Test
  void everyModuleIsLookedAt() {
    for (String module :
        new String[] {"core", "node", "softswitch", "lab", "sim", "cli", "bench"}) {
      assertTrue(
          ALL.stream().anyMatch(c -> c.getPackageName().startsWith("io.myelin." + module)), module);
    }
  }

  @Test
  void packagesDoNotNeedEachOther() {
    NO_CYCLES.check(ALL);
  }

  @Test
  void onlyAPipelineKnowsItsTables() {
    SEAM.check(ALL);
  }

  @Test
  void theStateDoesNotKnowThePipeline() {
    STATE_APART.check(ALL);
  }

  @Test
  void nothingDependsOnBenchmarks() {
    BENCH_APART.check(ALL);
  }

  /** Planted violations: a scan that finds nothing to scan would pass everything. */
  @Test
  void rulesCatchViolations() {
    JavaClasses bad = new ClassFileImporter().importClasses(Outer.class, Inner.class);
    assertThrows(AssertionError.class, () -> NO_CYCLES.check(bad));
    assertThrows(AssertionError.class, () -> PLANTED_SEAM.check(bad));
  }
}
