package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Table;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.port.DeviceStatus.Phase;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Invariants 3 and 4: one writer, in an order that makes before it breaks. */
final class DeviceSyncTest {
  private final FakeSwitch sw = new FakeSwitch();
  private final List<EntryKey> made = new ArrayList<>();
  private final ManualExecutor control = new ManualExecutor();
  private final DeviceSync sync =
      new DeviceSync(
          new DeviceId("leaf1"), sw, control.guarded(), control::nowMs, () -> {}, made::add);

  private static Entry entry(MyelinTable table, int key, int value) {
    return new Entry(
        new EntryKey(table, List.of(FieldMatch.exact("f", key)), 0),
        EntryAction.call("a", "p", value));
  }

  private static Map<EntryKey, Entry> of(Entry... entries) {
    Map<EntryKey, Entry> map = new HashMap<>();
    for (Entry e : entries) {
      map.put(e.key(), e);
    }
    return map;
  }

  private void settle() {
    for (int i = 0; i < 200; i++) {
      control.runAll();
      sw.answerAll();
    }
    control.runAll();
  }

  @Test
  void repairsByDifferenceAndNeverWipes() {
    Entry kept = entry(MyelinTable.ADJACENCY, 1, 1);
    Entry stale = entry(MyelinTable.PATH_STEERING, 9, 9);
    sw.tables.putAll(of(kept, stale));
    Entry fresh = entry(MyelinTable.ROUTING, 2, 2);
    sync.replaceDesired(of(kept, fresh));
    sync.ready();
    settle();
    assertEquals(of(kept, fresh), sw.tables);
    assertEquals(2, sw.batches.stream().mapToInt(List::size).sum(), "one insert, one delete");
    assertEquals(Phase.READY, sync.status().phase());
  }

  @Test
  void theNextStageWaitsForTheLastOnesAcknowledgement() {
    sync.replaceDesired(
        of(entry(MyelinTable.ADJACENCY, 1, 1), entry(MyelinTable.PATH_STEERING, 1, 1)));
    sync.ready();
    sw.answerAll();
    control.runAll();
    assertEquals(1, sw.batches.size(), "steering must not be sent before the adjacency is there");
    assertEquals(MyelinTable.ADJACENCY, sw.batches.get(0).get(0).entry().key().table());
    settle();
    assertEquals(2, sw.batches.size());
  }

  @Test
  void largeChangesGoInOverlappingBoundedBatches() {
    Map<EntryKey, Entry> many = new HashMap<>();
    for (int i = 0; i < 10 * DeviceSync.BATCH; i++) {
      Entry e = entry(MyelinTable.ROUTING, i, 1);
      many.put(e.key(), e);
    }
    sync.replaceDesired(many);
    sync.ready();
    sw.answerAll();
    control.runAll();
    assertEquals(DeviceSync.WINDOW, sw.batches.size());
    assertEquals(DeviceSync.BATCH, sw.batches.get(0).size());
    settle();
    assertEquals(many, sw.tables);
  }

  @Test
  void aRefusedEntryFailsItsWaiterAndNothingElse() {
    sw.refuse =
        u ->
            u.entry().key().table() == MyelinTable.PATH_STEERING ? WriteOutcome.Kind.REFUSED : null;
    Entry good = entry(MyelinTable.ADJACENCY, 1, 1);
    Entry bad = entry(MyelinTable.PATH_STEERING, 1, 1);
    sync.replaceDesired(of(good, bad));
    CompletableFuture<Void> goodDone = sync.settled(List.of(good.key()));
    CompletableFuture<Void> badDone = sync.settled(List.of(bad.key()));
    sync.ready();
    settle();
    goodDone.join();
    CompletionException e = assertThrows(CompletionException.class, badDone::join);
    assertEquals(
        "switch leaf1 refused the entry: refused by the test",
        e.getCause() == null ? "" : e.getCause().getMessage());
    assertEquals(Phase.READY, sync.status().phase(), "a lease's entry does not fail the device");
  }

