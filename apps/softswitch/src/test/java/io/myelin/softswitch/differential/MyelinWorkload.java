package io.myelin.softswitch.differential;

import static io.myelin.softswitch.differential.NamedEntries.exact;
import static io.myelin.softswitch.differential.NamedEntries.lpm;
import static io.myelin.softswitch.differential.NamedEntries.ternary;
import static io.myelin.softswitch.engine.Frames.address;
import static io.myelin.softswitch.engine.Frames.concat;
import static io.myelin.softswitch.engine.Frames.hex;
import static io.myelin.softswitch.engine.Frames.label;
import static io.myelin.softswitch.engine.Frames.mapped;

import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Entries for every table of myelin.p4, and packets that mean well or do not. The same seed makes
 * the same of both.
 */
final class MyelinWorkload implements Packets {
  static final int PORTS = 16;
  static final int CPU = 255;

  /** Ports without a live cable. */
  static final List<Integer> DOWN = List.of(9, 10);

  private static final int TENANTS = 3;
  private static final int HOSTS_EACH = 2;
  private static final int FIRST_FABRIC = TENANTS * HOSTS_EACH + 1;
  private static final int LAST_FABRIC = 14;
  private static final int QPS = 12;

  /** The source of all frames. */
  private static final long MAC = Long.parseLong(Frames.MAC_A, 16);

  private final Random random;

  MyelinWorkload(Random random) {
    this.random = random;
  }

  // ---- entries -------------------------------------------------------------------------------

  private static String ipv4(int tenant, int host) {
    return "10." + tenant + ".0." + host;
  }

  private static String ipv6(int tenant, int host) {
    return String.format("fd00%04x0000000000000000%08x", tenant, host);
  }

  private static int port(int tenant, int host) {
    return (tenant - 1) * HOSTS_EACH + host;
  }

  /** Fills every table. */
  List<Update> entries(P4Info info) {
    NamedEntries e = new NamedEntries(info);
    e.cloneSession(1, CPU);
    e.setDefault("switch_config", e.call("set_switch", 4711, random.nextInt() & 0xffff_ffffL));
    tenants(e);
    steering(e);
    forwarding(e);
    queues(e);
    punt(e);
    return e.updates();
  }

  private static void punt(NamedEntries e) {
    for (int p = 1; p <= LAST_FABRIC; p++) {
      NamedEntries.Match port = ternary(p, 0x1ff);
      if (p >= FIRST_FABRIC) {
        punt(e, 30, e.call("to_cpu", 1), colour(p), port, null, ternary(0x88cc, 0xffff), null);
        e.addMetered(
            "punt",
            25,
            e.call("punt_pass"),
            colour(p + 1),
            port,
            null,
            ternary(0x8847, 0xffff),
            null,
            null,
            ternary(1, 1));
      } else {
        NamedEntries.Match nic = p % 2 == 0 ? null : ternary(MAC, 0xffff_ffff_ffffL);
        punt(e, 20, e.call("to_cpu", 2), colour(p), port, nic, ternary(0x0806, 0xffff), null);
        punt(e, 20, e.call("to_cpu", 3), colour(p), port, nic, null, ternary(135, 0xfe));
      }
    }
    punt(e, 10, e.call("punt_drop", 14), null, null, null, ternary(0x88cc, 0xffff), null);
    punt(e, 10, e.call("punt_drop", 14), null, null, null, ternary(0x88b5, 0xffff), null);
    punt(e, 10, e.call("punt_drop", 15), null, null, null, ternary(0x0806, 0xffff), null);
    punt(e, 10, e.call("punt_drop", 15), null, null, null, null, ternary(135, 0xff));
    NamedEntries.Match ipv4 = ternary(0x0800, 0xffff);
    e.add("punt", 10, e.call("punt_drop", 9), null, null, ipv4, ternary(89, 0xff), null, null);
    e.add("punt", 40, e.call("punt_pass"), null, null, ipv4, ternary(17, 0xff), null, null);
  }

  /**
   * @param icmpv6 type; null: no ICMPv6
   */
  private static void punt(
      NamedEntries e,
      int priority,
      io.myelin.p4.v1.TableAction action,
      @Nullable MeterConfig meter,
      NamedEntries.@Nullable Match port,
      NamedEntries.@Nullable Match nic,
      NamedEntries.@Nullable Match etherType,
      NamedEntries.@Nullable Match icmpv6) {
    NamedEntries.Match protocol = icmpv6 == null ? null : ternary(58, 0xff);
    e.addMetered("punt", priority, action, meter, port, nic, etherType, protocol, icmpv6, null);
  }

