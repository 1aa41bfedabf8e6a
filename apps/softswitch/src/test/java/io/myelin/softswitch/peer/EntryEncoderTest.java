package io.myelin.softswitch.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.TextFormat;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What BMv2 is given for the benchmark is what the softswitch's engine is given. */
class EntryEncoderTest {
  private static final Path DIR = Path.of("../../p4/build");

  private static P4Info info() throws IOException {
    P4Info.Builder b = P4Info.newBuilder();
    TextFormat.merge(Files.readString(DIR.resolve("myelin.p4info.txt")), b);
    return b.build();
  }

  @Test
  void everyFrameOfTheBenchmarkGetsThrough() throws IOException {
    EntryEncoder encoder = new EntryEncoder(info());
    List<Update> updates = BenchTraffic.entries().stream().map(encoder::insert).toList();
    VirtualScheduler clock = new VirtualScheduler();
    Softswitch sw = new Softswitch(clock);
    int[] received = new int[1];
    sw.attach(1, f -> {}, PortConfig.UNLIMITED);
    sw.attach(2, f -> received[0]++, PortConfig.UNLIMITED);
    try (P4RuntimeServer server = P4RuntimeServer.start(sw, P4RuntimeOptions.of(1, clock), 0);
        SwitchClient client =
            new SwitchClient(
                NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build(),
                1)) {
      client.setPipeline(info(), Files.readAllBytes(DIR.resolve("myelin.json")));
      client.write(updates);
      byte[][] frames = BenchTraffic.frames();
      for (byte[] f : frames) {
        sw.receive(1, f);
      }
      clock.runUntilIdle();
      assertEquals(frames.length, received[0]);
      // Written twice: refused, and the message names the update.
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> client.write(updates.subList(0, 1)));
      assertEquals(true, String.valueOf(e.getMessage()).contains("INSERT"), e.getMessage());
    }
  }

  @Test
  void unknownNamesAreRefused() throws IOException {
    EntryEncoder encoder = new EntryEncoder(info());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            encoder.insert(
                new BenchTraffic.Entry("nope", 0, new ActionCall("x", List.of()), List.of())));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            encoder.insert(
                new BenchTraffic.Entry(
                    "MyelinIngress.punt", 0, new ActionCall("x", List.of()), List.of())));
  }
}
