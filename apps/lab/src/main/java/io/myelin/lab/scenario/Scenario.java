package io.myelin.lab.scenario;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An experiment in virtual time: the same seed gives the same figures on any machine. */
public interface Scenario {

  /** Runs it. */
  Report run(long seed) throws IOException, InterruptedException;

  /** One line on what it shows. */
  String summary();

  /** All scenarios by name. */
  static Map<String, Scenario> all() {
    Map<String, Scenario> all = new TreeMap<>();
    all.put("incast", new Incast());
    all.put("isolation", new Isolation());
    all.put("port-down", new PortDown());
    all.put("spray", new Spray());
    return all;
  }

  /**
   * A measured value.
   *
   * @param unit empty for counts and ratios
   */
  record Value(String name, double value, String unit) {}

  /**
   * An expectation: the value is at least {@code least} and at most {@code most}.
   *
   * @param why in words
   */
  record Check(String name, double value, double least, double most, String why) {
    public boolean holds() {
      return value >= least && value <= most;
    }
  }

  /** What was measured and what was expected of it. */
  record Report(String scenario, long seed, List<Value> values, List<Check> checks) {
    public Report {
      values = List.copyOf(values);
      checks = List.copyOf(checks);
    }

    public boolean passed() {
      return checks.stream().allMatch(Check::holds);
    }

    /** The value of that name. */
    public double value(String name) {
      return values.stream()
          .filter(v -> v.name().equals(name))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no value '" + name + "'"))
          .value();
    }
  }
}
