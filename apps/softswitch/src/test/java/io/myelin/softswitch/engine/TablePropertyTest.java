package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** Tables against a list that is searched from end to end. */
class TablePropertyTest {
  private static final int[] WIDTHS = {3, 40, 128, 16, 64};
  private static final KeyKind[] KINDS = {
    KeyKind.EXACT, KeyKind.TERNARY, KeyKind.TERNARY, KeyKind.RANGE, KeyKind.LPM
  };

  private final Binding binding = c -> null;
  private Random random = new Random(0);

  /** What the entry says, kept beside what the table was told. */
  private record Plain(List<MatchField> match, int priority, TableEntry entry) {}

  private KeyLayout layout(int[] columns) {
    List<KeyLayout.Field> fields = new ArrayList<>();
    HeaderRef h = new HeaderRef("h", "h_t", true, 0);
    for (int i : columns) {
      h.add("f" + i, WIDTHS[i], false, false);
    }
    for (int i = 0; i < columns.length; i++) {
      fields.add(
          new KeyLayout.Field("f" + columns[i], KINDS[columns[i]], h.fields.get(i), new long[0]));
    }
    return new KeyLayout(fields);
  }

  /** Few distinct values, so that entries overlap and packets hit. */
  private long[] value(int width) {
    long[] out = new long[Bits.words(width)];
    out[random.nextInt(out.length)] = random.nextInt(4);
    if (random.nextInt(3) == 0) {
      out[out.length - 1] |= (random.nextInt(4) + 0L) << Math.max(0, (width - 1) % 64 - 2);
    }
    out[out.length - 1] &= Bits.mask(width - 64 * (out.length - 1));
    return out;
  }

  private byte[] bytes(int width) {
    return Bits.toBytes(value(width), 0, width);
  }

  private MatchField match(int column) {
    int width = WIDTHS[column];
    if (KINDS[column] != KeyKind.EXACT && random.nextInt(3) == 0) {
      return new MatchField.Any();
    }
    return switch (KINDS[column]) {
      case EXACT -> new MatchField.Exact(bytes(width));
      case LPM -> new MatchField.Lpm(bytes(width), random.nextInt(width + 1));
      case TERNARY -> {
        long[] mask = random.nextBoolean() ? value(width) : value(width).clone();
        if (random.nextBoolean()) {
          for (int i = 0; i < mask.length; i++) {
            mask[i] = Bits.mask(Math.min(64, width - 64 * i));
          }
        }
        yield new MatchField.Ternary(bytes(width), Bits.toBytes(mask, 0, width));
      }
      case RANGE, OPTIONAL -> {
        int low = random.nextInt(1 << width);
        int high = low + random.nextInt((1 << width) - low);
        if (random.nextBoolean()) {
          low = random.nextInt(6);
          high = low + random.nextInt(6);
        }
        yield new MatchField.Range(TestSwitch.b(low), TestSwitch.b(high));
      }
    };
  }

  private static long[] words(byte[] v, int width) {
    long[] out = new long[Bits.words(width)];
    Bits.fromBytes(v, out, 0, width, "test");
    return out;
  }

  private static boolean matches(MatchField m, int width, long[] key) {
    if (m instanceof MatchField.Any) {
      return true;
    }
    if (m instanceof MatchField.Range r) {
      return key[0] >= words(r.low(), width)[0] && key[0] <= words(r.high(), width)[0];
    }
    if (m instanceof MatchField.Ternary t) {
      long[] value = words(t.value(), width);
      long[] mask = words(t.mask(), width);
      for (int i = 0; i < key.length; i++) {
        if (((key[i] ^ value[i]) & mask[i]) != 0) {
          return false;
        }
      }
      return true;
    }
    int bits = m instanceof MatchField.Lpm l ? l.prefixLength() : width;
    long[] value =
        words(m instanceof MatchField.Lpm l ? l.value() : ((MatchField.Exact) m).value(), width);
    for (int b = width - 1; b >= width - bits; b--) {
      if (((key[b >>> 6] ^ value[b >>> 6]) >>> (b & 63) & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  @Property(tries = 400)
  void ternaryAndRangeTablesFindAnEntryOfHighestPriority(@ForAll long seed) {
    check(seed, new int[] {0, 1, 2, 3, 4}, 1 + new Random(seed).nextInt(3), true);
  }

  @Property(tries = 300)
  void longestPrefixTablesFindTheLongestPrefix(@ForAll long seed) {
    check(seed, new int[] {4, 0}, 0, false);
  }

  @Property(tries = 200)
  void exactTablesFindTheEntry(@ForAll long seed) {
    check(seed, new int[] {0}, 0, false);
  }

  private void check(long seed, int[] columns, int priorities, boolean ranked) {
    random = new Random(seed);
    KeyLayout layout = layout(columns);
    TupleSpace table = new TupleSpace(layout.words);
    List<Plain> list = new ArrayList<>();
    long[] f = new long[16];
    long[] key = new long[layout.words];
    for (int step = 0; step < 120; step++) {
      if (random.nextInt(3) > 0 || list.isEmpty()) {
        List<MatchField> match = new ArrayList<>();
        for (int c : columns) {
          match.add(match(c));
        }
        int priority = ranked ? random.nextInt(20 * priorities) : layout.prefixLength(match);
        add(table, layout, list, match, priority);
      } else {
        table.remove(list.remove(random.nextInt(list.size())).entry);
      }
      for (int probe = 0; probe < 5; probe++) {
        List<long[]> values = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
          long[] v = value(WIDTHS[columns[i]]);
          values.add(v);
          System.arraycopy(v, 0, f, layout.fields.get(i).ref().slot(), v.length);
        }
        layout.read(f, key);
        Plain best = best(list, columns, values);
        TableEntry found = table.find(key);
        if (best == null) {
          assertNull(found);
        } else {
          assertNotNull(found);
          assertEquals(best.priority, found.priority);
          Plain hit = list.stream().filter(p -> p.entry == found).findFirst().orElseThrow();
          assertEquals(true, matches(hit, columns, values));
        }
      }
    }
  }

  private void add(
      TupleSpace table, KeyLayout layout, List<Plain> list, List<MatchField> match, int priority) {
    long[] value = new long[layout.words];
    long[] mask = new long[layout.words];
    KeyLayout.RangeCheck[] ranges = layout.encode(match, value, mask, "t");
    boolean same =
        list.stream()
            .anyMatch(
                p ->
                    p.priority == priority
                        && java.util.Arrays.equals(p.entry.value, value)
                        && java.util.Arrays.equals(p.entry.mask, mask)
                        && java.util.Arrays.equals(p.entry.ranges, ranges));
    if (!same) {
      TableEntry e =
          new TableEntry(
              list.size() + 1000L * random.nextInt(1_000_000),
              value,
              mask,
              ranges,
              priority,
              binding,
              new CounterArray(0),
              0);
      table.add(e);
      list.add(new Plain(match, priority, e));
    }
  }

  private static boolean matches(Plain p, int[] columns, List<long[]> values) {
    for (int i = 0; i < columns.length; i++) {
      if (!matches(p.match.get(i), WIDTHS[columns[i]], values.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Plain best(List<Plain> list, int[] columns, List<long[]> values) {
    Plain best = null;
    for (Plain p : list) {
      if (matches(p, columns, values) && (best == null || p.priority > best.priority)) {
        best = p;
      }
    }
    return best;
  }
}