  /** Found by the cluster simulation: whoever waited for it to be gone waited for ever. */
  @Test
  void anEntryThatIsWithdrawnWhileItsWriteFailsIsGone() {
    sync.ready();
    settle();
    sw.refuse = u -> WriteOutcome.Kind.RETRYING;
    Entry e = entry(MyelinTable.PATH_STEERING, 1, 1);
    sync.change(List.of(), List.of(e));
    sync.change(List.of(e), List.of());
    CompletableFuture<Void> gone = sync.settled(List.of(e.key()));
    settle();
    assertTrue(gone.isDone());
    assertEquals(List.of(), made);
    sw.refuse = u -> null;
    sync.change(List.of(), List.of(e));
    settle();
    assertEquals(List.of(e.key()), made);
  }

  @Test
  void driftIsReadAgainAndRepaired() {
    Entry e = entry(MyelinTable.ROUTING, 1, 1);
    sync.replaceDesired(of());
    sync.ready();
    settle();
    sw.tables.put(e.key(), entry(MyelinTable.ROUTING, 1, 7)); // somebody else wrote
    sync.change(List.of(), List.of(e));
    settle();
    assertEquals(of(e), sw.tables);
    assertEquals(2, sw.reads);
  }

  @Test
  void waitersSurviveALostSession() {
    Entry e = entry(MyelinTable.ROUTING, 1, 1);
    sync.replaceDesired(of(e));
    sync.ready();
    CompletableFuture<Void> done = sync.settled(List.of(e.key()));
    control.runAll();
    sw.breakOff(); // the answer never came
    sync.lost("cable pulled");
    assertEquals("cable pulled", sync.status().reason());
    assertFalse(done.isDone());
    sync.ready();
    settle();
    assertTrue(done.isDone());
    assertEquals(of(e), sw.tables);
  }

  @Property(tries = 100)
  void whateverHappensItConverges(@ForAll long seed) {
    Random random = new Random(seed);
    Map<EntryKey, Entry> desired = new HashMap<>();
    sw.refuse = u -> random.nextInt(12) == 0 ? WriteOutcome.Kind.RETRYING : null;
    sync.replaceDesired(desired);
    sync.ready();
    for (int i = 0; i < 60; i++) {
      Entry e = entry(MyelinTable.ROUTING, random.nextInt(8), random.nextInt(3));
      switch (random.nextInt(6)) {
        case 0 -> {
          desired.remove(e.key());
          sync.change(List.of(e), List.of());
        }
        case 1 -> sw.tables.remove(e.key());
        case 2 -> {
          sync.lost("chaos");
          sync.ready();
        }
        case 3 -> control.runAll();
        case 4 -> {
          if (!sw.unanswered.isEmpty()) {
            sw.unanswered.remove(random.nextInt(sw.unanswered.size())).run();
          }
        }
        default -> {
          desired.put(e.key(), e);
          sync.change(List.of(), List.of(e));
        }
      }
    }
    sw.refuse = u -> null;
    sync.lost("last");
    sync.ready();
    for (int i = 0; i < 5; i++) {
      settle();
      control.advanceMs(1_000);
    }
    assertEquals(desired, sw.tables, "seed " + seed);
    assertEquals(Phase.READY, sync.status().phase(), "seed " + seed);
    assertTrue(
        sw.batches.stream().flatMap(List::stream).allMatch(u -> u.type() != null), "seed " + seed);
  }

  @Test
  void updatesOfAKeyUnderWayAreSentAfterwards() {
    Entry one = entry(MyelinTable.ROUTING, 1, 1);
    Entry two = entry(MyelinTable.ROUTING, 1, 2);
    sync.replaceDesired(of(one));
    sync.ready();
    sw.answerAll();
    control.runAll();
    sync.change(List.of(), List.of(two));
    settle();
    assertEquals(of(two), sw.tables);
    assertEquals(
        List.of(TableUpdate.Type.INSERT, TableUpdate.Type.MODIFY),
        sw.batches.stream().flatMap(List::stream).map(TableUpdate::type).toList());
  }

