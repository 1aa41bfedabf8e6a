package io.myelin.onos.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.myelin.onos.FakeMyelin;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Objective;
import io.myelin.v1.TrafficSelector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.impl.action.command.DefaultActionPreparator;
import org.apache.karaf.shell.support.CommandException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands, their arguments read by Karaf, their answers as they are printed. */
class CommandsTest {
  private final PrintStream stdout = System.out;
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream complained = new ByteArrayOutputStream();
  private FakeMyelin myelin;

  CommandsTest() throws IOException {
    myelin = new FakeMyelin();
  }

  @BeforeEach
  void capture() {
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setOut(stdout);
    System.setErr(stderr);
    myelin.close();
  }

  /** What it prints, standard error included. */
  private String run(MyelinCommand command, String... arguments) throws Exception {
    command.services = myelin;
    printed.reset();
    complained.reset();
    new DefaultActionPreparator().prepare(command, null, List.of((Object[]) arguments));
    command.doExecute();
    String out = printed.toString(StandardCharsets.UTF_8).strip();
    String err = complained.toString(StandardCharsets.UTF_8).strip();
    return err.isEmpty() ? out : (out + "\nERR " + err).strip();
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void commandsHaveTheNamesThatAreDocumented() {
    for (Class<?> c :
        List.of(
            LeasesCommand.class,
            LeaseAddCommand.class,
            LeaseRemoveCommand.class,
            LeaseExplainCommand.class,
            FabricTopCommand.class)) {
      Command command = c.getAnnotation(Command.class);
      assertEquals("myelin", command.scope());
      String expected =
          c.getSimpleName()
              .replace("Command", "")
              .replaceAll("(?<=[a-z])([A-Z])", "-$1")
              .toLowerCase(java.util.Locale.ROOT);
      assertEquals(expected, command.name());
    }
  }

  @Test
  void addsListsAndRemovesLeases() throws Exception {
    String line =
        "tenants/blue/leases/a, state=ACTIVE, from=gpu-1, to=gpu-2, bandwidth=10Gbps,"
            + " latencyNs=1500, path=leaf1>spine1>leaf2";
    assertEquals(line, run(new LeaseAddCommand(), "-n", "a", "blue", "gpu-1", "gpu-2", "10G"));
    assertEquals(line, run(new LeasesCommand()));
    assertEquals(line, run(new LeasesCommand(), "-t", "blue"));
    assertEquals("", run(new LeasesCommand(), "--tenant", "red"));
    assertEquals(
        line.replace("ACTIVE", "RELEASED"), run(new LeaseRemoveCommand(), "tenants/blue/leases/a"));
    assertEquals("", run(new LeasesCommand()));
    assertEquals(line.replace("ACTIVE", "RELEASED"), run(new LeasesCommand(), "--all"));
  }

  @Test
  void listsAllPages() throws Exception {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      run(new LeaseAddCommand(), "-n", name, "blue", "gpu-1", "gpu-2", "1G");
    }
    assertEquals(5, run(new LeasesCommand()).lines().count());
    assertEquals(5, json(run(new LeasesCommand(), "-j")).path("leases").size());
  }

  @Test
  void passesOnWhatIsAskedFor() throws Exception {
    run(
        new LeaseAddCommand(),
        "--all-traffic",
        "--ttl",
        "60s",
        "-o",
        "COST",
        "--name",
        "a",
        "blue",
        "gpu-1",
        "gpu-2",
        "400M");
    CreateLeaseRequest request = myelin.created.get(0);
    assertEquals("tenants/blue", request.getParent());
    assertEquals("a", request.getLeaseId());
    assertEquals(400_000_000, request.getLease().getBandwidthBps());
    assertEquals(60, request.getLease().getTtl().getSeconds());
    assertEquals(Objective.OBJECTIVE_COST, request.getLease().getObjective());
    assertEquals(TrafficSelector.Kind.KIND_ALL, request.getLease().getTraffic().getKind());
    assertTrue(!request.getRequestId().isEmpty());
  }

