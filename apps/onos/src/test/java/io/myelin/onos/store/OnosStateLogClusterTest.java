package io.myelin.onos.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.Command;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.LogRecord;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.onosproject.cluster.NodeId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.TestStorageService;

/** Several ONOS nodes on the same maps. */
class OnosStateLogClusterTest {
  private static final NodeId ONE = new NodeId("n1");
  private static final NodeId TWO = new NodeId("n2");
  private static final int SNAPSHOT_EVERY = 10;

  private final Election election = new Election();
  private final ConsistentMap<Long, byte[]> entries = map("entries");
  private final ConsistentMap<String, byte[]> snapshots = map("snapshots");

  /** ONOS's double, one call at a time: it is not meant for several threads. */
  @SuppressWarnings("unchecked")
  private static <K, V> ConsistentMap<K, V> map(String name) {
    ConsistentMap<K, V> map =
        new TestStorageService()
            .<K, V>consistentMapBuilder()
            .withName(name)
            .withSerializer(Serializer.using(KryoNamespaces.BASIC))
            .build();
    Object lock = new Object();
    return (ConsistentMap<K, V>)
        Proxy.newProxyInstance(
            OnosStateLogClusterTest.class.getClassLoader(),
            new Class<?>[] {ConsistentMap.class},
            (proxy, method, args) -> {
              synchronized (lock) {
                return called(map, method, args);
              }
            });
  }