  // ---- switches that do not simply say yes -----------------------------------------------------

  private static boolean isAdjacency(TableUpdate u) {
    return u.entry().key().table() == MyelinTable.ADJACENCY;
  }

  private List<Table> written() {
    return sw.batches.stream()
        .flatMap(List::stream)
        .map(u -> u.entry().key().table())
        .distinct()
        .toList();
  }

  @Test
  void theNextStageWaitsWhileAnEntryOfTheLastOneIsRetried() {
    sw.refuse = u -> isAdjacency(u) ? WriteOutcome.Kind.RETRYING : null;
    Entry first = entry(MyelinTable.ADJACENCY, 1, 1);
    Entry then = entry(MyelinTable.PATH_STEERING, 1, 1);
    sync.replaceDesired(of(first, then));
    sync.ready();
    settle();
    for (int i = 0; i < 20; i++) {
      control.advanceMs(EntryRetries.LAST_MS);
      settle();
    }
    assertEquals(List.of(MyelinTable.ADJACENCY), written(), "its label leads nowhere yet");
    assertEquals(Phase.SYNCING, sync.status().phase(), "not READY while an entry is retried");
    assertFalse(sync.usable());
    sw.refuse = u -> null;
    control.advanceMs(EntryRetries.LAST_MS);
    settle();
    assertEquals(of(first, then), sw.tables);
    assertEquals(Phase.READY, sync.status().phase());
    assertEquals("", sync.status().reason());
  }

  @Test
  void attemptsBecomeRarerAndLongOnesAreShown() {
    sw.refuse = u -> WriteOutcome.Kind.RETRYING;
    sync.replaceDesired(of(entry(MyelinTable.ADJACENCY, 1, 1)));
    sync.ready();
    settle();
    assertEquals("writing tables", sync.status().reason());
    for (int i = 0; i < 600; i++) {
      control.advanceMs(100);
      settle();
    }
    assertTrue(sw.batches.size() < 20, sw.batches.size() + " attempts in a minute");
    assertTrue(sw.batches.size() > 10, sw.batches.size() + " attempts in a minute");
    String reason = sync.status().reason();
    assertTrue(reason.startsWith("the switch has not taken 1 entry for "), reason);
    assertTrue(reason.contains("INSERT"), reason);
    assertTrue(reason.endsWith("refused by the test"), reason);
  }

  @Test
  void anEntryOfALeaseThatIsRetriedHoldsTheDeviceBackFromReadyToo() {
    sync.ready();
    settle();
    assertEquals(Phase.READY, sync.status().phase());
    sw.refuse = u -> WriteOutcome.Kind.RETRYING;
    sync.change(List.of(), List.of(entry(MyelinTable.PATH_STEERING, 1, 1)));
    settle();
    assertEquals(Phase.SYNCING, sync.status().phase());
    assertTrue(sync.usable(), "other leases may still be placed on it");
  }

  @Test
  void aRefusedRemovalIsNoRemovalAndIsTriedAgainAfterTheNextRead() {
    Entry e = entry(MyelinTable.PATH_STEERING, 1, 1);
    sync.replaceDesired(of(e));
    sync.ready();
    settle();
    sw.refuse = u -> u.type() == TableUpdate.Type.DELETE ? WriteOutcome.Kind.REFUSED : null;
    List<String> refusals = new ArrayList<>();
    sync.change(List.of(e), List.of());
    CompletableFuture<Void> gone = sync.gone(List.of(e.key()), refusals::add);
    settle();
    assertFalse(gone.isDone());
    assertEquals(List.of("refused by the test"), refusals);
    assertTrue(sync.status().reason().contains("refuses 1 change"), sync.status().reason());
    int reads = sw.reads;
    control.advanceMs(DeviceSync.FIRST_REREAD_MS);
    settle();
    assertEquals(reads + 1, sw.reads);
    assertFalse(gone.isDone(), "it was read, and is still there");
    sw.refuse = u -> null;
    control.advanceMs(DeviceSync.LAST_REREAD_MS);
    settle();
    assertTrue(gone.isDone());
    assertEquals(of(), sw.tables);
    assertEquals("", sync.status().reason());
  }

