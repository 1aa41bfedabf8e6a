package io.myelin.onos;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.myelin.onos.planted.Outer;
import io.myelin.onos.planted.inner.Inner;
import org.junit.jupiter.api.Test;

/** The rule of {@code bench.HouseRulesTest} on cycles, for this module, which it cannot see. */
final class HouseRulesTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.myelin.onos");

  private static final ArchRule NO_CYCLES =
      slices()
          .matching("io.myelin.(**)")
          .should()
          .beFreeOfCycles()
          .because("packages that need each other are one package with two names");

  @Test
  void thisModuleIsLookedAt() {
    assertTrue(ALL.contain(OnosNode.class));
  }

  @Test
  void packagesDoNotNeedEachOther() {
    NO_CYCLES.check(ALL);
  }

  /** Planted violations: a scan that finds nothing to scan would pass everything. */
  @Test
  void theRuleCatchesAViolation() {
    JavaClasses bad = new ClassFileImporter().importClasses(Outer.class, Inner.class);
    assertThrows(AssertionError.class, () -> NO_CYCLES.check(bad));
  }
}
