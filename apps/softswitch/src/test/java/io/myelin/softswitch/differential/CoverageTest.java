package io.myelin.softswitch.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.Update;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the generators reach, and that a comparison notices when switches differ. */
class CoverageTest {
  private static final int PACKETS = 16_000;
  private static final long SEED = 5;

  private static void feed(Comparison.Scenario scenario, Subject subject, int packets) {
    Packets source = scenario.source(SEED);
    for (int sent = 0; sent < packets; sent += Comparison.BATCH) {
      subject.feed(Comparison.batch(source));
    }
  }

  /** Entries per table, and how many of them were hit: handles count from 1. */
  private static SortedMap<String, String> hits(
      Comparison.Scenario scenario, SoftswitchSubject subject, List<Update> entries) {
    SortedMap<String, String> out = new TreeMap<>();
    for (Table t : scenario.program().info.getTablesList()) {
      String name = t.getPreamble().getName();
      long n =
          entries.stream()
              .filter(u -> u.getType() == Update.Type.INSERT && u.getEntity().hasTableEntry())
              .filter(u -> u.getEntity().getTableEntry().getTableId() == t.getPreamble().getId())
              .count();
      long hit = 0;
      for (long handle = 1; handle <= n; handle++) {
        hit += subject.sw.entryLastHitNs(name, handle) > 0 ? 1 : 0;
      }
      if (n > 0) {
        out.put(name, hit + " of " + n);
        assertTrue(hit > 0, () -> "no packet hits an entry of " + name);
      }
    }
    return out;
  }

  @Test
  void packetsHitEveryTableOfMyelin() {
    Comparison.Scenario scenario = Comparison.Scenario.myelin();
    List<Update> entries = scenario.entries(SEED);
    try (SoftswitchSubject subject = new SoftswitchSubject(scenario.program())) {
      scenario.program(subject, SEED);
      feed(scenario, subject, PACKETS);
      System.out.println("entries hit: " + hits(scenario, subject, entries));
      Map<String, String> counters = Counters.read(scenario.program(), subject.client());
      StringBuilder drops = new StringBuilder();
      for (int reason = 1; reason <= 16; reason++) {
        String name = "MyelinIngress.drop_counter[" + reason + "]";
        assertTrue(counters.containsKey(name), () -> "nothing is dropped for " + name);
        drops.append(reason).append(": ").append(counters.get(name)).append("; ");
      }
      System.out.println("drops by reason: " + drops);
      System.out.println("drops " + subject.sw.drops());
    }
  }

  @Test
  void aDifferenceIsFound() {
    Comparison.Scenario scenario = SmallScenarios.tables();
    try (Subject one = new SoftswitchSubject(scenario.program());
        SoftswitchSubject same = new SoftswitchSubject(scenario.program())) {
      assertEquals(List.of(), new Comparison(scenario, SEED).run(one, same, 1_600));
    }
    try (Subject one = new SoftswitchSubject(scenario.program());
        Subject other = new Altered(new SoftswitchSubject(scenario.program()))) {
      List<String> differences = new Comparison(scenario, SEED).run(one, other, 1_600);
      assertFalse(differences.isEmpty());
      assertTrue(differences.get(0).startsWith("packet 777,"), differences.get(0));
    }
  }

  /** Changes one bit of what packet 777 becomes. */
  private record Altered(SoftswitchSubject subject, int[] fed) implements Subject {
    Altered(SoftswitchSubject subject) {
      this(subject, new int[1]);
    }

    @Override
    public io.myelin.softswitch.peer.SwitchClient client() {
      return subject.client();
    }

    @Override
    public void portDown(int port) {
      subject.portDown(port);
    }

    @Override
    public Result feed(List<Packets.Packet> packets) {
      Result r = subject.feed(packets);
      int before = fed[0];
      fed[0] += packets.size();
      r.outputs().stream().filter(o -> before + o.cause() == 777).forEach(o -> o.frame()[0] ^= 1);
      return r;
    }

    @Override
    public Result send(List<io.myelin.p4.v1.PacketOut> packets) {
      return subject.send(packets);
    }

    @Override
    public void close() {
      subject.close();
    }
  }

  @Test
  void generatorsRepeatThemselves() {
    Comparison.Scenario scenario = Comparison.Scenario.myelin();
    List<Update> entries = scenario.entries(9);
    assertEquals(entries, scenario.entries(9));
    assertTrue(entries.size() > 200, () -> "only " + entries.size());
  }
}