  @Test
  void aSwitchThatWasReadAndDoesNotHoldAnEntryFreesIt() {
    Entry e = entry(MyelinTable.PATH_STEERING, 1, 1);
    sync.replaceDesired(of(e));
    sync.ready();
    settle();
    sw.refuse = u -> u.type() == TableUpdate.Type.DELETE ? WriteOutcome.Kind.REFUSED : null;
    sync.change(List.of(e), List.of());
    CompletableFuture<Void> gone = sync.gone(List.of(e.key()), why -> {});
    settle();
    sw.tables.clear(); // somebody removed it by hand
    control.advanceMs(DeviceSync.LAST_REREAD_MS);
    settle();
    assertTrue(gone.isDone());
  }

  @Test
  void anEntryWhoseWriteHasNoKnownOutcomeIsNotGoneBeforeTheSwitchWasRead() {
    Entry e = entry(MyelinTable.PATH_STEERING, 1, 1);
    sync.ready();
    settle();
    sync.change(List.of(), List.of(e));
    sync.change(List.of(e), List.of()); // withdrawn while its insert is under way
    CompletableFuture<Void> gone = sync.gone(List.of(e.key()), why -> {});
    sw.refuse =
        u -> {
          sw.tables.put(e.key(), e); // it took it, and did not say so
          return WriteOutcome.Kind.UNKNOWN;
        };
    control.runAll();
    sw.unanswered.remove(0).run();
    sw.refuse = u -> null;
    control.runAll();
    assertFalse(gone.isDone());
    settle();
    assertTrue(gone.isDone());
    assertEquals(of(), sw.tables);
  }

  @Test
  void notReadyWhileTheNextReadWaits() {
    sync.ready();
    settle();
    sw.refuse =
        u -> {
          sw.tables.put(u.entry().key(), u.entry());
          return WriteOutcome.Kind.UNKNOWN;
        };
    sync.change(List.of(), List.of(entry(MyelinTable.PATH_STEERING, 1, 1)));
    settle();
    assertEquals(Phase.READY, sync.status().phase(), "what was read is as it should be");
    sw.refuse = u -> WriteOutcome.Kind.UNKNOWN;
    sync.change(List.of(), List.of(entry(MyelinTable.PATH_STEERING, 2, 1)));
    settle();
    assertEquals(Phase.SYNCING, sync.status().phase(), "the second in a row is read after a pause");
    assertEquals("its tables are read again", sync.status().reason());
    sw.refuse = u -> null;
    control.advanceMs(EntryRetries.LAST_MS);
    settle();
    assertEquals(Phase.READY, sync.status().phase());
  }

  @Test
  void anAnswerWithoutDetailsIsNarrowedDownToTheEntryThatItIsAbout() {
    sw.silent = true;
    Entry bad = entry(MyelinTable.ROUTING, 500, 1);
    sw.refuse = u -> u.entry().equals(bad) ? WriteOutcome.Kind.REFUSED : null;
    Map<EntryKey, Entry> many = new HashMap<>();
    for (int i = 0; i < 800; i++) {
      Entry e = entry(MyelinTable.ROUTING, i, 1);
      many.put(e.key(), e);
    }
    sync.replaceDesired(many);
    CompletableFuture<Void> done = sync.settled(List.of(bad.key()));
    sync.ready();
    for (int i = 0; i < 20 && !done.isDone(); i++) {
      settle();
      control.advanceMs(EntryRetries.LAST_MS);
    }
    assertTrue(done.isCompletedExceptionally());
    assertEquals(799, sw.tables.size());
  }

