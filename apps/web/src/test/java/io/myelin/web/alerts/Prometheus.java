package io.myelin.web.alerts;

import com.fasterxml.jackson.databind.JsonNode;
import io.myelin.web.Http;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;

/** Debian's Prometheus on a port of its own, which scrapes nodes of a test twice a second. */
public final class Prometheus implements AutoCloseable {
  private static final long PATIENCE_S = 120;
  private static final long LOOK_MS = 100;

  private final Process process;
  private final Http http;

  /**
   * @param scrapes the members of {@code scrape_configs}, YAML
   * @param rules files of rules
   */
  public Prometheus(Path dir, String scrapes, List<Path> rules)
      throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        isThere("prometheus"), "skipped: prometheus is not installed; apt-get install prometheus");
    int port;
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = s.getLocalPort();
    }
    Path config = dir.resolve("prometheus.yaml");
    StringBuilder files = new StringBuilder();
    rules.forEach(r -> files.append("  - ").append(r).append('\n'));
    Files.writeString(
        config,
        "global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}\n"
            + (rules.isEmpty() ? "" : "rule_files:\n" + files)
            + "scrape_configs:\n"
            + scrapes);
    process =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=" + dir.resolve("tsdb"),
                "--web.listen-address=127.0.0.1:" + port,
                "--log.level=error")
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("prometheus.log").toFile())
            .start();
    http = new Http("http://127.0.0.1:" + port + "/");
    await("Prometheus does not start", () -> http.get("/-/ready").status() == 200);
  }

  /** Whether a program is on the PATH. */
  public static boolean isThere(String program) {
    for (String dir : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(dir, program))) {
        return true;
      }
    }
    return false;
  }

  /** What is looked at again and again. */
  public interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /** Waits until something is so. */
  public static void await(String otherwise, Condition condition) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (true) {
      try {
        if (condition.holds()) {
          return;
        }
      } catch (IOException notYet) {
        // It is looked at again.
      }
      if (System.nanoTime() > until) {
        throw new AssertionError(otherwise);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MS));
    }
  }

  /** Waits for an alert that fires. */
  public void awaitAlert(String name, Predicate<JsonNode> labels) throws InterruptedException {
    await(
        name + " does not fire",
        () -> {
          for (JsonNode a : http.get("/api/v1/alerts").json().at("/data/alerts")) {
            if (a.at("/labels/alertname").asText().equals(name)
                && a.path("state").asText().equals("firing")
                && labels.test(a.path("labels"))) {
              return true;
            }
          }
          return false;
        });
  }

  /** The rows of an instant query; none: an error, too. */
  public JsonNode query(String promql) throws IOException, InterruptedException {
    return http.get("/api/v1/query?query=" + URLEncoder.encode(promql, StandardCharsets.UTF_8))
        .json()
        .at("/data/result");
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
