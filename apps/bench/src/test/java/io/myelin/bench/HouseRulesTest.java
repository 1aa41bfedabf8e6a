package io.myelin.bench;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaConstructor.CONSTRUCTOR_NAME;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.myelin.bench.planted.BareThreads;
import io.myelin.bench.planted.Outer;
import io.myelin.bench.planted.inner.Inner;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/**
 * Rules that hold in every module. This one is built on all the others, so each is looked at here;
 * the ONOS application, which is built apart, has its own copy of the first ({@code
 * onos.HouseRulesTest}).
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

  /**
   * Two make threads by themselves: the switch, which knows nothing of the node, and the server,
   * whose event loops need Netty's own kind of thread.
   */
  private static final ArchRule THREADS_NAMED =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.myelin.node.thread")
          .and()
          .doNotHaveFullyQualifiedName("io.myelin.softswitch.time.RealTimeScheduler")
          .and()
          .doNotHaveFullyQualifiedName("io.myelin.node.northbound.NorthboundServer")
          .should()
          .accessTargetWhere(describe("makes a thread", HouseRulesTest::makesThread))
          .because(
              "threads without names, or that keep the process alive, are made by mistake;"
                  + " use node.thread.Threads or GuardedExecutor");

  private static boolean makesThread(JavaAccess<?> access) {
    if (!(access.getTarget() instanceof CodeUnitAccessTarget target)) {
      return false;
    }
    JavaClass owner = target.getOwner();
    return (owner.isAssignableTo(Thread.class) && target.getName().equals(CONSTRUCTOR_NAME))
        || owner.isAssignableTo(ThreadFactory.class)
        || target.getRawParameterTypes().stream()
            .anyMatch(t -> t.isAssignableTo(ThreadFactory.class));
  }

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

  @Test
  void threadsAreMadeInOnePlace() {
    THREADS_NAMED.check(ALL);
  }

  /** Planted violations: a scan that finds nothing to scan would pass everything. */
  @Test
  void rulesCatchViolations() {
    JavaClasses bad = new ClassFileImporter().importClasses(Outer.class, Inner.class);
    assertThrows(AssertionError.class, () -> NO_CYCLES.check(bad));
    assertThrows(AssertionError.class, () -> PLANTED_SEAM.check(bad));
    JavaClasses bare = new ClassFileImporter().importClasses(BareThreads.class);
    AssertionError threads = assertThrows(AssertionError.class, () -> THREADS_NAMED.check(bare));
    for (String call : List.of("java.lang.Thread.<init>", "newSingleThreadExecutor")) {
      assertTrue(String.valueOf(threads.getMessage()).contains(call), call);
    }
  }
}
