package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.node.port.CapturedLog;
import io.myelin.node.port.SmallDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A disk that is full: said clearly, nothing that was acknowledged is lost, and it goes on. */
final class DiskFullTest {
  private int asked;
  private final Set<Integer> acknowledged = new TreeSet<>();

  @Test
  void itGoesOnByItselfWhenThereIsRoomAgain(@TempDir Path dir) throws Exception {
    try (SmallDisk disk = new SmallDisk(dir.resolve("disk"), 12);
        CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME);
        RaftStateLog log = open(disk.path())) {
      log.submit(SmallFabric.inventory()).get(30, TimeUnit.SECONDS);
      FabricState base = log.state();
      for (int round = 0; round < 2; round++) {
        disk.fill(64 << 10);
        untilFull(log, base);
        assertEquals(Leadership.Role.FOLLOWER, log.leadership().role(), "not for good");
        assertEquals("", log.leadership().leader());
        assertFalse(log.caughtUp() && !log.leadership().leader().isEmpty());
        allThere(log.state());
        List<Applied> seen = new CopyOnWriteArrayList<>();
        log.follow(seen::add);
        disk.free();
        await(() -> log.leadership().leads());
        assertEquals("", log.trouble());
        allThere(log.state());
        assertTrue(
            seen.stream().allMatch(a -> a.after().leases().size() >= acknowledged.size()),
            "nobody saw the log being read again");
        int before = acknowledged.size();
        log.submit(SmallFabric.create(base, 100_000 + round, "again" + round))
            .get(30, TimeUnit.SECONDS);
        assertTrue(log.state().leases().size() > before);
      }
      assertTrue(
          said.lines().stream().anyMatch(l -> l.contains("it goes on when there is room")),
          said.lines().toString());
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterARestart(@TempDir Path dir) throws Exception {
    try (SmallDisk disk = new SmallDisk(dir.resolve("disk"), 6);
        CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME)) {
      try (RaftStateLog log = open(disk.path())) {
        log.submit(SmallFabric.inventory()).get(30, TimeUnit.SECONDS);
        FabricState base = log.state();
        disk.fill(64 << 10);
        untilFull(log, base);
      }
      disk.free();
      try (RaftStateLog log = open(disk.path())) {
        allThere(log.state());
      }
      assertFalse(said.lines().isEmpty(), "that the disk is full was said");
    }
  }

  private void allThere(FabricState s) {
    for (int i : acknowledged) {
      assertNotNull(s.leases().get(SmallFabric.name(i)), "lease " + i + " was acknowledged");
    }
  }

  /**
   * Asks for leases until the disk is full and says so. One that is not acknowledged may be there
   * or not; a starved machine may refuse one for the time it takes.
   */
  private void untilFull(RaftStateLog log, FabricState base) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    boolean refused = false;
    while (!refused || !log.trouble().contains("No space left on device")) {
      assertTrue(System.nanoTime() < until, "not full, but '" + log.trouble() + "'");
      int i = asked++;
      try {
        log.submit(SmallFabric.create(base, i, "r" + i)).get(30, TimeUnit.SECONDS);
        acknowledged.add(i);
      } catch (ExecutionException e) {
        assertTrue(e.getCause() instanceof NotCommitted, e.toString());
        refused = true;
      }
    }
  }

  private static void await(BooleanSupplier condition) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, "not within 30 s");
      Thread.onSpinWait();
    }
  }

  private static RaftStateLog open(Path disk) throws Exception {
    RaftStateLog log = new RaftStateLog(RaftOptions.alone(disk.resolve("data")));
    CompletableFuture<Leadership> led = new CompletableFuture<>();
    log.onLeadership(
        l -> {
          if (l.leads()) {
            led.complete(l);
          }
        });
    led.get(30, TimeUnit.SECONDS);
    return log;
  }
}
