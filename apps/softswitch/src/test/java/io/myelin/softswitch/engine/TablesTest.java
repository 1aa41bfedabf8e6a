package io.myelin.softswitch.engine;

import static io.myelin.softswitch.engine.TestSwitch.action;
import static io.myelin.softswitch.engine.TestSwitch.any;
import static io.myelin.softswitch.engine.TestSwitch.exact;
import static io.myelin.softswitch.engine.TestSwitch.lpm;
import static io.myelin.softswitch.engine.TestSwitch.range;
import static io.myelin.softswitch.engine.TestSwitch.ternary;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.engine.EntryAction.WeightedMember;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** tables.p4: the packet is table, a, b, c, d, result, after. */
class TablesTest {
  private static final long MISS = 0xffff;

  private final TestSwitch s = TestSwitch.running("tables");
  private String after = "";

  private static ActionCall set(long value) {
    return action("I.set", value);
  }

  private long add(String table, int priority, EntryAction action, MatchField... match) {
    return s.sw.addEntry("I." + table, List.of(match), priority, action);
  }

  /** The result that a packet with these keys gets. */
  private long result(int table, int a, int b, long c, long d) {
    String out =
        s.exchange(String.format("%02x%02x%04x%08x%032x%04x%02x", table, a, b, c, d, 0, 0));
    after = out.substring(52);
    return Long.parseLong(out.substring(48, 52), 16);
  }

  @Test
  void exactMatchesTheWholeKey() {
    long first = add("exact_t", 0, set(1), exact(5), exact(6));
    add("exact_t", 0, action("I.twice", 21), exact(5), exact(7));
    assertEquals(1, result(1, 5, 0, 0, 6));
    assertEquals(42, result(1, 5, 0, 0, 7));
    assertEquals(MISS, result(1, 6, 0, 0, 6));
    s.sw.modifyEntry("I.exact_t", first, set(3));
    assertEquals(3, result(1, 5, 0, 0, 6));
    s.sw.removeEntry("I.exact_t", first);
    assertEquals(MISS, result(1, 5, 0, 0, 6));
  }

  @Test
  void tableRefusesMoreThanItsSizeAndDuplicates() {
    for (int i = 0; i < 4; i++) {
      add("exact_t", 0, set(1), exact(5), exact(i));
    }
    String full =
        assertThrows(TableFullException.class, () -> add("exact_t", 0, set(1), exact(5), exact(9)))
            .toString();
    assertTrue(full.contains("I.exact_t") && full.contains("4"), full);
    add("lpm_t", 0, set(1), exact(1), lpm(0x0a000000, 8));
    assertThrows(
        IllegalArgumentException.class,
        () -> add("lpm_t", 0, set(2), exact(1), lpm(0x0a0000ff, 8)));
  }

  @Test
  void longestPrefixWins() {
    add("lpm_t", 0, set(8), exact(1), lpm(0x0a000000, 8));
    add("lpm_t", 0, set(24), exact(1), lpm(0x0a010200, 24));
    add("lpm_t", 0, set(32), exact(1), lpm(0x0a010203, 32));
    add("lpm_t", 0, set(16), exact(1), lpm(0x0a010000, 16));
    add("lpm_t", 0, set(7), exact(1), any());
    assertEquals(32, result(2, 1, 0, 0x0a010203, 0));
    assertEquals(24, result(2, 1, 0, 0x0a010204, 0));
    assertEquals(16, result(2, 1, 0, 0x0a01ffff, 0));
    assertEquals(8, result(2, 1, 0, 0x0affffff, 0));
    assertEquals(7, result(2, 1, 0, 0x0b000000, 0));
    assertEquals("01", after, "hit");
    assertEquals(MISS, result(2, 2, 0, 0x0a010203, 0));
    assertEquals("02", after, "miss");
  }