  private static @Nullable Object called(
      Object on, Method method, @Nullable Object @Nullable [] args) throws Throwable {
    try {
      return method.invoke(on, args);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private OnosStateLog open(NodeId node) {
    return open(node, entries, election, System::nanoTime);
  }

  private OnosStateLog open(
      NodeId node, ConsistentMap<Long, byte[]> log, Election by, LongSupplier clockNs) {
    return new OnosStateLog(
        node, log, snapshots, by.at(node), SNAPSHOT_EVERY, () -> 1_750_000_000L, clockNs);
  }

  /** Waits until something is so that other threads bring about. */
  private static void await(BooleanSupplier so) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!so.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "it does not come about");
      Thread.onSpinWait();
    }
  }

  @Test
  void twoWhomOnosCallsElectedDoNotDeposeEachOther() throws Exception {
    AtomicLong nowNs = new AtomicLong();
    Election other = new Election(); // what n2 knows of: itself
    OnosStateLog one = open(ONE);
    leads(one);
    try (OnosStateLog two = open(TWO, entries, other, nowNs::get)) {
      try (one) {
        await(() -> two.leadership().leader().equals("n1"));
        for (int i = 1; i <= 20; i++) {
          submit(one, i * 1_000L);
        }
        await(() -> two.progress().index() == 20);
        assertEquals(1, one.leadership().term());
        assertEquals("n1", two.leadership().leader());
      }
      assertEquals(2, leads(two).term(), "n1 has said that it is gone: n2's clock stands still");
    }
  }

  @Test
  void aLeaderThatFallsSilentIsNotWaitedForForLong() throws Exception {
    AtomicLong nowNs = new AtomicLong();
    Election other = new Election();
    snapshots.put("beat", beat("n1", 1));
    try (OnosStateLog two = open(TWO, entries, other, nowNs::get)) {
      await(() -> two.leadership().leader().equals("n1"));
      nowNs.addAndGet(Candidacy.PATIENCE.toNanos());
      snapshots.put("beat", beat("n1", 2));
      // It sees the new sign before the next look at its clock.
      await(() -> two.leadership().leader().equals("n1"));
      CompletableFuture<Leadership> led = new CompletableFuture<>();
      two.onLeadership(
          l -> {
            if (l.leads()) {
              led.complete(l);
            }
          });
      while (!led.isDone()) {
        nowNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        Thread.onSpinWait();
      }
      assertEquals(1, led.get().term());
    }
  }

  private static byte[] beat(String member, long count) {
    byte[] name = member.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(16 + name.length).putLong(1).putLong(count).put(name).array();
  }

  @Test
  void whereEachHoldsAnotherForElectedOneLeadsInTheEnd() throws Exception {
    // Signs of life come and go with time; only the wait for the first is skipped.
    AtomicLong skippedNs = new AtomicLong();
    LongSupplier clockNs = () -> System.nanoTime() + skippedNs.get();
    election.elect(new NodeId("n9")); // which is not there
    try (OnosStateLog one = open(ONE, entries, election, clockNs);
        OnosStateLog two = open(TWO, entries, election, clockNs)) {
      await(() -> one.leadership().leader().equals("n9"));
      await(() -> two.leadership().leader().equals("n9"));
      skippedNs.addAndGet(Candidacy.ABANDONED.toNanos() + 1);
      // Both may open a leadership; the second is seen by the first, which then leaves it alone.
      await(
          () ->
              (one.leadership().leads() && two.leadership().leader().equals("n1"))
                  || (two.leadership().leads() && one.leadership().leader().equals("n2")));
      submit(one.leadership().leads() ? one : two, 1_000);
      assertTrue(one.leadership().term() + two.leadership().term() <= 2, "no third one");
    }
  }

  @Test
  void whoIsNoCandidateAnyMoreStandsAgain() throws Exception {
    AtomicLong nowNs = new AtomicLong();
    try (OnosStateLog one = open(ONE, entries, election, nowNs::get)) {
      leads(one);
      election.leave(ONE);
      assertEquals(List.of(), election.candidates());
      nowNs.addAndGet(Candidacy.STAND_NS);
      await(() -> election.candidates().contains(ONE));
      await(() -> one.leadership().leads());
    }
  }

  /** The map as a node sees it whose calls of some methods wait while it is cut off. */
  @SuppressWarnings("unchecked")
  private ConsistentMap<Long, byte[]> behind(Cut cut, Set<String> methods) {
    return (ConsistentMap<Long, byte[]>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ConsistentMap.class},
            (proxy, method, args) -> {
              if (methods.contains(method.getName())) {
                cut.pass();
              }
              return called(entries, method, args);
            });
  }

  /** What is between a node and the others. */
  private static final class Cut {
    private boolean on;
    private int waiting;

    synchronized void set(boolean now) {
      on = now;
      notifyAll();
    }

    synchronized void pass() throws InterruptedException {
      waiting++;
      notifyAll();
      while (on) {
        wait();
      }
      waiting--;
    }

    synchronized void awaitSomebody() throws InterruptedException {
      while (waiting == 0) {
        wait();
      }
    }
  }

  @Test
  void aLeaderThatIsCutOffLeadsNoMoreAndComesBack() throws Exception {
    AtomicLong nowNs = new AtomicLong();
    Cut cut = new Cut();
    try (OnosStateLog one =
        new OnosStateLog(
            ONE,
            behind(cut, Set.of("putIfAbsent")),
            snapshots,
            election.at(ONE),
            SNAPSHOT_EVERY,
            () -> 1_750_000_000L,
            nowNs::get)) {
      leads(one);
      submit(one, 1_000);
      cut.set(true);
      CompletableFuture<?> underWay = one.submit(command(2_000));
      cut.awaitSomebody();
      nowNs.addAndGet(Candidacy.PATIENCE.toNanos());
      one.watch();
      assertTrue(one.leadership().leads(), "not yet");
      nowNs.addAndGet(1_000_000);
      one.watch();
      assertEquals(Leadership.Role.FOLLOWER, one.leadership().role());
      assertEquals("", one.leadership().leader(), "who leads it cannot know");
      ExecutionException unknown = assertThrows(ExecutionException.class, underWay::get);
      assertInstanceOf(NotCommitted.class, unknown.getCause());
      ExecutionException refused =
          assertThrows(ExecutionException.class, () -> one.submit(command(3_000)).get());
      assertInstanceOf(NotCommitted.class, refused.getCause());

      CompletableFuture<Leadership> again = new CompletableFuture<>();
      one.onLeadership(
          l -> {
            if (l.leads() && l.term() > 1) {
              again.complete(l);
            }
          });
      cut.set(false);
      assertEquals(2, again.get(30, TimeUnit.SECONDS).term());
      assertEquals(2, one.progress().index(), "what was under way came through");
      assertEquals(2_000, one.progress().timeMs());
    }
  }

  private static Command command(long timeMs) {
    return new Command.SetInventory(
        new LeafSpine(2, 2, 2).inventory(FabricOptions.DEFAULT), timeMs);
  }

  private static Leadership leads(OnosStateLog log) throws Exception {
    CompletableFuture<Leadership> led = new CompletableFuture<>();
    log.onLeadership(
        l -> {
          if (l.leads()) {
            led.complete(l);
          }
        });
    return led.get(30, TimeUnit.SECONDS);
  }

  private static void submit(OnosStateLog log, long timeMs) throws Exception {
    log.submit(command(timeMs)).get(30, TimeUnit.SECONDS);
  }

  @Test
  void whoIsElectedFindsEverythingAndTheTermRises() throws Exception {
    try (OnosStateLog one = open(ONE);
        OnosStateLog two = open(TWO)) {
      assertEquals(1, leads(one).term());
      submit(one, 1_000);
      submit(one, 2_000);
      election.elect(TWO);
      Leadership l = leads(two);
      assertEquals(2, l.term());
      assertEquals(1_750_000_000L, l.epoch(), "fixed when the log began");
      assertEquals(2, two.progress().index());
      assertEquals(2_000, two.progress().timeMs());
      submit(two, 3_000);
      assertEquals(3, two.progress().index());
    }
  }

  @Test
  void whatADeposedLeaderStillWritesIsSkippedByAll() throws Exception {
    try (OnosStateLog one = open(ONE);
        OnosStateLog two = open(TWO)) {
      leads(one);
      submit(one, 1_000);
      election.elect(TWO);
      leads(two);
      // n1 was paused in the middle of an append: its entry arrives now, with the old term.
      byte[] late =
          new StoredBatch(1, ONE.id(), List.of(new LogRecord(command(9_000), 0))).encode();
      for (long i = 1; entries.putIfAbsent(i, late) != null; i++) {
        assertTrue(i < 100);
      }
      submit(two, 2_000);
      assertEquals(2, two.progress().index());
      assertEquals(2_000, two.progress().timeMs(), "the late entry changed nothing");
      ExecutionException e =
          assertThrows(
              ExecutionException.class,
              () -> {
                // It may take n1 a moment to hear of it; what it says until then fails, too.
                one.submit(command(4_000)).get(30, TimeUnit.SECONDS);
              });
      assertInstanceOf(NotCommitted.class, e.getCause());
    }
  }

  @Test
  void entriesAreTrimmedAndANodeStartsFromTheSnapshot() throws Exception {
    try (OnosStateLog one = open(ONE)) {
      leads(one);
      for (int i = 1; i <= 3 * SNAPSHOT_EVERY; i++) {
        submit(one, i * 1_000L);
      }
      // The snapshot follows the append, beside what is appended next; the first one that comes
      // after a snapshot has it written anew if that is due.
      submit(one, 50_000);
      one.awaitSnapshot();
      assertTrue(entries.size() <= 2 * SNAPSHOT_EVERY, entries.size() + " entries are left");
      try (OnosStateLog two = open(TWO)) {
        election.elect(TWO);
        assertEquals(2, leads(two).term());
        assertEquals(3 * SNAPSHOT_EVERY + 1, two.progress().index());
        assertEquals(50_000, two.progress().timeMs());
        assertEquals(one.state().inventory().name(), two.state().inventory().name());
      }
    }
  }

  /** Storage in which whatever is removed, or put into snapshots, waits. */
  @Test
  void appendsDoNotWaitForSnapshotsAndTrimming() throws Exception {
    Cut cut = new Cut();
    ConsistentMap<Long, byte[]> slow = behind(cut, Set.of("remove"));
    try (OnosStateLog one =
        new OnosStateLog(
            ONE,
            slow,
            snapshots,
            election.at(ONE),
            SNAPSHOT_EVERY,
            () -> 1_750_000_000L,
            System::nanoTime)) {
      leads(one);
      cut.set(true);
      for (int i = 1; i <= 5 * SNAPSHOT_EVERY; i++) {
        submit(one, i * 1_000L);
      }
      assertEquals(5 * SNAPSHOT_EVERY, one.progress().index());
      cut.set(false);
      one.awaitSnapshot();
      submit(one, 900_000); // the snapshot that became due meanwhile
      one.awaitSnapshot();
      assertTrue(entries.size() <= SNAPSHOT_EVERY + 1, entries.size() + " entries are left");
    }
  }

  @Test
  void whatWasWrittenInVainIsRemoved() throws Exception {
    snapshots.put("n1/7/0", new byte[] {1});
    snapshots.put("n2/8/0", new byte[] {1});
    try (OnosStateLog one = open(ONE)) {
      leads(one);
      for (int i = 1; i <= SNAPSHOT_EVERY + 1; i++) {
        submit(one, i * 1_000L);
      }
      one.awaitSnapshot();
      assertFalse(snapshots.containsKey("n1/7/0"));
      assertTrue(snapshots.containsKey("n2/8/0"), "another may be writing that");
    }
  }

  @Test
  void anAppendWhereEntriesWereTrimmedDoesNotCount() throws Exception {
    SnapshotStore store = new SnapshotStore(snapshots, ONE.id());
    try (OnosStateLog one = open(ONE)) {
      leads(one);
      submit(one, 1_000);
      // While n1 slept, n2 led, came to entry 500, wrote a snapshot and trimmed all before it.
      assertTrue(store.write(500, 7, one.content()));
      entries.clear();
      // What it says before it has seen that is not committed; what it says then comes behind.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      boolean committed = false;
      while (!committed && System.nanoTime() < deadline) {
        try {
          submit(one, 2_000);
          committed = true;
        } catch (ExecutionException e) {
          assertInstanceOf(NotCommitted.class, e.getCause());
        }
      }
      assertTrue(committed);
      assertEquals(8, one.leadership().term());
      assertEquals(2, one.progress().index());
      assertEquals(0, entries.keySet().stream().filter(k -> k <= 500).count(), "none is left");
    }
  }
}
