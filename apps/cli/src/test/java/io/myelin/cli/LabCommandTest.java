package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.service.LabServer;
import io.myelin.lab.v1.MeasureTrafficResponse;
import io.myelin.lab.v1.TrafficFlow;
import java.io.IOException;
import java.net.ServerSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults and traffic from the command line, of switches without a controller. */
final class LabCommandTest extends CapturedTerminal {
  private static LabSwitches switches;
  private static LabServer server;

  @BeforeAll
  static void start() throws IOException {
    switches = new LabSwitches(new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 4096), 0);
    server = new LabServer(switches.fabric(), 0);
  }

  @AfterAll
  static void close() {
    server.close();
    switches.close();
  }

  private int line(String command) {
    return run(command.split(" "));
  }

  private int lab(String command) {
    return line("lab " + command + " --server 127.0.0.1:" + server.port());
  }

  @Test
  void whatWasDoneIsSaid() {
    assertEquals(0, lab("cut leaf1 spine1"), this::err);
    assertEquals("leaf1/1-spine1/1 is cut; it loses 0% and takes 20us\n", out());
    assertEquals(0, lab("mend leaf1/1"), this::err);
    assertEquals(0, lab("loss spine1-leaf1 0.25"), this::err);
    assertEquals("leaf1/1-spine1/1 is whole; it loses 25% and takes 20us\n", out());
    assertEquals(0, lab("loss leaf1 spine1 0"), this::err);
    assertEquals(0, lab("delay leaf1 spine1 2ms 1ms"), this::err);
    assertEquals("leaf1/1-spine1/1 is whole; it loses 0% and takes 2ms +- 1ms\n", out());
    assertEquals(0, lab("delay leaf1/1-spine1/1 20us 0"), this::err);
    assertEquals(0, lab("kill spine2"), this::err);
    assertEquals("spine2 is dead\n", out());
    assertEquals(0, lab("show"), this::err);
    assertTrue(out().contains("spine2  DEAD   127.0.0.1:"), out());
    assertTrue(out().contains("gpu-2-2-leaf2/4   whole  0%    20us     0ns"), out());
    assertEquals(0, lab("restart spine2"), this::err);
    assertTrue(out().startsWith("spine2 is on, P4Runtime at 127.0.0.1:"), out());
  }

  @Test
  void trafficIsStartedShownAndStopped() {
    assertEquals(0, lab("traffic stop"), this::err);
    assertEquals("no traffic runs\n", out());
    assertEquals(0, lab("traffic start all-to-all --rate 5M --name x"), this::err);
    assertEquals(
        "x: all-to-all, 12 flows, QP 4096 to 4107, 5M each; 'myelin lab traffic show' tells how it"
            + " does\n",
        out());
    assertEquals(0, lab("traffic show --over 5ms"), this::err);
    assertTrue(out().contains("x    gpu-1-1  gpu-1-2  4096  0        0.0%   0"), out());
    assertEquals(0, lab("traffic stop x"), this::err);
    assertEquals("x: stopped, all-to-all, 12 flows, QP 4096 to 4107, 5M each\n", out());
    assertEquals(0, lab("traffic show --over 5ms"), this::err);
    assertTrue(out().startsWith("no traffic runs; start some"), out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1|cut leaf1 spine7|no cable 'leaf1 spine7'; nearest: leaf1/1-spine1/1,",
        "1|mend leaf2 spine1|FAILED_PRECONDITION: leaf2/1-spine1/2 is whole already",
        "1|kill spine|NOT_FOUND: no switch 'spine'; nearest: spine1, spine2,",
        "1|loss leaf1 spine7 1%|no cable 'leaf1 spine7'",
        "2|loss leaf1 spine1 5|loss: '5' is not a share from 0 to 1",
        "2|loss leaf1 spine1 1|loss: '1' may be 1% or all; write 1% or 100%",
        "2|loss leaf1 spine1 101%|loss: '101%' is not a share from 0 to 1",
        "2|loss leaf1|Expected parameter",
        "2|delay leaf1 spine1 2|delay: '2' is not a time, e.g. 500ns",
        "2|delay leaf1 spine1 2ms x|jitter: 'x' is not a time",
        "2|delay leaf1 spine1 two 1ms|delay: 'two' is not a time",
        "1|delay leaf1 spine1 1ms 2ms|jitter: 2000000 ns is not allowed; allowed: 0 up to the delay",
        "1|delay leaf1 spine1 11s|delay: 11000000000 ns is not allowed; allowed: 0 to 10s",
        "2|cut a b c|'a b c' is no cable; give its two ends or its name",
        "2|delay a b c 2ms 1ms|'a b c 2ms' is no cable; give its two ends or its name",
        "2|traffic start star|'star' is not allowed; allowed: permutation, ring, all-to-all, pairs",
        "2|traffic start ring --rate fast|--rate: 'fast' is not a rate",
        "2|traffic start ring --qp -1|--qp: -1 is not allowed",
        "1|traffic start ring gpu-9-9|no NIC, host or rack 'gpu-9-9'; nearest: gpu-1-1,",
        "1|traffic stop nothing|no traffic 'nothing'; nearest: none",
        "2|traffic show --over soon|--over: 'soon' is not a time",
        "1|traffic show --over 61s|over: 61000000000 ns is not allowed; allowed: 1ms to 60s",
      })
  void refusalsSayWhatIsAllowed(int code, String command, String message) {
    assertEquals(code, lab(command), this::err);
    assertTrue(err().contains(message), err());
  }

  @Test
  void noLabIsSaidAndWhereOneWouldBe() throws IOException {
    int free;
    try (ServerSocket s = new ServerSocket(0)) {
      free = s.getLocalPort();
    }
    assertEquals(3, line("lab cut leaf1 spine1 -s 127.0.0.1:" + free));
    assertTrue(
        err().contains("no lab answers at 127.0.0.1:" + free + ": connection refused; start one"),
        err());
    assertEquals(2, line("lab cut leaf1 spine1 -s nowhere"));
    assertTrue(err().contains("--server: 'nowhere' is not HOST:PORT"), err());
    assertEquals(3, line("lab show -s no-such-host.invalid:1"));
    assertTrue(err().contains("there is no such host"), err());
  }

  /** A switch's server knows nothing of labs, as a node's does not. */
  @Test
  void whatIsNoLabIsCalledSo() {
    String other = switches.fabric().inventory().devices().iterator().next().getValue().address();
    assertEquals(3, line("lab show -s " + other));
    assertTrue(err().contains("what answers at " + other + " is no lab"), err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lab --topology fat-tree:16|--topology: fat-tree:16 has 320 switches, 2048 cables and 1024",
        "lab --topology fat-tree:16|fat-tree:8 would fit",
        "demo --topology wan:48|wan:16 would fit",
        "lab --topology tree:4|'tree:4' is not a fabric; allowed: leaf-spine:LEAVESxSPINESxHOSTS",
        "lab --topology /no/such.yaml|/no/such.yaml: there is no such file",
        "lab --topology fabric.txt|its name does not say what it is; allowed: .yaml, .yml",
        "lab --leaves 100 --spines 4|--leaves, --spines, --hosts: leaf-spine:100x4x4 has 104",
        "demo --topology wan:4|the demo's leases are at line rate and would not fit",
        "demo --spines 2|leaf1 has hosts of 160 Mb/s and cables of 80 Mb/s",
        "lab --topology fat-tree:4 --rate 1k|rate: 1000 is not allowed; at least 1M",
      })
  void fabricsForWhichThereIsNoRoomAreRefused(String command, String message) {
    assertEquals(2, line(command + (command.startsWith("lab") ? " --listen 127.0.0.1:0" : "")));
    assertTrue(err().contains(message), err());
  }

  /** A taken port is no reason to leave half a lab behind. */
  @Test
  void aTakenPortIsSaid() {
    assertEquals(1, line("lab --no-controller --lab-port " + server.port()));
    assertTrue(err().contains("port " + server.port() + " is taken"), err());
  }

  @Test
  void ratesFitIntoEightyColumns() {
    TrafficFlow flow =
        TrafficFlow.newBuilder()
            .setRun("t1")
            .setSource("pod12-host34-nic5")
            .setDestination("pod21-host43-nic6")
            .setQp(4096)
            .setGoodputBps(12_345_678)
            .setIdealBps(39_214_935)
            .setCnps(123_456)
            .build();
    String text =
        LabTrafficCommand.text(
            MeasureTrafficResponse.newBuilder()
                .addFlows(flow)
                .setSlowest(flow)
                .setTotalBps(12_345_678)
                .setRetransmits(1_234)
                .build());
    assertTrue(text.contains("4096  12.3M    31.5%  123456"), text);
    assertTrue(text.lines().allMatch(l -> l.length() <= 80), text);
  }
}
