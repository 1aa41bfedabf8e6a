package io.myelin.softswitch.peer;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.TextFormat;
import io.myelin.p4.config.v1.P4Info;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Both ways of feeding BMv2 work; what they measure is not the point. */
class Bmv2BenchmarkTest {
  @Test
  void measuresBothWays() throws IOException {
    assumeTrue(
        "1".equals(System.getenv("MYELIN_TEST_BMV2")),
        "set MYELIN_TEST_BMV2=1 where simple_switch_grpc (BMv2) is on the PATH");
    assumeTrue(Bmv2.onPath(), Bmv2.PROGRAM + " is not on the PATH");
    Path dir = Path.of("../../p4/build");
    P4Info.Builder info = P4Info.newBuilder();
    TextFormat.merge(Files.readString(dir.resolve("myelin.p4info.txt")), info);
    Bmv2Benchmark.Result r =
        new Bmv2Benchmark(info.build(), Files.readAllBytes(dir.resolve("myelin.json"))).run(300);
    assertTrue(r.overGrpc() > 0, r::toString);
    assertTrue(r.overPipe() > 0, r::toString);
    assertTrue(r.pipeLost() >= 0 && r.pipeLost() < 0.9, r::toString);
    assertTrue(r.packetsPerSecond() >= Math.max(r.overGrpc(), r.overPipe()), r::toString);
  }
}
