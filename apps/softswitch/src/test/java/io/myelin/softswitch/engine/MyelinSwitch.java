package io.myelin.softswitch.engine;

import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A switch that runs myelin.p4, with ports that record what they send. */
final class MyelinSwitch {
  static final int PORTS = 8;

  final VirtualScheduler scheduler = new VirtualScheduler();
  final Softswitch sw = new Softswitch(scheduler);
  final Map<Integer, List<byte[]>> sent = new TreeMap<>();
  final List<byte[]> packetIns = new ArrayList<>();

  MyelinSwitch() {
    sw.load(P4Program.parse(json()));
    for (int port = 1; port <= PORTS; port++) {
      int number = port;
      sw.attach(
          port,
          frame -> sent.computeIfAbsent(number, k -> new ArrayList<>()).add(frame),
          PortConfig.UNLIMITED);
    }
    sw.listener(
        new SwitchControl.Listener() {
          @Override
          public void packetIn(byte[] frame) {
            packetIns.add(frame);
          }

          @Override
          public void digest(String digest, List<byte[]> fields) {
            throw new AssertionError("myelin.p4 has no digests");
          }
        });
  }

  static byte[] json() {
    String dir = System.getProperty("myelin.p4.build", "../../p4/build");
    try {
      return Files.readAllBytes(Path.of(dir, "myelin.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Receives a frame now and runs what follows from it. */
  void receive(int port, byte[] frame) {
    scheduler.at(scheduler.nowNs(), () -> sw.receive(port, frame));
    scheduler.runUntilIdle();
  }

  /** The frames sent by a port. */
  List<byte[]> sent(int port) {
    return sent.getOrDefault(port, List.of());
  }

  /** The only frame sent, by that port; forgets it. */
  byte[] only(int port) {
    if (sent.size() != 1 || sent(port).size() != 1) {
      Map<Integer, List<String>> shown = new TreeMap<>();
      sent.forEach((p, f) -> shown.put(p, f.stream().map(Frames::hex).toList()));
      throw new AssertionError("expected one frame on port " + port + ", sent were " + shown);
    }
    byte[] frame = sent(port).get(0);
    sent.clear();
    return frame;
  }

  static byte[] b(long value) {
    return new byte[] {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
  }

  static MatchField exact(long value) {
    return new MatchField.Exact(b(value));
  }

  static MatchField ternary(long value, long mask) {
    return new MatchField.Ternary(b(value), b(mask));
  }

  static MatchField ternary(byte[] value) {
    byte[] mask = new byte[value.length];
    java.util.Arrays.fill(mask, (byte) 0xff);
    return new MatchField.Ternary(value, mask);
  }

  static MatchField any() {
    return new MatchField.Any();
  }

  static ActionCall call(String action, long... args) {
    List<byte[]> bytes = new ArrayList<>();
    for (long a : args) {
      bytes.add(b(a));
    }
    return new ActionCall("MyelinIngress." + action, bytes);
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
  }
}