  /** A meter of packets; no outcome depends on time, for without a burst nothing passes. */
  private static @Nullable MeterConfig colour(int n) {
    long huge = 1_000_000_000L;
    return switch (n % 4) {
      case 0 -> config(1, 0, 1, 0);
      case 1 -> config(1, 0, huge, huge);
      case 2 -> config(huge, huge, huge, huge);
      default -> null;
    };
  }

  private void tenants(NamedEntries e) {
    for (int t = 1; t <= TENANTS; t++) {
      for (int h = 1; h <= HOSTS_EACH; h++) {
        int port = port(t, h);
        e.add(
            "tenant_classifier",
            20,
            e.call("set_tenant", t),
            exact(port),
            ternary(mapped(ipv4(t, h))));
        e.add(
            "tenant_classifier",
            10,
            e.call("set_tenant", t),
            exact(port),
            ternary(hex(ipv6(t, h))));
        for (String a : List.of(hex(mapped(ipv4(t, h))), ipv6(t, h))) {
          e.add(
              "neighbor",
              0,
              e.call("set_dst_mac", 0x024d0000_0001L, 0x0200_0000_0000L + port),
              exact(port),
              exact(hex(a)));
        }
      }
      e.add(
          "endpoint_tenant", 0, e.call("set_dst_tenant", t), lpm(mapped("10." + t + ".0.0"), 112));
      e.add("endpoint_tenant", 0, e.call("set_dst_tenant", t), lpm(hex(ipv6(t, 0)), 32));
      e.add("isolation_acl", 10, e.call("permit"), ternary(t, 0xffff), ternary(t, 0xffff));
    }
    e.add("endpoint_tenant", 0, e.call("set_dst_tenant", 2), lpm(mapped(ipv4(1, 2)), 128));
    e.add("isolation_acl", 10, e.call("permit"), ternary(1, 0xffff), ternary(2, 0xffff));
    e.add("isolation_acl", 30, e.call("deny"), ternary(3, 0xffff), ternary(1, 0xffff));
    e.add("isolation_acl", 5, e.call("permit"), ternary(2, 0xffff), null);
    for (int p = FIRST_FABRIC; p <= LAST_FABRIC; p++) {
      e.add("tenant_classifier", 1, e.call("trust_fabric"), exact(p), null);
    }
  }

  private void steering(NamedEntries e) {
    for (int i = 0; i < 80; i++) {
      int t = 1 + random.nextInt(TENANTS);
      int labels = 1 + random.nextInt(6);
      long[] args = new long[labels + 2];
      boolean gated = random.nextInt(3) == 0;
      args[labels] = random.nextInt(2);
      args[labels + 1] = gated ? 1 : 0;
      for (int k = 0; k < labels; k++) {
        args[k] = k == 0 ? 16 + 1 + random.nextInt(LAST_FABRIC) : 16 + random.nextInt(300);
      }
      e.addMetered(
          "path_steering",
          1 + i, // no two of one priority: which wins is not specified
          e.call("push_" + labels, args),
          meter(),
          ternary(t, 0xffff),
          maybe(ternary(mapped(ipv4(t, 1 + random.nextInt(HOSTS_EACH))))),
          maybe(ternary(mapped(ipv4(1 + random.nextInt(TENANTS), 1 + random.nextInt(HOSTS_EACH))))),
          maybe(ternary(17, 0xff)),
          maybe(ternary(4791, 0xffff)),
          random.nextInt(3) > 0 ? ternary(random.nextInt(QPS), 0xffffff) : null,
          gated ? ternary(1, 1) : null);
    }
  }

  private NamedEntries.@Nullable Match maybe(NamedEntries.Match m) {
    return random.nextInt(4) > 0 ? m : null;
  }

  /** No outcome depends on time: never, always yellow, always red. */
  private @Nullable MeterConfig meter() {
    long huge = 1_000_000_000L; // BMv2's bursts have 32 bits
    return switch (random.nextInt(4)) {
      case 0 -> config(1, 1, huge, huge);
      case 1 -> config(1, 1, 1, 1);
      case 2 -> config(huge, huge, huge, huge);
      default -> null;
    };
  }

