package io.myelin.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final ArchRule ADAPTERS_APART =
      slices()
          .matching("io.myelin.node.(*)..")
          .should()
          .notDependOnEachOther()
          .because("adapters meet only in Node; put what two need into myelin-core's ports");

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
    JavaClasses node =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.myelin.node");
    ONE_MAKER_OF_ERRORS.check(node);
  }

  /** A test of sizes makes an error that is too large, by hand: the seeded violation. */
  @Test
  void anErrorMadeByHandIsCaught() {
    JavaClasses bad = new ClassFileImporter().importPackages("io.myelin.node.northbound");
    Assertions.assertThrows(AssertionError.class, () -> ONE_MAKER_OF_ERRORS.check(bad));
  }

  @Test
  void adaptersNeverImportEachOther() {
    JavaClasses node =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.myelin.node");
    ADAPTERS_APART.check(node);
  }

  /** A seeded violation, so that an empty scan cannot pass for a clean one. */
  @Test
  void theRuleCatchesAViolation() {
    JavaClasses bad =
        new ClassFileImporter().importPackages("io.myelin.node.seeded", "io.myelin.node.store");
    Assertions.assertThrows(AssertionError.class, () -> ADAPTERS_APART.check(bad));
  }
}
