package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.service.LabServer;
import io.myelin.node.WebOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every command that knows {@code -o json}, against the schema that programs may rely on. */
final class JsonOutputTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  /** Writes the schemas instead of comparing them: after a change of a proto. */
  private static final boolean UPDATE = Boolean.getBoolean("myelin.golden.update");

  /** What is no message of the API. */
  private static final List<String> BY_HAND = List.of("metrics", "open", "p4-check");

  private static final Path COMMITTED = Path.of("src/main/resources/io/myelin/cli/schema");

  private static Lab lab;
  private static String server;
  private static LabServer labServer;

  private final TreeSet<String> tried = new TreeSet<>();

  /** What a command said. */
  private record Said(int code, String out, String err) {}

  @BeforeAll
  static void start() throws IOException {
    FabricSpec spec = new FabricSpec(2, 2, 1, 10_000_000, 20_000, 100_000, 1024);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    lab = new Lab(new LabSwitches(spec, 0), any, Lab.PACE, WebOptions.at(any));
    long until = System.nanoTime() + 30_000_000_000L;
    while (!lab.node().converged() && System.nanoTime() < until) {
      LockSupport.parkNanos(5_000_000);
    }
    server = "127.0.0.1:" + lab.node().port();
    labServer = new LabServer(lab.fabric(), 0);
  }

  @AfterAll
  static void stop() {
    labServer.close();
    lab.close();
  }

  private static Said run(String... args) {
    PrintStream stdout = System.out;
    PrintStream stderr = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      int code = Main.run(args);
      return new Said(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(stdout);
      System.setErr(stderr);
    }
  }

  /** Runs a command that must succeed and print one document of its schema; which it returns. */
  private JsonNode document(String command, String... args) {
    return document(0, command, args);
  }

  private JsonNode document(int code, String command, String... args) {
    List<String> all = new ArrayList<>(List.of(command.split("-")));
    all.addAll(List.of(args));
    String at = command.startsWith("lab-") ? "127.0.0.1:" + labServer.port() : server;
    all.addAll(List.of("-o", "json", "--server", at));
    Said said = run(all.toArray(String[]::new));
    assertEquals(code, said.code, () -> all + ": " + said.err);
    assertEquals("", said.err, () -> all + " says more than its document");
    return valid(command, said.out);
  }

  /** A program that loads, and one that does not. */
  private void programs() throws IOException {
    Path build = Path.of("../../p4/build");
    Said loads =
        run(
            "p4",
            "check",
            build.resolve("myelin.json").toString(),
            build.resolve("myelin.p4info.txt").toString(),
            "-o",
            "json");
    assertEquals(0, loads.code, loads.err);
    assertTrue(valid("p4-check", loads.out).get("loads").asBoolean());
    Path broken = Files.createTempFile("broken", ".json");
    try {
      Files.writeString(broken, "{}");
      Said refused = run("p4", "check", broken.toString(), "-o", "json");
      assertTrue(refused.code != 0);
      assertFalse(valid("p4-check", refused.out).get("loads").asBoolean());
    } finally {
      Files.delete(broken);
    }
  }

  private JsonNode valid(String command, String text) {
    tried.add(command);
    JsonNode node;
    try {
      node = MAPPER.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(command + " prints no JSON: " + text, e);
    }
    var problems = REGISTRY.getSchema(committed(command)).validate(text, InputFormat.JSON);
    assertTrue(problems.isEmpty(), () -> command + ": " + problems + " of " + text);
    return node;
  }

  private static String committed(String command) {
    String name = "schema/" + command + ".json";
    try (InputStream in = Main.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
  }

  /** Goldens: run with -Dmyelin.golden.update=true after a change that is meant. */
  @Test
  void theCommittedSchemasAreThoseOfTheMessages() throws IOException {
    TreeSet<String> files = new TreeSet<>();
    BY_HAND.forEach(n -> files.add(n + ".json"));
    for (Map.Entry<String, ObjectNode> e : Schemas.all().entrySet()) {
      String text = e.getValue().toPrettyString() + "\n";
      Path file = COMMITTED.resolve(e.getKey() + ".json");
      files.add(file.getFileName().toString());
      if (UPDATE) {
        Files.createDirectories(COMMITTED);
        Files.writeString(file, text);
      }
      assertEquals(text, Files.readString(file), e.getKey());
    }
    try (var there = Files.list(COMMITTED)) {
      assertEquals(files, new TreeSet<>(there.map(f -> f.getFileName().toString()).toList()));
    }
  }

  @Test
  void everyCommandPrintsWhatItsSchemaSays(@TempDir Path dir) throws Exception {
    String[] pair = {"-t", "blue", "gpu-1-1", "gpu-2-1"};
    document("lease-create", args(pair, "-b", "1M", "-n", "a"));
    document("lease-create", args(pair, "-b", "1M", "-n", "b", "--qp", "7", "--ttl", "1h"));
    document("lease-create", args(pair, "-b", "1M", "--qp", "9", "--dry-run"));
    document("lease-get", "tenants/blue/leases/a");
    document("lease-update", "tenants/blue/leases/a", "-b", "2M", "--max-hops", "4");
    JsonNode list = document("lease-list");
    assertEquals(2, list.get("leases").size());
    document("lease-slots", args(pair, "-b", "1M", "--duration", "5m"));
    document("telemetry-probe", "tenants/blue/leases/a");
    document("path-compute", args(pair, "--paths", "2"));
    document("path-compute", args(pair, "--disjoint", "link"));
    document("path-explain", args(pair, "-b", "1M"));
    document("path-explain", args(pair, "--max-latency", "1ns"));
    document("path-check", args(pair, "leaf1/1", "spine1/2", "leaf2/3"));
    document(1, "path-check", args(pair, "leaf1/1", "spine1/2", "leaf2/3", "--encrypted"));
    document("fabric-show", "--counters");
    document("fabric-top", "--once");
    JsonNode drained = document("fabric-drain", "--device", "spine2", "--wait", "20");
    assertEquals(0, drained.get("leases_left").asInt());
    document("fabric-undrain", "--device", "spine2");
    inventories(dir);
    JsonNode status = document("cluster-status");
    assertTrue(status.has("members"));
    document("cluster-backup", dir.resolve("backup").toString());
    document("audit-list", "--limit", "5");
    document("audit-head");
    assertTrue(document("open").get("url").asText().startsWith("http://127.0.0.1:"));
    assertTrue(document("metrics").get("text").asText().contains("myelin_log_leader 1.0"));
    watches();
    JsonNode released = document("lease-release", "tenants/blue/leases/a", "tenants/blue/leases/b");
    assertEquals(2, released.get("leases").size());
    document("lease-create", args(pair, "-b", "1M", "-n", "a", "--ttl", "1h")); // used again
    JsonNode extended = document("lease-extend", "tenants/blue/leases/a", "--ttl", "2h");
    assertTrue(extended.has("expire_time"), extended::toString);
    JsonNode forced = document("lease-release", "--force", "tenants/blue/leases/a");
    assertEquals(
        "forced: switches may still hold its entries",
        forced.get("leases").get(0).get("reason").asText());
    document(
        "job-create",
        "-t",
        "blue",
        "-k",
        "all-to-all",
        "-b",
        "1M",
        "-n",
        "j",
        "host-1-1",
        "host-2-1");
    document("job-get", "tenants/blue/jobs/j", "--leases");
    document("job-list");
    document("job-update", "tenants/blue/jobs/j", "--objective", "balanced", "--ttl", "1h");
    // Other leases of this lab have a part of the NICs.
    JsonNode most = document("job-update", "tenants/blue/jobs/j", "-b", "as-much-as-fits");
    long fits = most.get("bandwidth_bps").asLong();
    assertTrue(fits > 3_000_000 && fits <= 40_000_000, most::toString);
    Said more = run("job", "update", "tenants/blue/jobs/j", "-b", fits + 10 + "bps", "-s", server);
    assertEquals(1, more.code, more.err);
    assertTrue(more.err.contains("(bandwidth_bps " + fits + ")"), more.err);
    JsonNode less = document("job-update", "tenants/blue/jobs/j", "-b", "as-much-as-fits:3M");
    assertEquals("3000000", less.get("bandwidth_bps").asText());
    document("job-release", "tenants/blue/jobs/j");
    faultsAndTraffic();
    programs();
    TreeSet<String> known = new TreeSet<>();
    jsonCommands(Main.commandLine(), "", known);
    assertEquals(known, tried, "a command is not tried");
    TreeSet<String> schemas = new TreeSet<>(Schemas.all().keySet());
    schemas.remove("error");
    schemas.addAll(BY_HAND);
    assertEquals(known, schemas, "a command has no schema");
  }

  private void faultsAndTraffic() {
    assertEquals(
        4096, document("lab-traffic-start", "pairs", "gpu-1-1:gpu-2-1").get("first_qp").asInt());
    JsonNode rates = document("lab-traffic-show", "--over", "10ms");
    assertEquals("gpu-2-1", rates.at("/slowest/destination").asText());
    assertTrue(document("lab-cut", "leaf1", "spine2").get("cut").asBoolean());
    assertFalse(document("lab-mend", "leaf1/2-spine2/1").get("cut").asBoolean());
    assertEquals(0.01, document("lab-loss", "leaf1", "spine2", "1%").get("loss").asDouble());
    JsonNode delayed = document("lab-delay", "leaf1/2", "2ms", "500us");
    assertEquals("2000000", delayed.get("latency_ns").asText());
    assertEquals("500000", delayed.get("jitter_ns").asText());
    assertTrue(document("lab-kill", "spine2").get("dead").asBoolean());
    assertEquals(6, document("lab-show").get("cables").size());
    assertFalse(document("lab-restart", "spine2").get("dead").asBoolean());
    assertEquals(1, document("lab-traffic-stop").get("runs").size());
    assertFalse(document("lab-traffic-show", "--over", "1ms").has("slowest"));
  }

  /** The inventory in force as a file, changed and applied. */
  private void inventories(Path dir) throws IOException {
    String text = document("inventory-show").get("inventory").asText();
    Path file = dir.resolve("fabric.yaml");
    Files.writeString(file, text);
    Said checked = run("inventory", "check", "-i", file.toString(), "-o", "json");
    assertEquals(0, checked.code, checked.err);
    assertEquals(4, valid("inventory-check", checked.out).get("devices").asInt());
    String[] named = {"-i", file.toString()};
    assertEquals(0, document("inventory-diff", named).get("difference_count").asInt());
    Files.writeString(file, text.replace("reservableShare: 1.0", "reservableShare: 0.99"));
    JsonNode differs = document(1, "inventory-diff", named);
    assertEquals("reservableShare", differs.at("/differences/0/fields/0/name").asText());
    JsonNode would = document("inventory-apply", args(named, "--dry-run"));
    assertFalse(would.get("applied").asBoolean());
    JsonNode done = document("inventory-apply", args(named, "--drain"));
    assertTrue(done.get("applied").asBoolean());
    assertFalse(done.get("etag").equals(would.get("etag")));
    // A host that is leased: whoever waits for it gives up, and drains nothing for good.
    Files.writeString(
        file,
        text.lines()
            .filter(l -> !l.contains("name: gpu-2-1,"))
            .collect(java.util.stream.Collectors.joining("\n", "", "\n")));
    JsonNode used = document(1, "inventory-apply", args(named, "--dry-run"));
    assertEquals(2, used.get("user_count").asInt());
    List<String> wait =
        List.of("inventory", "apply", "-i", file.toString(), "--drain", "--wait", "0");
    List<String> all = new ArrayList<>(wait);
    all.addAll(List.of("-o", "json", "--server", server));
    Said refused = run(all.toArray(String[]::new));
    assertEquals(1, refused.code, refused.err);
    assertTrue(refused.err.contains("2 still use what goes after 0 s"), refused.err);
    for (JsonNode l : document("fabric-show").get("links")) {
      assertFalse(l.get("drained").asBoolean(), l::toString);
    }
  }

  private static String[] args(String[] first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static void jsonCommands(CommandLine cli, String path, Set<String> to) {
    if (cli.getCommandSpec().findOption("--output") != null && !path.isEmpty()) {
      to.add(path);
    }
    cli.getSubcommands()
        .forEach((name, sub) -> jsonCommands(sub, path.isEmpty() ? name : path + "-" + name, to));
  }

  /** One object a line; a lease has the same fields as in a list. */
  private void watches() throws Exception {
    for (String command :
        List.of("lease-watch", "job-watch", "fabric-watch", "telemetry-congestion")) {
      List<String> lines = firstLines(command);
      assertFalse(lines.isEmpty(), command);
      for (String line : lines) {
        JsonNode node = valid(command, line);
        if (node.has("lease")) {
          TreeSet<String> fields = new TreeSet<>();
          node.get("lease").fieldNames().forEachRemaining(fields::add);
          TreeSet<String> listed = new TreeSet<>();
          for (JsonNode l : document("lease-list").get("leases")) {
            if (l.get("name").equals(node.get("lease").get("name"))) {
              l.fieldNames().forEachRemaining(listed::add);
            }
          }
          // What was counted meanwhile may be there in one of them only.
          fields.remove("usage");
          listed.remove("usage");
          assertEquals(listed, fields);
        }
      }
    }
  }

  /** What a watch says until its snapshot is complete. */
  private static List<String> firstLines(String command) throws InterruptedException {
    PrintStream stdout = System.out;
    PrintStream stderr = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<String> args = new ArrayList<>(List.of(command.split("-")));
    args.addAll(List.of("-o", "json", "--server", server));
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
      Thread watch = new Thread(() -> Main.run(args.toArray(String[]::new)));
      watch.start();
      long until = System.nanoTime() + 20_000_000_000L;
      while (!out.toString(StandardCharsets.UTF_8).contains("TYPE_SYNCED")
          && System.nanoTime() < until) {
        LockSupport.parkNanos(5_000_000);
      }
      watch.interrupt();
      watch.join(10_000);
      String text = out.toString(StandardCharsets.UTF_8);
      assertTrue(text.contains("TYPE_SYNCED"), text);
      return text.substring(0, text.lastIndexOf('\n')).lines().toList();
    } finally {
      System.setOut(stdout);
      System.setErr(stderr);
    }
  }

  @Test
  void errorsAreJsonToo() throws IOException {
    int free;
    try (ServerSocket s = new ServerSocket(0)) {
      free = s.getLocalPort();
    }
    String[][] wrong = {
      {"1", "lease", "get", "tenants/blue/leases/nobody", "-o", "json", "-s", server},
      {
        "1", "lease", "create", "-t", "blue", "gpu-1-1", "gpu-2-1", "-b", "900G", "-o", "JSON",
        "-s", server
      },
      {"2", "lease", "get", "-o", "json"},
      {"2", "job", "create", "-t", "blue", "-k", "star", "x", "-b", "1M", "--output=json"},
      {"2", "lease", "slots", "-t", "blue", "a", "b", "-b", "1M", "-ojson", "-s", server},
      {"3", "lease", "list", "-o", "json", "-s", "127.0.0.1:" + free},
      {"1", "cluster", "backup", "/no/such/dir/file", "-o", "json", "-s", server},
    };
    for (String[] w : wrong) {
      Said said = run(java.util.Arrays.copyOfRange(w, 1, w.length));
      assertEquals(Integer.parseInt(w[0]), said.code, () -> List.of(w) + ": " + said.err);
      assertEquals("", said.out);
      assertEquals(1, said.err.lines().count(), said.err);
      JsonNode error = valid("error", said.err);
      assertEquals(said.code, error.at("/error/exit_code").asInt());
      assertFalse(error.at("/error/message").asText().matches("/\\S*"), "a bare path");
    }
    JsonNode refused =
        valid("error", run(java.util.Arrays.copyOfRange(wrong[1], 1, wrong[1].length)).err);
    assertEquals("RESOURCE_EXHAUSTED", refused.at("/error/code").asText());
    assertEquals("NO_CAPACITY", refused.at("/error/details/0/reason").asText());
    JsonNode facts = refused.at("/error/details/0/metadata");
    assertEquals("never", facts.get("fits_from").asText(), facts::toString);
    Said text =
        run("lease", "create", "-t", "blue", "gpu-1-1", "gpu-2-1", "-b", "900G", "-s", server);
    String fits = facts.get("fits_bandwidth_bps").asText();
    assertEquals(facts.get("free_bps").asText(), fits, "what the NIC has left");
    assertTrue(
        text.err.contains(
            fits.equals("0") ? "no lower rate fits now" : "fits now (bandwidth_bps " + fits + ")"),
        text.err);
    assertTrue(text.err.contains(", 900 Gb/s never fits as leases are booked"), text.err);
  }
}