  private static MeterConfig config(long cir, long cburst, long pir, long pburst) {
    return MeterConfig.newBuilder()
        .setCir(cir)
        .setCburst(cburst)
        .setPir(pir)
        .setPburst(pburst)
        .build();
  }

  private void forwarding(NamedEntries e) {
    e.add("adjacency", 0, e.call("pop_forward", CPU), exact(16 + CPU));
    for (int p = 1; p <= LAST_FABRIC; p++) {
      e.add("adjacency", 0, e.call("pop_forward", p), exact(16 + p));
      e.add(
          "port_status",
          0,
          NamedEntries.group(List.of(e.member(1, p, "port_is_up"), e.member(1, 0, "port_is_down"))),
          exact(p));
    }
    e.add("bypass", 0, e.call("bypass_3", 11, 400, 401), exact(9));
    e.add("bypass", 0, e.call("bypass_1", 12), exact(11));
    for (int label = 16; label < 116; label++) {
      io.myelin.p4.v1.TableAction around =
          switch (label % 4) {
            case 0 -> e.call("node_bypass_1", 11);
            case 1 -> e.call("node_bypass_2", 11, 410);
            case 2 -> e.call("node_bypass_3", 12, 410, 411);
            default -> null;
          };
      if (around != null) {
        e.add("node_bypass", 0, around, exact(9), exact(label));
      }
    }
    for (int t = 1; t <= TENANTS; t++) {
      for (int h = 1; h <= HOSTS_EACH; h++) {
        // A third of the endpoints is here.
        List<ActionProfileAction> members = h == 1 ? local(e, port(t, h)) : members(e);
        e.add("routing", 0, NamedEntries.group(members), lpm(mapped(ipv4(t, h)), 128));
        e.add("routing", 0, NamedEntries.group(members(e)), lpm(hex(ipv6(t, h)), 128));
      }
    }
    e.add("routing", 0, NamedEntries.group(members(e)), lpm(mapped("10.2.0.0"), 112));
    e.add("routing", 0, NamedEntries.group(members(e)), lpm(hex(ipv6(0, 0)), 16));
  }

  private static List<ActionProfileAction> local(NamedEntries e, int port) {
    return List.of(e.member(1, 0, "forward", port));
  }

  /** The first watches nothing: a group must keep a member. */
  private List<ActionProfileAction> members(NamedEntries e) {
    List<ActionProfileAction> members = new ArrayList<>();
    int n = 1 + random.nextInt(4);
    for (int i = 0; i < n; i++) {
      int p = FIRST_FABRIC + (random.nextInt(3) + 2 * i) % (LAST_FABRIC - FIRST_FABRIC + 1);
      members.add(e.member(1 + random.nextInt(3), i == 0 ? 0 : p, "forward", p));
    }
    return members;
  }

  private static void queues(NamedEntries e) {
    for (int opcode : List.of(0x11, 0x81)) {
      e.add(
          "traffic_class",
          30,
          e.call("set_queue", 7),
          ternary(1, 1),
          ternary(opcode, 0xff),
          ternary(1, 1),
          null,
          null);
    }
    e.add("traffic_class", 25, e.call("set_queue", 5), null, null, null, null, ternary(1, 1));
    e.add(
        "traffic_class",
        20,
        e.call("set_queue", 0),
        ternary(1, 1),
        null,
        null,
        ternary(1, 0x3f),
        null);
    e.add("traffic_class", 10, e.call("set_queue", 3), ternary(1, 1), null, null, null, null);
    e.add("traffic_class", 5, e.call("set_queue", 2), null, null, null, ternary(46, 0x3f), null);
    for (int p = 1; p <= LAST_FABRIC; p++) {
      for (int q : List.of(0, 3, 5)) {
        // Of even ports each packet is an event, of odd ones none. No depth is ever marked: whether
        // packets meet in BMv2's queues is chance.
        e.add(
            "queue_profile",
            0,
            p % 2 == 0
                ? e.call("set_thresholds", 0, 1000, 0, 0, 0)
                : e.call("set_thresholds", 1000, 2000, 1000, 1000, 0),
            exact(p),
            exact(q));
      }
    }
  }

  // ---- packets -------------------------------------------------------------------------------

