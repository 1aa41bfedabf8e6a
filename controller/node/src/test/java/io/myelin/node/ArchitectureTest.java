package io.myelin.node;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.myelin.node.thread.GuardedExecutor;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final ArchRule ADAPTERS_APART =
      slices()
          .matching("io.myelin.node.(*)..")
          .should()
          .notDependOnEachOther()
          .ignoreDependency(alwaysTrue(), resideInAPackage("io.myelin.node.thread"))
          .ignoreDependency(alwaysTrue(), resideInAPackage("io.myelin.node.log"))
          .because("adapters meet only in Node; put what two need into myelin-core's ports");

  private static final ArchRule TASKS_GUARDED =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.myelin.node.thread")
          .should()
          .callMethodWhere(describe("of a bare executor", ArchitectureTest::isBare))
          .because(
              "an exception there is lost, and what the task should have reset stays set for good;"
                  + " use GuardedExecutor");

  private static boolean isBare(JavaMethodCall call) {
    JavaClass owner = call.getTargetOwner();
    String method = call.getName();
    return owner.isEquivalentTo(Executors.class)
        || (owner.isAssignableTo(Executor.class)
            && !owner.isEquivalentTo(GuardedExecutor.class)
            && (method.startsWith("schedule")
                || method.equals("execute")
                || method.equals("submit")))
        || (owner.isAssignableTo(CompletionStage.class) && method.endsWith("Async"));
  }

  private static JavaClasses node() {
    return new ClassFileImporter()
        .withImportOption(new ImportOption.DoNotIncludeTests())
        .importPackages("io.myelin.node");
  }

  private static final ArchRule ONE_MAKER_OF_ERRORS =
      noClasses()
          .that()
          .resideInAPackage("io.myelin.node.northbound..")
          .and()
          .doNotHaveSimpleName("ApiErrors")
          .should()
          .callMethod(StatusProto.class, "toStatusRuntimeException", com.google.rpc.Status.class)
          .orShould()
          .callMethod(Status.class, "asRuntimeException")
          .orShould()
          .callMethod(Status.class, "asRuntimeException", Metadata.class)
          .because("only ApiErrors makes errors that fit into what clients take; use it");

  @Test
  void errorsOfTheApiAreMadeInOnePlace() {
    ONE_MAKER_OF_ERRORS.check(node());
  }

  /** A test of sizes makes an error that is too large, by hand: the seeded violation. */
  @Test
  void anErrorMadeByHandIsCaught() {
    JavaClasses bad = new ClassFileImporter().importPackages("io.myelin.node.northbound");
    Assertions.assertThrows(AssertionError.class, () -> ONE_MAKER_OF_ERRORS.check(bad));
  }

  @Test
  void adaptersNeverImportEachOther() {
    ADAPTERS_APART.check(node());
  }

  @Test
  void everyTaskIsGuarded() {
    TASKS_GUARDED.check(node());
  }

  /** A seeded violation, so that an empty scan cannot pass for a clean one. */
  @Test
  void theRuleCatchesAViolation() {
    JavaClasses bad =
        new ClassFileImporter().importPackages("io.myelin.node.seeded", "io.myelin.node.store");
    Assertions.assertThrows(AssertionError.class, () -> ADAPTERS_APART.check(bad));
    AssertionError tasks =
        Assertions.assertThrows(AssertionError.class, () -> TASKS_GUARDED.check(bad));
    for (String call :
        List.of("newSingleThreadScheduledExecutor", "schedule", "whenCompleteAsync")) {
      Assertions.assertTrue(String.valueOf(tasks.getMessage()).contains(call), call);
    }
  }
}
