package io.myelin.core.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class PersistentMapTest {

  @Property(tries = 300)
  void agreesWithTreeMapAndLeavesOldVersionsAlone(
      @ForAll @Size(max = 200) List<@IntRange(min = -40, max = 40) Integer> operations) {
    PersistentMap<Integer, Integer> map = PersistentMap.empty();
    TreeMap<Integer, Integer> model = new TreeMap<>();
    List<PersistentMap<Integer, Integer>> versions = new ArrayList<>();
    List<Map<Integer, Integer>> models = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      int key = Math.abs(operations.get(i)) / 2;
      if (operations.get(i) < 0) {
        map = map.without(key);
        model.remove(key);
      } else {
        map = map.with(key, i);
        model.put(key, i);
      }
      versions.add(map);
      models.add(new TreeMap<>(model));
    }
    for (int i = 0; i < versions.size(); i++) {
      assertEquals(new ArrayList<>(models.get(i).entrySet()), list(versions.get(i)));
      assertEquals(models.get(i).size(), versions.get(i).size());
    }
    assertEquals(new ArrayList<>(model.tailMap(7).entrySet()), list(map.tail(7)));
    assertEquals(PersistentMap.copyOf(model), map);
  }

  @Property(tries = 20)
  void missingKeysChangeNothing(@ForAll @IntRange(min = 0, max = 9) int key) {
    PersistentMap<Integer, String> map = PersistentMap.<Integer, String>empty().with(100, "x");
    assertSame(map, map.without(key));
    assertNull(map.get(key));
  }

  private static <K, V> List<Map.Entry<K, V>> list(Iterable<Map.Entry<K, V>> entries) {
    List<Map.Entry<K, V>> list = new ArrayList<>();
    entries.forEach(list::add);
    return list;
  }
}