  @Test
  void aRefusalOfWhatIsNotWantedAnyMoreFailsNobody() {
    Entry one = entry(MyelinTable.PATH_STEERING, 1, 1);
    Entry two = entry(MyelinTable.PATH_STEERING, 1, 2);
    sync.ready();
    settle();
    sw.refuse = u -> u.entry().equals(one) ? WriteOutcome.Kind.REFUSED : null;
    sync.change(List.of(), List.of(one));
    sync.change(List.of(), List.of(two)); // while the first is under way
    CompletableFuture<Void> done = sync.settled(List.of(two.key()));
    settle();
    assertTrue(done.isDone() && !done.isCompletedExceptionally());
    assertEquals(of(two), sw.tables);
  }

  @Test
  void aDeviceInDoubtIsReadAgain() {
    Entry e = entry(MyelinTable.ROUTING, 1, 1);
    sync.replaceDesired(of(e));
    sync.ready();
    settle();
    sw.tables.clear();
    sync.doubtful();
    settle();
    assertEquals(of(e), sw.tables);
  }

  /** A southbound without a session throws; nothing stays under way for good. */
  @Test
  void aCallThatThrowsIsACallThatFails() {
    FakeSwitch broken =
        new FakeSwitch() {
          private int calls;

          @Override
          public CompletableFuture<List<WriteOutcome>> write(
              DeviceId device, List<TableUpdate> updates) {
            if (calls++ < 3) {
              throw new IllegalArgumentException("no session");
            }
            return super.write(device, updates);
          }
        };
    DeviceSync other =
        new DeviceSync(
            new DeviceId("leaf1"), broken, control.guarded(), control::nowMs, () -> {}, made::add);
    Entry e = entry(MyelinTable.ROUTING, 1, 1);
    other.replaceDesired(of(e));
    other.ready();
    for (int i = 0; i < 20; i++) {
      control.advanceMs(EntryRetries.LAST_MS);
      broken.answerAll();
    }
    control.runAll();
    assertEquals(of(e), broken.tables);
    assertEquals(Phase.READY, other.status().phase());
  }

  /** Found by the cluster simulation, seed 607: the device never became READY again. */
  @Test
  void anEntryThatIsWithdrawnWhileItIsRetriedIsRetriedNoMore() {
    sync.ready();
    settle();
    Entry e = entry(MyelinTable.PATH_STEERING, 1, 1);
    sw.refuse = u -> WriteOutcome.Kind.RETRYING;
    sync.change(List.of(), List.of(e));
    settle();
    control.advanceMs(EntryRetries.FIRST_MS); // the second attempt is under way
    assertEquals(1, sw.unanswered.size());
    sync.change(List.of(e), List.of());
    settle();
    assertEquals(Phase.READY, sync.status().phase());
  }

  /** Found by the cluster simulation, seed 607: the entry stayed, and its bandwidth was free. */
  @Test
  void whatIsOnItsWayWhenASessionBeginsIsAnsweredBeforeTheTablesAreRead() {
    sync.ready();
    settle();
    Entry e = entry(MyelinTable.PATH_STEERING, 1, 1);
    sync.change(List.of(), List.of(e)); // sent, and slow
    sync.lost("the session broke");
    sync.ready();
    sync.change(List.of(e), List.of());
    CompletableFuture<Void> gone = sync.gone(List.of(e.key()), why -> {});
    control.runAll();
    if (sw.unanswered.size() > 1) {
      sw.unanswered.remove(1).run(); // the read overtakes the write
    }
    control.runAll();
    assertFalse(gone.isDone(), "the write may be applied after the read");
    settle();
    assertTrue(gone.isDone());
    assertEquals(of(), sw.tables);
  }
}
