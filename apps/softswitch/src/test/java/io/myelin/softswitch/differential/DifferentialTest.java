package io.myelin.softswitch.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.PacketOut;
import io.myelin.softswitch.peer.Bmv2;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The softswitch beside BMv2. Runs where {@code simple_switch_grpc} is on the PATH and {@code
 * MYELIN_TEST_BMV2} is 1; {@code MYELIN_TEST_SEED} and {@code MYELIN_TEST_PACKETS} choose what.
 */
class DifferentialTest {
  private static final long DEFAULT_SEED = 1;
  private static final int DEFAULT_PACKETS = 100_000;
  private static final int SMALL_PACKETS = 10_000;

  static void assumeBmv2() {
    assumeTrue(
        "1".equals(System.getenv("MYELIN_TEST_BMV2")),
        "set MYELIN_TEST_BMV2=1 where simple_switch_grpc (BMv2) is on the PATH");
    assumeTrue(Bmv2.onPath(), Bmv2.PROGRAM + " is not on the PATH");
  }

  private static long number(String variable, long otherwise) {
    String value = System.getenv(variable);
    return value == null ? otherwise : Long.parseLong(value);
  }

  private static void compare(Comparison.Scenario scenario, int packets) {
    assumeBmv2();
    long seed = number("MYELIN_TEST_SEED", DEFAULT_SEED);
    Comparison c = new Comparison(scenario, seed);
    try (Subject ours = new SoftswitchSubject(scenario.program());
        Subject theirs = new Bmv2Subject(scenario.program())) {
      List<String> differences = c.run(ours, theirs, packets);
      System.out.println(scenario.program().name + ", " + packets + " packets, " + c.summary());
      assertEquals(List.of(), differences, () -> "seed " + seed);
    }
  }

  @Test
  void myelin() {
    compare(Comparison.Scenario.myelin(), (int) number("MYELIN_TEST_PACKETS", DEFAULT_PACKETS));
  }

  /** Through P4Runtime's stream, which reassembles the header from the metadata. */
  @Test
  void packetOuts() {
    assumeBmv2();
    Comparison.Scenario scenario = Comparison.Scenario.myelin();
    long seed = number("MYELIN_TEST_SEED", DEFAULT_SEED);
    Random random = new Random(seed);
    Packets source = scenario.source(seed);
    try (Subject ours = new SoftswitchSubject(scenario.program());
        Subject theirs = new Bmv2Subject(scenario.program())) {
      for (int batch = 0; batch < 100; batch++) {
        List<PacketOut> packets = new ArrayList<>();
        for (int i = 0; i < Comparison.BATCH; i++) {
          // Often back to the controller: port 255.
          int port = random.nextInt(4) == 0 ? 255 : 1 + random.nextInt(8);
          packets.add(packetOut(scenario.program(), port, source.next().frame()));
        }
        Observation a = Observation.of(ours.send(packets), 1, scenario.mask());
        Observation b = Observation.of(theirs.send(packets), 1, scenario.mask());
        assertEquals(b.text(), a.text(), () -> "seed " + seed);
        assertFalse(a.outputs().get(0).isEmpty());
      }
    }
  }

  private static PacketOut packetOut(Program program, int port, byte[] frame) {
    PacketOut.Builder out = PacketOut.newBuilder().setPayload(ByteString.copyFrom(frame));
    program.info.getControllerPacketMetadataList().stream()
        .filter(c -> c.getPreamble().getAlias().equals("packet_out"))
        .flatMap(c -> c.getMetadataList().stream())
        .forEach(
            m ->
                out.addMetadata(
                    PacketMetadata.newBuilder()
                        .setMetadataId(m.getId())
                        .setValue(
                            Entries.bytes(
                                BigInteger.valueOf(
                                    m.getName().equals("egress_port") ? port : 0)))));
    return out.build();
  }

  @Test
  void tables() {
    compare(SmallScenarios.tables(), SMALL_PACKETS);
  }

  @Test
  void externs() {
    compare(SmallScenarios.externs(), SMALL_PACKETS);
  }

  @Test
  void replication() {
    compare(SmallScenarios.replication(), SMALL_PACKETS);
  }

  @Test
  void p4Runtime() {
    compare(SmallScenarios.p4Runtime(), SMALL_PACKETS);
  }
}
