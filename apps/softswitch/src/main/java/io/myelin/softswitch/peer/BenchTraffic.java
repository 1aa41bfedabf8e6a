package io.myelin.softswitch.peer;

import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.EntryAction;
import io.myelin.softswitch.engine.MatchField;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the benchmarks forward: RoCEv2 packets of 1,000 queue pairs from a host's port to the
 * fabric, each steered by a six-field ternary entry of its own.
 */
public final class BenchTraffic {
  static final int HOST_PORT = 1;
  static final int FABRIC_PORT = 2;

  private static final int ENTRIES = 1000;
  private static final int PAYLOAD_BYTES = 256;
  private static final String CONTROL = "MyelinIngress.";

  private BenchTraffic() {}

  /** An entry of a table, names as in the program. */
  public record Entry(String table, int priority, EntryAction action, List<MatchField> match) {}

  /** Everything that the packets need to get through. */
  public static List<Entry> entries() {
    List<Entry> out = new ArrayList<>();
    out.add(
        entry(
            "tenant_classifier", 1, call("set_tenant", 7), exact(HOST_PORT), new MatchField.Any()));
    out.add(
        entry(
            "endpoint_tenant",
            0,
            call("set_dst_tenant", 7),
            new MatchField.Lpm(address(0x0a070000), 112)));
    out.add(entry("isolation_acl", 1, call("permit"), ternary(7, 0xffff), ternary(7, 0xffff)));
    out.add(entry("adjacency", 0, call("pop_forward", FABRIC_PORT), exact(100)));
    for (int i = 0; i < ENTRIES; i++) {
      out.add(
          entry(
              "path_steering",
              10,
              call("push_3", 100, 200, 300, 1, 0),
              ternary(7, 0xffff),
              ternary(address(0x0a070001)),
              ternary(address(destination(i))),
              ternary(17, 0xff),
              ternary(4791, 0xffff),
              ternary(i, 0xffffff),
              new MatchField.Any()));
    }
    return out;
  }

  /** One frame for each steering entry. */
  public static byte[][] frames() {
    byte[][] out = new byte[ENTRIES][];
    Arrays.setAll(out, i -> frame(0x0a070001, destination(i), i));
    return out;
  }

  private static int destination(int i) {
    return 0x0a070100 + i;
  }

  private static Entry entry(String table, int priority, ActionCall action, MatchField... match) {
    return new Entry(CONTROL + table, priority, action, List.of(match));
  }

  private static ActionCall call(String action, int... args) {
    return new ActionCall(
        CONTROL + action, Arrays.stream(args).mapToObj(BenchTraffic::bytes).toList());
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
}
