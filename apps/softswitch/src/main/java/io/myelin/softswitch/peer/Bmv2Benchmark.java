package io.myelin.softswitch.peer;

import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.Update;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many packets per second BMv2 forwards: the program, the entries and the packets of the
 * softswitch's own benchmark. Two ways of feeding it; the better counts.
 *
 * <ul>
 *   <li>Its gRPC ports, at most {@value #WINDOW} packets inside: nothing is lost, but it shares the
 *       machine with its client.
 *   <li>A named pipe in the format of libpcap, as fast as it reads, into a file in memory where
 *       BMv2 notes the time of each output: no client to speak of. Ingress waits for nobody there,
 *       so egress may lose packets; what counts is what comes out.
 * </ul>
 */
public final class Bmv2Benchmark {
  /** Below the 64 packets that an egress queue holds. */
  private static final int WINDOW = 48;

  private static final int HOST_PORT = 1;
  private static final int FABRIC_PORT = 2;
  private static final long LOST_AFTER_S = 10;

  private final P4Info info;
  private final byte[] json;
  private final List<Update> entries;
  private final byte[][] frames = BenchTraffic.frames();

  /**
   * What was measured.
   *
   * @param packetsPerSecond out of the switch, the better way of feeding
   * @param overGrpc packets per second through its gRPC ports
   * @param overPipe packets per second through pipe and file
   * @param pipeLost share of the pipe's packets that did not come out, 0 to 1
   * @param rssBytes memory of the process with the entries, behind the packets
   */
  public record Result(
      double packetsPerSecond, double overGrpc, double overPipe, double pipeLost, long rssBytes) {}

  /**
   * Prepares a measurement.
   *
   * @param bmv2Json the compiled myelin.p4
   */
  public Bmv2Benchmark(P4Info info, byte[] bmv2Json) {
    this.info = info;
    json = bmv2Json;
    EntryEncoder encoder = new EntryEncoder(info);
    entries = BenchTraffic.entries().stream().map(encoder::insert).toList();
  }

  /**
   * Measures.
   *
   * @param ms how long each way is measured; a third of it warms up before
   * @throws IOException if BMv2 cannot be started or fed
   * @throws IllegalStateException if it loses packets that it must not
   */
  public Result run(long ms) throws IOException {
    long[] rss = new long[1];
    double grpc = overGrpc(ms, rss);
    long packets = Math.max(20_000, Math.round(grpc * ms / 1000 * 1.3));
    double[] pipe = overPipe(packets);
    return new Result(Math.max(grpc, pipe[0]), grpc, pipe[0], pipe[1], rss[0]);
  }

  private void program(Bmv2 bmv2) {
    bmv2.client().setPipeline(info, json);
    bmv2.client().write(entries);
  }

  private double overGrpc(long ms, long[] rss) throws IOException {
    try (Bmv2 bmv2 = Bmv2.start()) {
      program(bmv2);
      Semaphore window = new Semaphore(WINDOW);
      AtomicLong out = new AtomicLong();
      Dataplane.Stream stream =
          bmv2.dataplane()
              .open(
                  f -> {
                    out.incrementAndGet();
                    window.release();
                  });
      send(stream, window, ms / 3);
      long start = System.nanoTime();
      long before = out.get();
      send(stream, window, ms);
      double seconds = (System.nanoTime() - start) / 1e9;
      double rate = (out.get() - before) / seconds;
      rss[0] = bmv2.rssBytes();
      stream.finish();
      return rate;
    }
  }

  private void send(Dataplane.Stream stream, Semaphore window, long ms) {
    long end = System.nanoTime() + ms * 1_000_000;
    for (int i = 0; System.nanoTime() < end; i = (i + 1) % frames.length) {
      try {
        if (!window.tryAcquire(LOST_AFTER_S, TimeUnit.SECONDS)) {
          throw new IllegalStateException(
              "BMv2 lost packets: its window of " + WINDOW + " is full");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
      stream.send(new Dataplane.Frame(0, HOST_PORT, frames[i]));
    }
  }

  /** Packets per second, and the share lost. */
  private double[] overPipe(long packets) throws IOException {
    Path memory = Path.of("/dev/shm");
    Path dir =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "bmv2")
            : Files.createTempDirectory("bmv2");
    Path in = dir.resolve("p" + HOST_PORT + "_in.pcap");
    Path none = dir.resolve("p" + FABRIC_PORT + "_in.pcap");
    Path out = dir.resolve("p" + FABRIC_PORT + "_out.pcap");
    try {
      Pipes.make(in);
      Files.write(none, PcapFiles.header());
      try (Bmv2 bmv2 =
              Bmv2.startWithFiles(
                  List.of(
                      HOST_PORT + "@" + dir.resolve("p" + HOST_PORT),
                      FABRIC_PORT + "@" + dir.resolve("p" + FABRIC_PORT)));
          OutputStream pipe = Files.newOutputStream(in)) {
        pipe.write(PcapFiles.header());
        pipe.flush();
        bmv2.connect();
        program(bmv2);
        byte[] round = PcapFiles.records(frames);
        long sent = 0;
        for (; sent < packets; sent += frames.length) {
          pipe.write(round);
        }
        pipe.flush();
        Pipes.awaitQuiet(out);
        List<Long> times = PcapFiles.times(out);
        int warm = times.size() / 4;
        double seconds = (times.get(times.size() - 1) - times.get(warm)) / 1e6;
        return new double[] {(times.size() - 1 - warm) / seconds, 1 - (double) times.size() / sent};
      }
    } finally {
      for (Path f : List.of(in, none, out, dir.resolve("p" + HOST_PORT + "_out.pcap"), dir)) {
        Files.deleteIfExists(f);
      }
    }
  }
}
