package io.myelin.core.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.state.FabricState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class DifferenceTest {

  @Property(tries = 300)
  void appliedToActualItGivesDesiredAndMakesBeforeItBreaks(@ForAll long seed) {
    Random random = new Random(seed);
    Map<EntryKey, Entry> desired = random(random);
    Map<EntryKey, Entry> actual = random(random);
    List<TableUpdate> updates = Difference.of(desired, actual);
    Map<EntryKey, Entry> result = new HashMap<>(actual);
    boolean deleting = false;
    int stage = 0;
    for (TableUpdate u : updates) {
      EntryKey key = u.entry().key();
      switch (u.type()) {
        case INSERT -> assertEquals(null, result.put(key, u.entry()), "seed " + seed);
        case MODIFY -> assertTrue(result.put(key, u.entry()) != null, "seed " + seed);
        case DELETE -> assertTrue(result.remove(key) != null, "seed " + seed);
      }
      boolean delete = u.type() == TableUpdate.Type.DELETE;
      assertTrue(delete || !deleting, "seed " + seed + ": a removal came before an addition");
      if (delete && !deleting) {
        stage = Integer.MAX_VALUE;
      }
      deleting |= delete;
      int now = key.table().stage();
      assertTrue(delete ? now <= stage : now >= stage, "seed " + seed + ": tables out of order");
      stage = now;
    }
    assertEquals(desired, result, "seed " + seed);
    assertEquals(List.of(), Difference.of(desired, result));
  }

  @Test
  void hostsAreLetInLastAndOutFirst() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 1));
    Map<EntryKey, Entry> leaf = MyelinPipeline.INSTANCE.entries(s, new DeviceId("leaf1"));
    List<TableUpdate> fill = Difference.of(leaf, Map.of());
    assertEquals(MyelinTable.TENANT_CLASSIFIER, fill.get(fill.size() - 1).entry().key().table());
    assertEquals(MyelinTable.CLONE_SESSION, fill.get(0).entry().key().table());
    List<TableUpdate> empty = Difference.of(Map.of(), leaf);
    assertEquals(MyelinTable.TENANT_CLASSIFIER, empty.get(0).entry().key().table());
  }

  @SuppressWarnings("EnumOrdinal") // any table will do
  private static Map<EntryKey, Entry> random(Random random) {
    Map<EntryKey, Entry> entries = new HashMap<>();
    for (int i = 0; i < 30; i++) {
      MyelinTable table = MyelinTable.values()[1 + random.nextInt(MyelinTable.values().length - 1)];
      EntryKey key = new EntryKey(table, List.of(FieldMatch.exact("f", random.nextInt(10))), 0);
      entries.put(key, new Entry(key, EntryAction.call("a", "p", random.nextInt(3))));
    }
    return entries;
  }
}
