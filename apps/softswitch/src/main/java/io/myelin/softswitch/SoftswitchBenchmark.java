package io.myelin.softswitch;

import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.MatchField;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How many RoCEv2 packets per second one core takes through myelin.p4: parsed, classified, checked
 * for isolation, steered by a six-field ternary table, labelled, and written out again.
 */
public final class SoftswitchBenchmark {
  private static final int ENTRIES = 1000;
  private static final int PAYLOAD_BYTES = 256;
  private static final int HOST_PORT = 1;
  private static final int FABRIC_PORT = 2;
  private static final int BATCH = 10_000;

  private final Softswitch sw = new Softswitch(new VirtualScheduler());
  private final byte[][] frames = new byte[ENTRIES][];
  private long received;

  private SoftswitchBenchmark(P4Program program) {
    sw.load(program);
    sw.attach(HOST_PORT, frame -> {}, PortConfig.UNLIMITED);
    sw.attach(FABRIC_PORT, frame -> received++, PortConfig.UNLIMITED);
    add("tenant_classifier", 1, call("set_tenant", 7), exact(HOST_PORT), new MatchField.Any());
    add(
        "endpoint_tenant",
        0,
        call("set_dst_tenant", 7),
        new MatchField.Lpm(address(0x0a070000), 112));
    add("isolation_acl", 1, call("permit"), ternary(7, 0xffff), ternary(7, 0xffff));
    add("adjacency", 0, call("pop_forward", FABRIC_PORT), exact(100));
    for (int i = 0; i < ENTRIES; i++) {
      int dst = 0x0a070100 + i;
      add(
          "path_steering",
          10,
          call("push_3", 100, 200, 300),
          ternary(7, 0xffff),
          ternary(address(0x0a070001)),
          ternary(address(dst)),
          ternary(17, 0xff),
          ternary(4791, 0xffff),
          ternary(i, 0xffffff));
      frames[i] = frame(0x0a070001, dst, i);
    }
  }

  private void add(String table, int priority, ActionCall action, MatchField... match) {
    sw.addEntry("MyelinIngress." + table, List.of(match), priority, action);
  }

  private static ActionCall call(String action, int... args) {
    return new ActionCall(
        "MyelinIngress." + action,
        Arrays.stream(args).mapToObj(SoftswitchBenchmark::bytes).toList());
  }

  private static byte[] bytes(int v) {
    return ByteBuffer.allocate(4).putInt(v).array();
  }

  private static byte[] address(int ipv4) {
    return ByteBuffer.allocate(16).putInt(8, 0xffff).putInt(12, ipv4).array();
  }

  private static MatchField exact(int v) {
    return new MatchField.Exact(bytes(v));
  }

  private static MatchField ternary(int v, int mask) {
    return new MatchField.Ternary(bytes(v), bytes(mask));
  }

  private static MatchField ternary(byte[] v) {
    byte[] mask = new byte[v.length];
    Arrays.fill(mask, (byte) 0xff);
    return new MatchField.Ternary(v, mask);
  }

  /** Ethernet, IPv4, UDP 4791, base transport header, payload. */
  private static byte[] frame(int src, int dst, int qp) {
    int udp = 8 + 12 + PAYLOAD_BYTES;
    ByteBuffer b = ByteBuffer.allocate(14 + 20 + udp);
    b.putLong(0, 0x0200_0000_000b_0200L).putInt(8, 0x0000_000a).putShort(12, (short) 0x0800);
    b.putInt(14, 0x4500_0000 | (20 + udp)).putInt(18, 0x1234_0000).putInt(22, 0x4011_0000);
    b.putInt(26, src).putInt(30, dst);
    int sum = 0;
    for (int i = 14; i < 34; i += 2) {
      sum += b.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    b.putShort(24, (short) ~((sum & 0xffff) + (sum >>> 16)));
    b.putInt(34, 0xc000_12b7).putShort(38, (short) udp);
    b.putInt(42, 0x0400_ffff).putInt(46, qp).putInt(50, 1);
    return b.array();
  }

  private void batch() {
    for (int i = 0; i < BATCH; i++) {
      sw.receive(HOST_PORT, frames[i % ENTRIES]);
    }
  }

  private static long runFor(SoftswitchBenchmark b, long ns) {
    long packets = 0;
    long end = System.nanoTime() + ns;
    do {
      b.batch();
      packets += BATCH;
    } while (System.nanoTime() < end);
    return packets;
  }

  /**
   * Measures on the calling thread.
   *
   * @param myelin the compiled myelin.p4
   * @return packets per second
   * @throws IllegalStateException if not every packet was forwarded
   */
  public static double packetsPerSecond(P4Program myelin, long warmUpMs, long measureMs) {
    SoftswitchBenchmark b = new SoftswitchBenchmark(myelin);
    runFor(b, warmUpMs * 1_000_000);
    b.received = 0;
    long start = System.nanoTime();
    long packets = runFor(b, measureMs * 1_000_000);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (b.received != packets) {
      throw new IllegalStateException(b.received + " of " + packets + " packets were forwarded");
    }
    return packets / seconds;
  }

  /** Arguments: path of myelin.json, by default {@code p4/build/myelin.json}. */
  public static void main(String[] args) throws IOException {
    Path json = Path.of(args.length > 0 ? args[0] : "p4/build/myelin.json");
    P4Program program = P4Program.parse(Files.readAllBytes(json));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (int run = 0; run < 3; run++) {
      out.printf(
          Locale.ROOT,
          "softswitch myelin.p4 %d entries: %.0f packets/s%n",
          ENTRIES,
          packetsPerSecond(program, 3000, 3000));
    }
  }
}
