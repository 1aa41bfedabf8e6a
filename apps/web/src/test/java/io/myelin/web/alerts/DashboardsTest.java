package io.myelin.web.alerts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.Traffic;
import io.myelin.lab.TrafficPattern;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.web.Http;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shipped for Prometheus and Grafana: promtool takes it, and every panel has data. */
final class DashboardsTest {
  private static final Path MONITORING = Path.of("../../docs/monitoring");
  private static final FabricSpec SPEC = new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 1024);

  @TempDir static Path dir = Path.of("");

  @Test
  void promtoolTakesTheRules() throws Exception {
    Assumptions.assumeTrue(
        Prometheus.isThere("promtool"),
        "skipped: promtool is not installed; apt-get install prometheus");
    assertEquals("", said("check", "rules", "alerts.yaml"));
    assertEquals("", said("test", "rules", "alerts_test.yaml"));
  }

  /** What promtool says when it is not content; empty: it is. */
  private static String said(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Process p =
        new ProcessBuilder(command)
            .directory(MONITORING.toFile())
            .redirectErrorStream(true)
            .start();
    String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return p.waitFor() == 0 ? "" : text;
  }

  @Test
  void everyPanelHasData() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (Lab lab = new Lab(new LabSwitches(SPEC, 0), any, Lab.PACE, WebOptions.at(any))) {
      WebDoor door = Objects.requireNonNull(lab.node().door());
      lab.awaitConverged();
      load(lab, new Http(door.url()));
      String job =
          "  - job_name: lab\n    static_configs: [{targets: ['127.0.0.1:%d']}]\n"
              .formatted(door.address().getPort());
      try (Prometheus prometheus = new Prometheus(dir, job, List.of())) {
        // Rates need two scrapes.
        Prometheus.await(
            "nothing is scraped",
            () -> prometheus.query("rate(myelin_link_sent_bytes_total[1m]) > 0").size() > 0);
        assertEquals(List.of(), empty(prometheus));
      }
    }
  }

  private static void load(Lab lab, Http http) throws Exception {
    Http.Answer lease =
        http.post(
            "/v1/tenants/blue/leases",
            "{\"source\":\"gpu-1-1\",\"destination\":\"gpu-2-1\",\"bandwidthBps\":10000000}");
    assertEquals(200, lease.status(), lease.full().body());
    Http.Answer job =
        http.post(
            "/v1/tenants/blue/jobs",
            "{\"kind\":\"COLLECTIVE_KIND_RING\",\"members\":[\"host-1-2\",\"host-2-2\"],"
                + "\"bandwidthBps\":1000000}");
    assertEquals(200, job.status(), job.full().body());
    new Traffic(lab.fabric())
        .start(new Traffic.Request("load", TrafficPattern.PERMUTATION, List.of(), 0, 0, 1))
        .join();
  }

  /** Queries of panels that have nothing to show. */
  private static List<String> empty(Prometheus prometheus) throws Exception {
    List<String> empty = new ArrayList<>();
    for (Path file : files()) {
      JsonNode dashboard = new ObjectMapper().readTree(file.toFile());
      for (JsonNode panel : dashboard.path("panels")) {
        for (JsonNode target : panel.path("targets")) {
          String query =
              target
                  .path("expr")
                  .asText()
                  .replace("$__rate_interval", "1m")
                  .replaceAll("\\$(fabric|device|tenant)", ".*");
          if (prometheus.query(query).isEmpty()) {
            empty.add(file.getFileName() + ", " + panel.path("title").asText() + ": " + query);
          }
        }
      }
    }
    return empty;
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(MONITORING.resolve("grafana"))) {
      return all.sorted().toList();
    }
  }

  @Test
  void dashboardsHaveTheirVariables() throws IOException {
    TreeMap<String, Set<String>> variables = new TreeMap<>();
    for (Path file : files()) {
      JsonNode dashboard = new ObjectMapper().readTree(file.toFile());
      Set<String> names = new TreeSet<>();
      dashboard.at("/templating/list").forEach(v -> names.add(v.path("name").asText()));
      variables.put(file.getFileName().toString(), names);
      assertTrue(dashboard.path("panels").size() > 8, file.toString());
    }
    assertEquals(
        new TreeMap<>(
            java.util.Map.of(
                "controller.json", Set.of("datasource", "fabric"),
                "fabric.json", Set.of("datasource", "fabric", "device"),
                "tenants.json", Set.of("datasource", "fabric", "tenant"))),
        variables);
  }
}
