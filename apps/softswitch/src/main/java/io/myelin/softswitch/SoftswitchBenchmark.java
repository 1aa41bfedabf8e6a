package io.myelin.softswitch;

import static io.myelin.softswitch.peer.Entries.exact;
import static io.myelin.softswitch.peer.Entries.lpm;
import static io.myelin.softswitch.peer.Entries.ternary;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.peer.Bmv2;
import io.myelin.softswitch.peer.Entries;
import io.myelin.softswitch.peer.P4Client;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many RoCEv2 packets per second go through myelin.p4: parsed, classified, checked for
 * isolation, steered by a six-field ternary table, labelled, and written out again. The same
 * packets and entries for the softswitch, on one core, and for BMv2.
 */
public final class SoftswitchBenchmark {
  private static final int ENTRIES = 1000;
  private static final int PAYLOAD_BYTES = 256;
  private static final int HOST_PORT = 1;
  private static final int FABRIC_PORT = 2;
  private static final int BATCH = 10_000;

  /** BMv2's queues hold 64 packets: with fewer under way none is lost. */
  private static final int BMV2_WINDOW = 60;

  private final P4Info info;
  private final ForwardingPipelineConfig pipeline;
  private final List<Update> updates;
  private final byte[][] frames = new byte[ENTRIES][];

  /**
   * A figure.
   *
   * @param packetsPerSecond forwarded, none lost
   * @param bytes heap in use (softswitch) or resident memory (BMv2); -1: not known
   */
  public record Result(double packetsPerSecond, long bytes) {}

  /** Reads the program from the class path. */
  public SoftswitchBenchmark() throws IOException {
    P4Info.Builder b = P4Info.newBuilder();
    TextFormat.merge(new String(resource("/p4/myelin.p4info.txt"), StandardCharsets.UTF_8), b);
    info = b.build();
    pipeline =
        ForwardingPipelineConfig.newBuilder()
            .setP4Info(info)
            .setP4DeviceConfig(ByteString.copyFrom(resource("/p4/myelin.json")))
            .build();
    updates = entries();
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = SoftswitchBenchmark.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }

  private List<Update> entries() {
    Entries e = new Entries(info);
    e.add("tenant_classifier", 1, e.call("set_tenant", 7), exact(HOST_PORT), null);
    e.add("endpoint_tenant", 0, e.call("set_dst_tenant", 7), lpm(address(0x0a070000), 112));
    e.add("isolation_acl", 1, e.call("permit"), ternary(7, 0xffff), ternary(7, 0xffff));
    e.add("adjacency", 0, e.call("pop_forward", FABRIC_PORT), exact(100));
    e.add("traffic_class", 10, e.call("set_queue", 3), ternary(1, 1), null, null, null);
    e.add(
        "queue_profile",
        0,
        e.call("set_thresholds", 1000, 4000, 1, 1000, 1000),
        exact(FABRIC_PORT),
        exact(3));
    e.add(
        "port_status",
        0,
        Entries.group(
            List.of(e.member(1, FABRIC_PORT, "port_is_up"), e.member(1, 0, "port_is_down"))),
        exact(FABRIC_PORT));
    for (int i = 0; i < ENTRIES; i++) {
      int dst = 0x0a070100 + i;
      e.add(
          "path_steering",
          10,
          e.call("push_3", 100, 200, 300),
          ternary(7, 0xffff),
          ternary(address(0x0a070001)),
          ternary(address(dst)),
          ternary(17, 0xff),
          ternary(4791, 0xffff),
          ternary(i, 0xffffff));
      frames[i] = frame(0x0a070001, dst, i);
    }
    return e.updates();
  }

  private static byte[] address(int ipv4) {
    return ByteBuffer.allocate(16).putInt(8, 0xffff).putInt(12, ipv4).array();
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

  // ---- softswitch ----------------------------------------------------------------------------

  /**
   * Measures on the calling thread.
   *
   * @throws IllegalStateException if not every packet was forwarded
   */
  public Result softswitch(long warmUpMs, long measureMs) throws IOException {
    VirtualScheduler clock = new VirtualScheduler();
    Softswitch sw = new Softswitch(clock);
    long[] received = new long[1];
    sw.attach(HOST_PORT, frame -> {}, PortConfig.UNLIMITED);
    sw.attach(FABRIC_PORT, frame -> received[0]++, PortConfig.UNLIMITED);
    try (P4RuntimeServer server = P4RuntimeServer.start(sw, P4RuntimeOptions.of(1, clock), 0);
        P4Client client = new P4Client(server.port(), 1)) {
      client.setPipeline(pipeline);
      client.write(updates);
    }
    runFor(sw, warmUpMs);
    received[0] = 0;
    long start = System.nanoTime();
    long packets = runFor(sw, measureMs);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (received[0] != packets) {
      throw new IllegalStateException(received[0] + " of " + packets + " packets were forwarded");
    }
    Runtime r = Runtime.getRuntime();
    System.gc(); // what is left is what the switch needs
    return new Result(packets / seconds, r.totalMemory() - r.freeMemory());
  }

  private long runFor(Softswitch sw, long ms) {
    long packets = 0;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    do {
      for (int i = 0; i < BATCH; i++) {
        sw.receive(HOST_PORT, frames[i % ENTRIES]);
      }
      packets += BATCH;
    } while (System.nanoTime() < end);
    return packets;
  }

  // ---- BMv2 ----------------------------------------------------------------------------------

  /**
   * What BMv2 does.
   *
   * @param closedLoop packets per second with as many under way as its queues hold
   * @param busiestThread packets per second that its busiest thread would do alone, by the CPU time
   *     it took: no feeder could be faster
   * @param residentBytes memory
   */
  public record Bmv2Result(double closedLoop, double busiestThread, long residentBytes) {
    /** The better of both. */
    public double packetsPerSecond() {
      return Math.max(closedLoop, busiestThread);
    }
  }

  /** Measures simple_switch_grpc, which must be on the PATH. */
  public Bmv2Result bmv2(long warmUpMs, long measureMs) throws IOException, InterruptedException {
    try (Bmv2 bmv2 = new Bmv2()) {
      bmv2.client().setPipeline(pipeline);
      bmv2.setPort(HOST_PORT, true);
      bmv2.setPort(FABRIC_PORT, true);
      bmv2.client().write(updates);
      Semaphore room = new Semaphore(BMV2_WINDOW);
      AtomicLong out = new AtomicLong();
      bmv2.open(
          (id, port, frame) -> {
            out.incrementAndGet();
            room.release();
          });
      feed(bmv2, room, warmUpMs);
      long before = out.get();
      List<Long> cpuBefore = bmv2.threadCpuNs();
      long start = System.nanoTime();
      feed(bmv2, room, measureMs);
      double seconds = (System.nanoTime() - start) / 1e9;
      double packets = out.get() - before;
      List<Long> cpuAfter = bmv2.threadCpuNs();
      long busiest = 1;
      for (int i = 0; i < Math.min(cpuBefore.size(), cpuAfter.size()); i++) {
        busiest = Math.max(busiest, cpuAfter.get(i) - cpuBefore.get(i));
      }
      return new Bmv2Result(packets / seconds, packets * 1e9 / busiest, bmv2.residentBytes());
    }
  }

  private void feed(Bmv2 bmv2, Semaphore room, long ms) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    for (int i = 0; System.nanoTime() < end; i++) {
      if (!room.tryAcquire(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("BMv2 lost a packet");
      }
      bmv2.receive(1, HOST_PORT, frames[i % ENTRIES]);
    }
  }
}