  @Override
  public Packet next() {
    return random.nextInt(30) == 0 ? packetOut() : arriving();
  }

  private Packet packetOut() {
    byte[] frame = arriving().frame();
    int port = 1 + random.nextInt(8); // the others may be down
    byte[] header =
        random.nextBoolean()
            ? new byte[] {0, 0x40} // submit
            : new byte[] {(byte) (port >> 1), (byte) (port << 7)};
    return new Packet(CPU, random.nextInt(20) == 0 ? damaged(frame) : concat(header, frame));
  }

  private Packet arriving() {
    byte[] frame =
        switch (random.nextInt(20)) {
          case 0 -> Frames.ethernet(0x88cc, payload(60));
          case 1 -> Frames.ethernet(0x0806, arp());
          case 2 -> Frames.ethernet(random.nextInt(0x10000), payload(random.nextInt(100)));
          case 3, 4, 5 -> Frames.ethernet(0x8847, stack(ip()));
          case 6 -> probe();
          default -> {
            byte[] ip = ip();
            yield Frames.ethernet((ip[0] >> 4) == 6 ? 0x86dd : 0x0800, ip);
          }
        };
    int port = arrival(frame);
    // Nothing arrives at a port that is down.
    return new Packet(DOWN.contains(port) ? port + 2 : port, damaged(frame));
  }

  /** Mostly the port of the host that the addresses name. */
  private int arrival(byte[] frame) {
    int type = (frame[12] & 0xff) << 8 | (frame[13] & 0xff);
    if (type == 0x8847 && random.nextInt(10) > 0) {
      return FIRST_FABRIC + random.nextInt(LAST_FABRIC - FIRST_FABRIC + 1);
    }
    if (type == 0x0800 && random.nextInt(8) > 0 && frame.length > 30) {
      return Math.min(PORTS, Math.max(1, port(frame[27], frame[29])));
    }
    if (type == 0x0806 && random.nextInt(8) > 0 && frame.length > 32) {
      return Math.min(PORTS, Math.max(1, port(frame[29], frame[31])));
    }
    if (type == 0x86dd && random.nextInt(8) > 0 && frame.length > 38) {
      return Math.min(PORTS, Math.max(1, port(frame[25], frame[37])));
    }
    return 1 + random.nextInt(PORTS);
  }

  /** A request, mostly of a host that is who it says it is. */
  private byte[] arp() {
    int tenant = 1 + random.nextInt(TENANTS);
    int host = 1 + random.nextInt(HOSTS_EACH);
    String sender =
        switch (random.nextInt(8)) {
          case 0 -> "0.0.0.0";
          case 1 -> ipv4(tenant, 3 - host);
          default -> ipv4(tenant, host);
        };
    byte[] mac = random.nextInt(4) == 0 ? payload(6) : hex(Frames.MAC_A);
    return concat(hex("0001080006040001"), mac, address(sender), payload(28));
  }

  private byte[] payload(int bytes) {
    byte[] b = new byte[bytes];
    random.nextBytes(b);
    return b;
  }

  private byte[] stack(byte[] inner) {
    int labels = 1 + random.nextInt(random.nextInt(6) == 0 ? 10 : 5);
    byte[] all = new byte[0];
    for (int i = 0; i < labels; i++) {
      int value =
          random.nextInt(12) == 0 ? random.nextInt(1 << 20) : 16 + 1 + random.nextInt(LAST_FABRIC);
      byte[] l = label(value, i == labels - 1 ? 1 : 0, random.nextInt(20) == 0 ? i % 3 : 60);
      l[2] |= (byte) (random.nextInt(8) == 0 ? 2 : 0);
      all = concat(all, l);
    }
    return concat(all, random.nextInt(30) == 0 ? payload(random.nextInt(30)) : inner);
  }

  private byte[] probe() {
    int hops = random.nextInt(4) == 0 ? random.nextInt(10) : random.nextInt(3);
    byte[] records = new byte[0];
    for (int i = 0; i < hops; i++) {
      byte[] r = payload(27);
      r[8] = (byte) (i == hops - 1 ? r[8] | 1 : r[8] & ~1);
      records = concat(records, r);
    }
    byte[] head = hex("10007ff8", String.format("%08x%02x00", random.nextInt(), hops));
    int last = random.nextBoolean() ? 16 + CPU : 17 + random.nextInt(LAST_FABRIC);
    byte[] labels = label(last, 1, 64);
    if (random.nextBoolean()) {
      labels = concat(label(17 + random.nextInt(LAST_FABRIC), 0, 64), labels);
    }
    return Frames.ethernet(0x8847, concat(labels, head, records));
  }

