package io.myelin.core.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class PersistentVectorTest {

  @Property(tries = 60)
  void everyVersionStaysAsItWas(@ForAll long seed) {
    Random random = new Random(seed);
    int size = random.nextInt(3_000);
    List<PersistentVector<Integer>> versions = new ArrayList<>();
    List<List<Integer>> expected = new ArrayList<>();
    versions.add(PersistentVector.filled(size, 7));
    expected.add(Collections.nCopies(size, 7));
    for (int i = 0; i < 20 && size > 0; i++) {
      int from = random.nextInt(versions.size());
      int at = random.nextInt(size);
      List<Integer> copy = new ArrayList<>(expected.get(from));
      copy.set(at, i);
      expected.add(copy);
      versions.add(versions.get(from).with(at, i));
    }
    for (int v = 0; v < versions.size(); v++) {
      List<Integer> all = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        all.add(versions.get(v).get(i));
      }
      assertEquals(expected.get(v), all, "seed " + seed);
    }
  }

  @Test
  void equalsByElements() {
    PersistentVector<Integer> v = PersistentVector.filled(40, 0);
    assertEquals(v, v.with(33, 1).with(33, 0));
    assertNotEquals(v, v.with(33, 1));
    assertNotEquals(v, PersistentVector.filled(41, 0));
  }

  @Test
  void knowsItsEnd() {
    PersistentVector<Integer> v = PersistentVector.filled(33, 0);
    assertThrows(IndexOutOfBoundsException.class, () -> v.get(33));
    assertThrows(IndexOutOfBoundsException.class, () -> v.with(-1, 1));
  }
}
