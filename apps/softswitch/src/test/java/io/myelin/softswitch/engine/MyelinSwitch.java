package io.myelin.softswitch.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A switch that runs myelin.p4. */
final class MyelinSwitch extends TestSwitch {

  MyelinSwitch() {
    super(P4Program.parse(json()));
  }

  static byte[] json() {
    String dir = System.getProperty("myelin.p4.build", "../../p4/build");
    try {
      return Files.readAllBytes(Path.of(dir, "myelin.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ActionCall call(String action, long... args) {
    return action("MyelinIngress." + action, args);
  }

  long add(String table, int priority, EntryAction action, MatchField... match) {
    return sw.addEntry("MyelinIngress." + table, List.of(match), priority, action);
  }

  /** Hosts of tenant 7 on ports 1 and 2, who may talk to each other; fabric on ports 3 and up. */
  void tenantSeven() {
    for (int port = 1; port <= PORTS; port++) {
      add(
          "tenant_classifier",
          1,
          port <= 2 ? call("set_tenant", 7) : call("trust_fabric"),
          exact(port),
          any());
    }
    add(
        "endpoint_tenant",
        0,
        call("set_dst_tenant", 7),
        new MatchField.Lpm(Frames.mapped("10.7.0.0"), 112));
    add("isolation_acl", 10, call("permit"), ternary(7, 0xffff), ternary(7, 0xffff));
    for (int opcode : new int[] {0x11, 0x81}) {
      add(
          "traffic_class",
          30,
          call("set_queue", 7),
          exact(1),
          exact(opcode),
          exact(1),
          any(),
          any());
    }
    add("traffic_class", 10, call("set_queue", 3), exact(1), any(), any(), any(), any());
  }
}