  @Test
  void dryRunSaysThatItIsOne() throws Exception {
    assertEquals(
        "(dry run), state=-, from=gpu-1, to=gpu-2, bandwidth=1.5Gbps, latencyNs=1500,"
            + " path=leaf1>spine1>leaf2",
        run(new LeaseAddCommand(), "--dry-run", "blue", "gpu-1", "gpu-2", "1.5G"));
    assertEquals("", run(new LeasesCommand()));
  }

  @Test
  void refusalsAreToldInTheirWords() throws Exception {
    assertEquals(
        "ERR no path has the bandwidth",
        run(new LeaseAddCommand(), "blue", "gpu-1", "gpu-2", "200G"));
    JsonNode status = json(run(new LeaseAddCommand(), "-j", "blue", "gpu-1", "gpu-2", "200G"));
    assertEquals(8, status.path("code").asInt());
    assertEquals("INSUFFICIENT_BANDWIDTH", status.path("details").path(0).path("reason").asText());
    assertEquals(
        "ERR no lease tenants/blue/leases/b",
        run(new LeaseRemoveCommand(), "tenants/blue/leases/b"));
  }

  @Test
  void malformedArgumentsAreRefusedHere() throws Exception {
    String said = run(new LeaseAddCommand(), "blue", "gpu-1", "gpu-2", "lots");
    assertTrue(said.startsWith("ERR ") && said.contains("lots"), said);
    String objective = run(new LeaseAddCommand(), "-o", "SPEED", "blue", "gpu-1", "gpu-2", "1G");
    assertTrue(objective.startsWith("ERR ") && objective.contains("SPEED"), objective);
    assertThrows(CommandException.class, () -> run(new LeaseAddCommand(), "blue", "gpu-1"));
    assertThrows(
        CommandException.class,
        () -> run(new LeaseAddCommand(), "blue", "gpu-1", "gpu-2", "1G", "-n", "a"),
        "Karaf takes options before arguments only");
    assertEquals(0, myelin.created.size());
  }

  @Test
  void explains() throws Exception {
    assertEquals(
        "path=leaf1>spine1>leaf2, latencyNs=1500",
        run(new LeaseExplainCommand(), "--max-latency", "10us", "blue", "gpu-1", "gpu-2", "1G"));
    assertEquals(10_000, myelin.explained.get(0).getQuery().getConstraints().getMaxLatencyNs());
    assertEquals(
        "leaf1/1-spine1/1 has 100 Gbit/s free",
        run(new LeaseExplainCommand(), "blue", "gpu-1", "gpu-2", "200G"));
    assertTrue(
        json(run(new LeaseExplainCommand(), "-j", "blue", "gpu-1", "gpu-2", "1G")).has("path"));
  }

  @Test
  void fabricTopShowsTheBusiestFirst() throws Exception {
    myelin.trouble("ONOS sees a cable elsewhere");
    assertEquals(
        String.join(
            "\n",
            "fabric=small, serving=true, grpcPort=" + myelin.port(),
            "ONOS sees a cable elsewhere",
            "device=leaf1, state=READY, entries=7",
            "device=spine1, state=DISCONNECTED, entries=0, reason=ONOS has no connection with"
                + " device:spine1",
            "link=leaf1/2-spine1/2, up=true, reserved=50Gbps, free=50Gbps, used=0.0%, leases=1",
            "link=leaf1/3-spine1/3, up=false, reserved=0bps, free=100Gbps, used=25.0%, leases=0"),
        run(new FabricTopCommand(), "-n", "2"));
    assertEquals(3, json(run(new FabricTopCommand(), "--json")).path("links").size());
  }

  @Test
  void withoutAFabricTheySayWhatIsMissing() throws Exception {
    myelin.unconfigured("no netcfg");
    assertEquals("ERR no netcfg", run(new LeasesCommand()));
    assertEquals("ERR no netcfg", run(new FabricTopCommand(), "-j"));
  }
}