  @Test
  void highestPriorityWinsAmongMasks() {
    add("ternary_t", 10, set(1), any(), any(), any());
    long exact = add("ternary_t", 30, set(3), ternary(5, 0xff), any(), any());
    add("ternary_t", 20, set(2), any(), ternary(6, 0xff), any());
    add("ternary_t", 40, set(4), ternary(5, 0xff), any(), lpm(0x0a000000, 8));
    assertEquals(1, result(3, 9, 0, 0, 9));
    assertEquals(2, result(3, 9, 0, 0, 6));
    assertEquals(3, result(3, 5, 0, 0, 6));
    assertEquals(4, result(3, 5, 0, 0x0a123456, 6));
    s.sw.removeEntry("I.ternary_t", exact);
    assertEquals(2, result(3, 5, 0, 0, 6));
  }

  @Test
  void rangesAndOptionalFields() {
    add("range_t", 10, set(1), range(100, 1000), any());
    add("range_t", 20, set(2), range(500, 600), any());
    add("range_t", 30, set(3), range(550, 550), new MatchField.OptionalValue(new byte[] {7}));
    assertEquals(MISS, result(4, 0, 99, 0, 0));
    assertEquals(1, result(4, 0, 100, 0, 0));
    assertEquals(2, result(4, 0, 500, 0, 0));
    assertEquals(2, result(4, 0, 550, 0, 0));
    assertEquals(3, result(4, 7, 550, 0, 0));
    assertEquals(1, result(4, 0, 601, 0, 0));
    assertEquals(1, result(4, 0, 1000, 0, 0));
    assertEquals(MISS, result(4, 0, 1001, 0, 0));
    assertThrows(
        IllegalArgumentException.class, () -> add("range_t", 1, set(1), range(9, 8), any()));
  }

  @Test
  void constEntriesMatchInOrderOfDeclaration() {
    assertEquals(100, result(5, 1, 0x1234, 0, 0), "the first of two");
    assertEquals(204, result(5, 1, 0x2234, 0, 0));
    assertEquals(103, result(5, 2, 5, 0, 0));
    assertEquals(9, result(5, 2, 6, 0, 0), "default");
    assertEquals(1, result(9, 0, 15, 0x0a000001, 0));
    assertEquals(2, result(9, 0, 21, 0x0a000001, 0));
    assertEquals(2, result(9, 0, 15, 0x0b000001, 0));
    List<SwitchControl.InitialEntry> entries = s.sw.initialEntries("I.const_t");
    assertEquals(4, entries.size());
    assertTrue(entries.get(0).priority() > entries.get(1).priority());
    assertTrue(entries.get(0).isConst());
  }