  private byte[] ip() {
    int from = 1 + random.nextInt(TENANTS);
    int to = random.nextInt(3) == 0 ? 1 + random.nextInt(TENANTS + 1) : from;
    int src = 1 + random.nextInt(HOSTS_EACH);
    int dst = 1 + random.nextInt(HOSTS_EACH + 1);
    int protocol = random.nextInt(10) == 0 ? random.nextInt(256) : random.nextInt(12) == 0 ? 6 : 17;
    byte[] l4 = transport(protocol);
    int ttl = random.nextInt(25) == 0 ? random.nextInt(3) : 64;
    if (random.nextInt(3) == 0) {
      int next = random.nextInt(15) == 0 ? 58 : protocol;
      byte[] body = next == 58 ? concat(hex("8700"), payload(22)) : l4;
      byte[] p = Frames.ipv6(ipv6(from, src), ipv6(to, dst), next, ttl, body);
      int tc = trafficClass();
      p[0] = (byte) (0x60 | tc >> 4);
      p[1] = (byte) (tc << 4);
      return p;
    }
    return ipv4(from, src, to, dst, protocol, ttl, l4);
  }

  private int trafficClass() {
    int dscp =
        switch (random.nextInt(6)) {
          case 0 -> 1;
          case 1 -> 46;
          case 2 -> random.nextInt(64);
          default -> 26;
        };
    return dscp << 2 | random.nextInt(4);
  }

  private byte[] ipv4(int from, int src, int to, int dst, int protocol, int ttl, byte[] l4) {
    int words = random.nextInt(25) == 0 ? 6 + random.nextInt(10) : 5;
    byte[] h = new byte[4 * words];
    h[0] = (byte) (0x40 | words);
    h[1] = (byte) trafficClass();
    int total = h.length + l4.length;
    h[2] = (byte) (total >> 8);
    h[3] = (byte) total;
    h[4] = (byte) random.nextInt();
    h[6] = (byte) (random.nextInt(20) == 0 ? random.nextInt(256) : 0x40);
    h[8] = (byte) ttl;
    h[9] = (byte) protocol;
    System.arraycopy(address(ipv4(from, src)), 0, h, 12, 4);
    System.arraycopy(address(ipv4(to, dst)), 0, h, 16, 4);
    int sum = 0;
    for (int i = 0; i < h.length; i += 2) {
      sum += (h[i] & 0xff) << 8 | (h[i + 1] & 0xff);
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    if (random.nextInt(40) == 0) {
      sum ^= 1 << random.nextInt(16);
    }
    h[10] = (byte) (sum >> 8);
    h[11] = (byte) sum;
    return concat(h, l4);
  }

  private byte[] transport(int protocol) {
    int bytes = random.nextInt(random.nextInt(10) == 0 ? 1400 : 120);
    if (protocol != 17) {
      return payload(8 + bytes);
    }
    if (random.nextInt(6) == 0) {
      return Frames.udp(random.nextInt(0x10000), random.nextInt(0x10000), payload(bytes));
    }
    int opcode =
        switch (random.nextInt(4)) {
          case 0 -> 0x11;
          case 1 -> 0x81;
          case 2 -> random.nextInt(256);
          default -> 6 + random.nextInt(3); // first, middle and last of a message
        };
    return Frames.udp(
        0xc000 + random.nextInt(64),
        4791,
        Frames.bth(opcode, random.nextInt(QPS), random.nextInt(1 << 24), payload(bytes)));
  }

  /** One in twelve is cut somewhere, one in forty has a wrong bit. */
  private byte[] damaged(byte[] frame) {
    byte[] f = frame;
    if (random.nextInt(12) == 0) {
      f = java.util.Arrays.copyOf(f, 1 + random.nextInt(Math.min(f.length, 130)));
    }
    if (random.nextInt(40) == 0) {
      f = f.clone();
      f[random.nextInt(Math.min(f.length, 90))] ^= (byte) (1 << random.nextInt(8));
    }
    return f;
  }
}
