package io.myelin.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.google.protobuf.TextFormat;
import io.myelin.bench.figure.Figure;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.peer.Bmv2;
import io.myelin.softswitch.peer.Bmv2Benchmark;
import io.myelin.softswitch.peer.SoftswitchBenchmark;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The softswitch's throughput and memory, beside BMv2's where that is installed. */
final class SoftswitchBench {
  private static final long WARM_UP_MS = 3_000;
  private static final long MEASURE_MS = 5_000;

  private final Consumer<String> progress;

  SoftswitchBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /** Prints the figures. */
  interface Printer {
    int print(String bench, List<Figure> figures, @Nullable String note)
        throws JsonProcessingException;
  }

  int run(Printer printer) throws IOException {
    byte[] json = resource("myelin.json");
    P4Program program = P4Program.parse(json);
    progress.accept("forwarding RoCEv2 packets for 8 s");
    SoftswitchBenchmark.Result ours = SoftswitchBenchmark.run(program, WARM_UP_MS, MEASURE_MS);
    List<Figure> figures = new ArrayList<>();
    figures.add(new Figure("packets_per_s", ours.packetsPerSecond(), "1/s"));
    figures.add(new Figure("heap_bytes", ours.heapBytes(), "B"));
    figures.add(new Figure("rss_bytes", ours.rssBytes(), "B"));
    if (!Bmv2.onPath()) {
      return printer.print(
          "softswitch", figures, Bmv2.PROGRAM + " is not on the PATH: not compared with BMv2");
    }
    progress.accept("the same through BMv2, fed in two ways, for some 20 s");
    P4Info.Builder info = P4Info.newBuilder();
    TextFormat.merge(new String(resource("myelin.p4info.txt"), StandardCharsets.UTF_8), info);
    Bmv2Benchmark.Result bmv2 = new Bmv2Benchmark(info.build(), json).run(MEASURE_MS);
    figures.add(new Figure("bmv2_packets_per_s", bmv2.packetsPerSecond(), "1/s"));
    figures.add(
        new Figure("over_bmv2", ours.packetsPerSecond() / bmv2.packetsPerSecond(), "ratio"));
    figures.add(new Figure("bmv2_rss_bytes", bmv2.rssBytes(), "B"));
    figures.add(new Figure("bmv2_grpc_packets_per_s", bmv2.overGrpc(), "1/s"));
    figures.add(new Figure("bmv2_pipe_packets_per_s", bmv2.overPipe(), "1/s"));
    String note =
        String.format(
            Locale.ROOT, "BMv2 lost %.1f%% of the packets from the pipe", 100 * bmv2.pipeLost());
    return printer.print("softswitch", figures, note);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = SoftswitchBench.class.getResourceAsStream("/p4/" + name)) {
      if (in == null) {
        throw new IOException("p4/" + name + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }
}
