package io.myelin.lab.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScenarioTest {

  @ParameterizedTest
  @ValueSource(strings = {"incast", "isolation", "port-down", "spray"})
  void expectationsHold(String name) throws IOException, InterruptedException {
    Scenario.Report report = run(name, 1);
    List<Scenario.Check> failed = report.checks().stream().filter(c -> !c.holds()).toList();
    assertEquals(List.of(), failed, "seed 1, values " + report.values());
    assertTrue(report.checks().size() >= 3);
  }

  @Test
  void theSameSeedGivesTheSameFigures() throws IOException, InterruptedException {
    assertEquals(run("port-down", 3), run("port-down", 3));
  }

  private static Scenario.Report run(String name, long seed)
      throws IOException, InterruptedException {
    return Objects.requireNonNull(Scenario.all().get(name)).run(seed);
  }
}