  @Test
  void defaultActionChangesAndReturnsUnlessConstant() {
    s.sw.setDefaultAction("I.exact_t", action("I.twice", 4));
    assertEquals(8, result(1, 0, 0, 0, 0));
    s.sw.setDefaultAction("I.exact_t", null);
    assertEquals(MISS, result(1, 0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> s.sw.setDefaultAction("I.const_t", set(1)));
  }

  @Test
  void switchGoesByTheActionThatRan() {
    add("switch_t", 0, set(1), exact(1));
    add("switch_t", 0, action("I.twice", 1), exact(2));
    add("switch_t", 0, action("I.quit"), exact(3));
    result(8, 1, 0, 0, 0);
    assertEquals("03", after);
    result(8, 2, 0, 0, 0);
    assertEquals("04", after);
    assertEquals(0xdead, result(8, 3, 0, 0, 0));
    assertEquals("00", after, "exit ends the pipeline at once");
    result(8, 4, 0, 0, 0);
    assertEquals("06", after, "the default action is not listed in the switch");
  }

  @Test
  void profileMembersAreSharedAndChangeTogether() {
    s.sw.putMember("I.profile", 77, set(5));
    add("profile_t", 0, new EntryAction.Member(77), exact(1));
    long second = add("profile_t", 0, new EntryAction.Member(77), exact(2));
    assertEquals(5, result(6, 1, 0, 0, 0));
    s.sw.putMember("I.profile", 77, action("I.twice", 5));
    assertEquals(10, result(6, 2, 0, 0, 0));
    assertThrows(IllegalStateException.class, () -> s.sw.removeMember("I.profile", 77));
    s.sw.putMember("I.profile", 78, set(6));
    s.sw.modifyEntry("I.profile_t", second, new EntryAction.Member(78));
    assertEquals(6, result(6, 2, 0, 0, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> add("profile_t", 0, new EntryAction.Member(99), exact(3)));
    assertThrows(IllegalArgumentException.class, () -> add("profile_t", 0, set(1), exact(3)));
    assertThrows(IllegalArgumentException.class, () -> s.sw.putGroup("I.profile", 1, List.of()));
  }

  @Test
  void groupPicksTheMemberThatTheHashNamesInOrderOfHandles() {
    // Handles: member 10 takes 0, member 20 takes 1, member 30 takes 2; weight 3 of member 10
    // then takes 3 and 4. In order of handles: 10, 20, 30, 10, 10.
    s.sw.putMember("I.selector", 10, set(10));
    s.sw.putMember("I.selector", 20, set(20));
    s.sw.putMember("I.selector", 30, set(30));
    s.sw.putGroup(
        "I.selector",
        1,
        List.of(
            new WeightedMember(30, 1, null),
            new WeightedMember(10, 3, null),
            new WeightedMember(20, 1, null)));
    add("selector_t", 0, new EntryAction.Group(1), exact(1));
    List<Long> picked = new ArrayList<>();
    for (int hash = 0; hash < 6; hash++) {
      picked.add(result(7, 1, hash, 0, 0));
    }
    assertEquals(List.of(10L, 20L, 30L, 10L, 10L, 10L), picked);
  }

  @Test
  void groupChangesAtOnceAndFreesItsMembers() {
    s.sw.putMember("I.selector", 1, set(1));
    s.sw.putMember("I.selector", 2, set(2));
    s.sw.putGroup("I.selector", 5, List.of(new WeightedMember(1, 4, null)));
    long handle = add("selector_t", 0, new EntryAction.Group(5), exact(1));
    assertEquals(1, result(7, 1, 3, 0, 0));
    s.sw.putGroup("I.selector", 5, List.of(new WeightedMember(2, 1, null)));
    assertEquals(2, result(7, 1, 3, 0, 0));
    s.sw.removeMember("I.selector", 1);
    assertThrows(IllegalStateException.class, () -> s.sw.removeGroup("I.selector", 5));
    s.sw.putGroup("I.selector", 5, List.of());
    assertEquals(0, result(7, 1, 3, 0, 0), "an empty group runs no action");
    s.sw.removeEntry("I.selector_t", handle);
    s.sw.removeGroup("I.selector", 5);
    s.sw.removeMember("I.selector", 2);
  }

  @Test
  void profileCountsMembersAgainstItsSizeAndLeavesWeightsToP4Info() {
    for (int i = 1; i <= 16; i++) {
      s.sw.putMember("I.selector", i, set(i));
    }
    assertThrows(TableFullException.class, () -> s.sw.putMember("I.selector", 17, set(2)));
    s.sw.putGroup("I.selector", 5, List.of(new WeightedMember(1, 17, null)));
    assertThrows(
        TableFullException.class,
        () -> s.sw.putGroup("I.selector", 6, List.of(new WeightedMember(2, 1 << 30, null))));
    s.sw.removeMember("I.selector", 16);
    s.sw.putMember("I.selector", 17, set(2));
  }

  @Test
  void oneShotsCountWeightsOrMembersAsTheySay() {
    List<EntryAction.WeightedAction> heavy =
        List.of(new EntryAction.WeightedAction(set(1), 17, null));
    assertThrows(
        TableFullException.class,
        () -> add("selector_t", 0, new EntryAction.OneShot(heavy), exact(1)));
    for (EntryAction.Selection how : EntryAction.Selection.values()) {
      long handle =
          add(
              "selector_t",
              0,
              new EntryAction.OneShot(heavy, how, EntryAction.GroupSize.MEMBERS),
              exact(1));
      assertEquals(1, result(7, 1, 3, 0, 0));
      s.sw.removeEntry("I.selector_t", handle);
    }
  }

  @Test
  void randomOneShotsTakeEachMemberByItsWeightWhateverTheHash() {
    long handle =
        add(
            "selector_t",
            0,
            new EntryAction.OneShot(
                List.of(
                    new EntryAction.WeightedAction(set(1), 3, null),
                    new EntryAction.WeightedAction(set(2), 1, null)),
                EntryAction.Selection.RANDOM,
                EntryAction.GroupSize.WEIGHTS),
            exact(1));
    int first = 0;
    for (int i = 0; i < 400; i++) {
      long chosen = result(7, 1, 3, 0, 0);
      assertTrue(chosen == 1 || chosen == 2, "chosen " + chosen);
      first += chosen == 1 ? 1 : 0;
    }
    assertTrue(first > 250 && first < 350, first + " of 400 times the one with weight 3 of 4");
    s.sw.removeEntry("I.selector_t", handle);
  }

  @Test
  void oneShotGroupsGiveTheirMembersBack() {
    EntryAction.OneShot one =
        new EntryAction.OneShot(
            List.of(
                new EntryAction.WeightedAction(set(1), 8, null),
                new EntryAction.WeightedAction(action("I.quit"), 8, null)));
    for (int i = 0; i < 5; i++) {
      long handle = add("selector_t", 0, one, exact(1));
      assertEquals(1, result(7, 1, 7, 0, 0));
      assertEquals(0xdead, result(7, 1, 8, 0, 0));
      s.sw.removeEntry("I.selector_t", handle);
    }
  }

  @Test
  void messagesNameTheOffenceAndTheValidNames() {
    String table =
        assertThrows(
                IllegalArgumentException.class, () -> s.sw.addEntry("I.none", List.of(), 0, set(1)))
            .toString();
    assertTrue(table.contains("I.none") && table.contains("I.exact_t"), table);
    String action =
        assertThrows(
                IllegalArgumentException.class,
                () -> add("lpm_t", 0, action("I.twice", 1), exact(1), any()))
            .toString();
    assertTrue(action.contains("I.twice") && action.contains("I.set"), action);
    String wide =
        assertThrows(
                IllegalArgumentException.class,
                () -> add("exact_t", 0, set(0x10000), exact(1), exact(1)))
            .toString();
    assertTrue(wide.contains("value") && wide.contains("16 bits") && wide.contains("10000"), wide);
    assertThrows(
        IllegalArgumentException.class, () -> add("exact_t", 0, set(1), exact(256), exact(1)));
    assertThrows(IllegalArgumentException.class, () -> add("exact_t", 0, set(1), any(), exact(1)));
    assertThrows(
        IllegalArgumentException.class, () -> add("exact_t", 3, set(1), exact(1), exact(1)));
    assertThrows(IllegalArgumentException.class, () -> s.sw.removeEntry("I.exact_t", 17));
  }

  @Test
  void hundredThousandEntriesUnderManyMasksAreAddedAndFound() {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      order.add(i);
    }
    Collections.shuffle(order, new java.util.Random(7));
    for (int i : order) {
      // 25 masks, 4,000 values each; the priority follows the prefix length.
      int length = 8 + i % 25;
      add("ternary_t", length, set(i % 25), ternary(i % 25, 0xff), ternary(i, 0xffffffffL), any());
    }
    assertEquals(7, result(3, 7, 0, 0, 25 * 100 + 7));
    assertEquals(MISS, result(3, 8, 0, 0, 25 * 100 + 7));
    assertThrows(TableFullException.class, () -> add("ternary_t", 1, set(1), any(), any(), any()));
  }
}
