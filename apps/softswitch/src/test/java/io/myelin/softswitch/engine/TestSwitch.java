package io.myelin.softswitch.engine;

import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A switch in virtual time, with ports that record what they send. */
class TestSwitch {
  static final int PORTS = 8;

  final VirtualScheduler scheduler = new VirtualScheduler();
  final Softswitch sw = new Softswitch(scheduler);
  final Map<Integer, List<byte[]>> sent = new TreeMap<>();
  final List<byte[]> packetIns = new ArrayList<>();
  final List<String> digests = new ArrayList<>();

  TestSwitch(P4Program program) {
    sw.load(program);
    for (int port = 1; port <= PORTS; port++) {
      attach(port, PortConfig.UNLIMITED);
    }
    sw.listener(
        new SwitchControl.Listener() {
          @Override
          public void packetIn(byte[] frame) {
            packetIns.add(frame);
          }

          @Override
          public void digest(String digest, List<byte[]> fields) {
            digests.add(digest + fields.stream().map(Frames::hex).toList());
          }
        });
  }

  /** A switch that runs src/test/p4/{@code name}.p4. */
  static TestSwitch running(String name) {
    return new TestSwitch(P4Program.parse(json(name)));
  }

  static byte[] json(String name) {
    try (InputStream in = TestSwitch.class.getResourceAsStream("/p4/" + name + ".json")) {
      if (in == null) {
        throw new AssertionError("no program " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  final void attach(int port, PortConfig config) {
    sw.attach(port, f -> sent.computeIfAbsent(port, k -> new ArrayList<>()).add(f), config);
  }

  /** Receives a frame now and runs what follows from it. */
  void receive(int port, byte[] frame) {
    scheduler.at(scheduler.nowNs(), () -> sw.receive(port, frame));
    scheduler.runUntilIdle();
  }

  /** Receives hexadecimal digits on port 2 and returns what port 1 sends. */
  String exchange(String... digits) {
    receive(2, Frames.hex(digits));
    return Frames.hex(only(1));
  }

  /** The frames sent by a port. */
  List<byte[]> sent(int port) {
    return sent.getOrDefault(port, List.of());
  }

  List<String> sentHex(int port) {
    return sent(port).stream().map(Frames::hex).toList();
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

  static MatchField range(long low, long high) {
    return new MatchField.Range(b(low), b(high));
  }

  static MatchField lpm(long value, int length) {
    return new MatchField.Lpm(b(value), length);
  }

  static MatchField any() {
    return new MatchField.Any();
  }

  /** An action of the ingress control. */
  static ActionCall action(String name, long... args) {
    List<byte[]> bytes = new ArrayList<>();
    for (long a : args) {
      bytes.add(b(a));
    }
    return new ActionCall(name, bytes);
  }
}
