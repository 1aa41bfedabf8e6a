package io.myelin.softswitch.peer;

import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;

/**
 * How many RoCEv2 packets per second one core takes through myelin.p4: parsed, classified, checked
 * for isolation, steered by a six-field ternary table, labelled, and written out again.
 */
public final class SoftswitchBenchmark {
  private static final int BATCH = 10_000;

  private final Softswitch sw = new Softswitch(new VirtualScheduler());
  private final byte[][] frames = BenchTraffic.frames();
  private long received;

  private SoftswitchBenchmark(P4Program program) {
    sw.load(program);
    sw.attach(BenchTraffic.HOST_PORT, frame -> {}, PortConfig.UNLIMITED);
    sw.attach(BenchTraffic.FABRIC_PORT, frame -> received++, PortConfig.UNLIMITED);
    for (BenchTraffic.Entry e : BenchTraffic.entries()) {
      sw.addEntry(e.table(), e.match(), e.priority(), e.action());
    }
  }

  private void batch() {
    for (int i = 0; i < BATCH; i++) {
      sw.receive(BenchTraffic.HOST_PORT, frames[i % frames.length]);
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
   * What was measured.
   *
   * @param packetsPerSecond on one thread
   * @param heapBytes live objects of the process, the switch and its entries among them
   * @param rssBytes resident memory of the process; 0 where there is no /proc
   */
  public record Result(double packetsPerSecond, long heapBytes, long rssBytes) {}

  /**
   * Measures on the calling thread.
   *
   * @param myelin the compiled myelin.p4
   * @throws IOException if the system does not tell the process's memory
   * @throws IllegalStateException if not every packet was forwarded
   */
  public static Result run(P4Program myelin, long warmUpMs, long measureMs) throws IOException {
    SoftswitchBenchmark b = new SoftswitchBenchmark(myelin);
    runFor(b, warmUpMs * 1_000_000);
    b.received = 0;
    long start = System.nanoTime();
    long packets = runFor(b, measureMs * 1_000_000);
    double seconds = (System.nanoTime() - start) / 1e9;
    Result result = new Result(packets / seconds, Memory.heapBytes(), Memory.rssBytes());
    if (b.received != packets) {
      throw new IllegalStateException(b.received + " of " + packets + " packets were forwarded");
    }
    return result;
  }
}
