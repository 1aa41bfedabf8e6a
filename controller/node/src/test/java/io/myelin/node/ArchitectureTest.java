package io.myelin.node;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final ArchRule ADAPTERS_APART =
      slices()
          .matching("io.myelin.node.(*)..")
          .should()
          .notDependOnEachOther()
          .because("adapters meet only in Node; put what two need into myelin-core's ports");

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
