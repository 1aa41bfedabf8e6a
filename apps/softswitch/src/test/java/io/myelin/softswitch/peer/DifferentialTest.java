package io.myelin.softswitch.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The softswitch beside BMv2: same program, same entries, same packets. Runs with {@code
 * MYELIN_TEST_BMV2=1} where {@code simple_switch_grpc} is on the PATH; {@link GoldenVectorsTest}
 * holds what it showed everywhere else.
 */
class DifferentialTest {
  private static final long SEED = Long.getLong("myelin.seed", 20_261_123L);
  private static final int PACKETS = Integer.getInteger("myelin.packets", 100_000);

  @BeforeAll
  static void onlyWhereAsked() {
    Assumptions.assumeTrue(
        "1".equals(System.getenv("MYELIN_TEST_BMV2")),
        "MYELIN_TEST_BMV2=1 compares with BMv2; needs simple_switch_grpc on the PATH");
    assertTrue(Bmv2.isAvailable(), "simple_switch_grpc is not on the PATH");
  }

  @Test
  void manyPackets() throws IOException, InterruptedException {
    compare(new Run(SEED, PACKETS, 25));
  }

  /** One by one, so that queues are empty and every event can be compared. */
  @Test
  void everyCongestionEvent() throws IOException, InterruptedException {
    compare(new Run(SEED + 7, PACKETS / 25, 1));
  }

  private static void compare(Run run) throws IOException, InterruptedException {
    Trace ours = run.softswitch();
    Trace theirs = run.bmv2();
    List<String> differences = differences(run, ours, theirs);
    assertEquals(
        List.of(), differences.subList(0, Math.min(5, differences.size())), run.toString());
    assertTrue(ours.outputs.size() > run.packets() / 3, "too few packets got through");
    assertTrue(ours.packetIns.size() > run.packets() / 50, "too few packet-ins");
  }

  static List<String> differences(Run run, Trace ours, Trace theirs) {
    List<String> all = new ArrayList<>();
    for (int id = 1; id <= run.packets(); id++) {
      if (!ours.of(id).equals(theirs.of(id))) {
        all.add(
            "packet " + id + "\n  softswitch " + ours.of(id) + "\n  BMv2       " + theirs.of(id));
      }
    }
    Set<String> names = new TreeSet<>(ours.counters.keySet());
    names.addAll(theirs.counters.keySet());
    for (String name : names) {
      String a = ours.counters.getOrDefault(name, "0");
      String b = theirs.counters.getOrDefault(name, "0");
      if (!a.equals(b)) {
        all.add(name + ": softswitch " + a + ", BMv2 " + b);
      }
    }
    if (!ours.fromController.equals(theirs.fromController)) {
      all.add(
          "packet-outs: softswitch " + ours.fromController + "\n  BMv2 " + theirs.fromController);
    }
    List<String> a = ours.sortedPacketIns();
    List<String> b = theirs.sortedPacketIns();
    if (!a.equals(b)) {
      List<String> onlyOurs = new ArrayList<>(a);
      b.forEach(onlyOurs::remove);
      List<String> onlyTheirs = new ArrayList<>(b);
      a.forEach(onlyTheirs::remove);
      all.add(
          "packet-ins: only softswitch "
              + onlyOurs.subList(0, Math.min(3, onlyOurs.size()))
              + "\n  only BMv2 "
              + onlyTheirs.subList(0, Math.min(3, onlyTheirs.size())));
    }
    return all;
  }
}
