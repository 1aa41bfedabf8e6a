package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.node.inventory.InventoryFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class MainTest extends CapturedTerminal {
  @Test
  void helpTeaches() {
    assertEquals(0, run("--help"));
    assertTrue(out().contains("Begin here:"), out());
    assertEquals(0, run("lease", "create", "--help"));
    assertTrue(out().contains("--dry-run"), out());
    assertEquals(0, run("generate-completion"));
    assertTrue(out().contains("complete -F"), "a completion script");
  }

  @Test
  void everyCommandHasHelp() {
    assertTrue(commands(Main.commandLine(), List.of()) > 50, "they were found");
  }

  private int commands(CommandLine cli, List<String> path) {
    List<String> help = new ArrayList<>(path);
    help.add("--help");
    assertEquals(0, run(help.toArray(String[]::new)), () -> help + ": " + err());
    // One command alone is read for it: it is as among all others.
    assertEquals(cli.getUsageMessage(CommandLine.Help.Ansi.OFF), out());
    int count = 1;
    for (Map.Entry<String, CommandLine> e : cli.getSubcommands().entrySet()) {
      List<String> below = new ArrayList<>(path);
      below.add(e.getKey());
      count += commands(e.getValue(), below);
    }
    return count;
  }

  @Test
  void wrongUseIsExitCode2() {
    assertEquals(2, run("leese"));
    assertTrue(err().contains("leese"), err());
    assertEquals(2, run("lease", "create", "a", "b", "-t", "blue", "-b", "fast"));
    assertTrue(err().contains("'fast' is not a rate"), err());
    assertEquals(2, run("lab", "--leaves", "0", "--listen", "127.0.0.1:0"));
    assertTrue(err().contains("leaves: 0 is not allowed"), err());
    assertEquals(2, run("node", "-i", "/no/such.yaml"));
    assertTrue(err().contains("/no/such.yaml: there is no such file"), err());
    assertEquals(2, run("node", "-i", "/dev/null", "--listen", "nowhere"));
  }

  @Test
  void noNodeIsExitCode3() throws IOException {
    int free;
    try (ServerSocket s = new ServerSocket(0)) {
      free = s.getLocalPort();
    }
    assertEquals(3, run("lease", "list", "--server", "127.0.0.1:" + free));
    assertTrue(
        err().contains("no node answers at 127.0.0.1:" + free + ": connection refused"), err());
  }

  @Test
  void plaintextBeyondLoopbackIsRefused(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("f.yaml");
    Files.writeString(file, "fabric: f\n");
    assertEquals(1, run("node", "-i", file.toString(), "--listen", "0.0.0.0:0"));
    assertTrue(err().contains("loopback"), err());
  }

  @Test
  void pathsThroughFabricsThatDoNotRun() {
    String[] ends = {"site1-leaf1-host1", "site3-leaf2-host1"};
    assertEquals(0, run("path", "compute", "--topology", "wan:4", ends[0], ends[1], "--paths=2"));
    assertTrue(out().contains("proven") && out().contains("site1-border"), out());
    assertEquals(
        0, run("path", "compute", "--topology", "wan:4", ends[0], ends[1], "--disjoint=srlg"));
    assertTrue(out().contains("backup"), out());
    assertEquals(
        0, run("path", "explain", "--topology", "wan:4", ends[0], ends[1], "--max-latency=1us"));
    assertTrue(out().contains("no path; what binds: [LATENCY]"), out());
    assertEquals(1, run("path", "compute", "--topology", "wan:4", ends[0], ends[1], "--encrypted"));
    assertTrue(err().contains("FAILED_PRECONDITION") && err().contains("encryption"), err());
    assertEquals(
        1,
        run(
            "path",
            "check",
            "--topology",
            "leaf-spine:2x1x1",
            "leaf1-host1",
            "leaf2-host1",
            "leaf1/1",
            "spine1/2",
            "leaf2/2",
            "--not-region=region1"));
    assertTrue(out().contains("regions: link"), out());
    assertEquals(2, run("path", "compute", "--topology", "tree:9", "a", "b"));
    assertTrue(err().contains("'tree:9' is not a fabric"), err());
    assertEquals(2, run("path", "compute", "--topology", "wan:4", "nobody", ends[1]));
    assertTrue(err().contains("SOURCE: 'nobody' is not an endpoint"), err());
    assertEquals(2, run("path", "compute", "a", "b"));
    assertTrue(err().contains("--tenant is required"), err());
  }

  /** From London to Athens: nobody knows how long that takes. */
  @Test
  void whatIsNotKnownOfAMapIsSaid() {
    Path map = Path.of("../../../shared/cases/topologies/zoo-Geant.graphml");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.exists(map), () -> "no cases at " + map.toAbsolutePath());
    assertEquals(0, run("path", "compute", "--topology", map.toString(), "uk-gpu", "gr-gpu"));
    assertTrue(out().matches("(?s).*latency unknown on [0-9]+ links?, jitter unknown.*"), out());
    assertTrue(out().contains("not proven") && out().contains("unknown"), out());
    assertTrue(err().contains("latency unknown and cost 0: 57"), err());
    String[] limited = {
      "path", "compute", "--topology", map.toString(), "uk-gpu", "gr-gpu", "--max-latency=1s"
    };
    assertEquals(1, run(limited));
    assertTrue(err().contains("max_latency: latency unknown on link uk/"), err());
  }

  @Test
  void netcfgIsTheInventoryForOnos(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("f.yaml");
    Files.writeString(
        file, InventoryFile.write(new LeafSpine(2, 1, 1).inventory(FabricOptions.DEFAULT)));
    String[] arguments = {
      "netcfg",
      "-i",
      file.toString(),
      "--listen",
      "0.0.0.0:50061",
      "--member",
      "192.0.2.1=192.0.2.1:50061",
      "--tls-certificate=/e/n.pem",
      "--tls-key=/e/n.key",
      "--tls-trust=/e/ca.pem",
      "--access=/e/access.yaml"
    };
    assertEquals(0, run(arguments), this::err);
    JsonNode root = new ObjectMapper().readTree(out());
    assertEquals(
        "io.myelin.onos", root.at("/devices/device:leaf1/basic/pipeconf").asText(), this::out);
    JsonNode fabric = root.at("/apps/io.myelin.onos/fabric");
    assertEquals(
        InventoryFile.write(InventoryFile.read(file)),
        InventoryFile.write(InventoryFile.parse("netcfg", fabric.get("inventory").toString())),
        "the same fabric");
    assertEquals("192.0.2.1:50061", fabric.at("/members/192.0.2.1").asText());
    assertEquals("/e/ca.pem", fabric.at("/tls/trust").asText());
    arguments[4] = "0.0.0.0";
    assertEquals(2, run(arguments));
    assertTrue(err().contains("--listen"), err());
  }

  @Test
  void whatCanOnlyBePlannedIsNotRun(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("deep.yaml");
    Files.writeString(
        file,
        "fabric: f\ndevices:\n  - {name: a, role: leaf, address: \"127.0.0.1:1\", maxLabels: 64}\n");
    assertEquals(2, run("node", "-i", file.toString(), "--listen", "127.0.0.1:0"));
    assertTrue(err().contains("devices[a].maxLabels: 64 is not allowed"), err());
  }

  @Test
  void leasesFromTheCommandLine() throws IOException {
    FabricSpec spec = new FabricSpec(2, 1, 1, 10_000_000, 20_000, 100_000, 1024);
    try (Lab lab = new Lab(spec, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      long until = System.nanoTime() + 30_000_000_000L;
      while (!lab.node().converged() && System.nanoTime() < until) {
        LockSupport.parkNanos(5_000_000);
      }
      String server = "--server=127.0.0.1:" + lab.node().port();
      assertEquals(
          0,
          run(
              "lease", "create", "-t", "blue", "gpu-1-1", "gpu-2-1", "-b", "5M", "-n", "x",
              server));
      assertTrue(out().contains("tenants/blue/leases/x") && out().contains("ACTIVE"), out());
      assertEquals(0, run("lease", "list", "-o", "json", server));
      assertTrue(out().contains("\"state\": \"LEASE_STATE_ACTIVE\""), out());
      assertEquals(0, run("lease", "update", "tenants/blue/leases/x", "-b", "6M", server));
      assertEquals(0, run("fabric", "show", "-c", server));
      assertTrue(out().contains("6M"), out());
      assertEquals(
          1,
          run(
              "lease", "create", "-t", "blue", "gpu-1-1", "gpu-2-1", "-b", "5M", "--qp", "9",
              server));
      assertTrue(err().contains("RESOURCE_EXHAUSTED"), err());
      assertEquals(0, run("lease", "release", "tenants/blue/leases/x", server));
      assertEquals(0, run("lease", "get", "tenants/blue/leases/x", server));
      assertTrue(out().contains("RELEASED"), out());
    }
  }
}
