package io.myelin.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.lab.scenario.Scenario;
import java.io.IOException;
import java.util.Map;

/** Runs a lab scenario and prints what it measured and what was expected. */
final class ScenarioReport {
  private ScenarioReport() {}

  /** Returns the exit code: 0 when all expectations hold. */
  static int run(String name, long seed, boolean json) throws IOException, InterruptedException {
    Map<String, Scenario> all = Scenario.all();
    Scenario scenario = all.get(name);
    if (scenario == null) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE, "--scenario: '" + name + "' is unknown; allowed: " + all.keySet());
    }
    System.err.println("scenario " + name + ": " + scenario.summary());
    Scenario.Report report = scenario.run(seed);
    if (json) {
      System.out.println(json(report));
    } else {
      print(report);
    }
    return report.passed() ? 0 : 1;
  }

  private static void print(Scenario.Report report) {
    Columns values = new Columns("VALUE", "MEASURED", "UNIT");
    report.values().forEach(v -> values.row(v.name(), number(v.value()), v.unit()));
    System.out.println(values);
    Columns checks = new Columns("EXPECTED", "MEASURED", "AT LEAST", "AT MOST", "", "BECAUSE");
    for (Scenario.Check c : report.checks()) {
      checks.row(
          c.name(),
          number(c.value()),
          number(c.least()),
          c.most() >= 1e9 ? "" : number(c.most()),
          c.holds() ? "ok" : "FAILED",
          c.why());
    }
    System.out.print(checks);
    System.out.println(report.passed() ? "PASS" : "FAIL");
  }

  private static String number(double v) {
    return v == Math.rint(v) && Math.abs(v) < 1e15
        ? Long.toString((long) v)
        : String.format("%.3f", v);
  }

  private static String json(Scenario.Report report) throws IOException {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode doc = mapper.createObjectNode();
    doc.put("scenario", report.scenario()).put("seed", report.seed());
    doc.put("passed", report.passed());
    ObjectNode values = doc.putObject("values");
    report.values().forEach(v -> values.put(v.name(), v.value()));
    ArrayNode checks = doc.putArray("checks");
    for (Scenario.Check c : report.checks()) {
      checks
          .addObject()
          .put("name", c.name())
          .put("value", c.value())
          .put("least", c.least())
          .put("most", c.most())
          .put("holds", c.holds());
    }
    return mapper.writeValueAsString(doc);
  }
}
