package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members on loopback. */
final class RaftClusterTest {
  /** Long: on a starved machine a shorter one passes without the leader having done anything. */
  private static final Duration ELECTION = Duration.ofSeconds(2);

  private final TreeMap<String, InetSocketAddress> members = new TreeMap<>();

  private RaftStateLog start(String id, Path at) throws IOException {
    return new RaftStateLog(new RaftOptions(id, members, at, ELECTION, 50));
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, what);
      Thread.sleep(10);
    }
  }

  @BeforeEach
  void ports() throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      members.put(
          "n" + i,
          InetSocketAddress.createUnresolved("127.0.0.1", sockets.get(i - 1).getLocalPort()));
    }
    for (ServerSocket s : sockets) {
      s.close();
    }
  }

  /** What the others have is older than their logs: only a snapshot can bring it. */
  @Test
  void aMemberWithAnEmptyDiskFetchesEverything(@TempDir Path dir) throws Exception {
    try (RaftStateLog a = start("n1", dir.resolve("n1"));
        RaftStateLog b = start("n2", dir.resolve("n2"))) {
      await("a leader", () -> a.leadership().leads() || b.leadership().leads());
      SmallFabric script = new SmallFabric(1);
      submit(a, b, SmallFabric.inventory());
      for (int i = 0; i < 400; i++) {
        StateLog leader = leader(a, b);
        submit(a, b, script.next(leader.state()));
      }
      try (RaftStateLog c = start("n3", dir.resolve("n3"))) {
        List<Applied> seen = Collections.synchronizedList(new ArrayList<>());
        c.follow(seen::add);
        long all = Math.max(a.progress().index(), b.progress().index());
        assertTrue(all >= 401, "only " + all + " commands");
        await("n3 knows everything", () -> c.progress().index() == all);
        await("n3 serves", c::caughtUp);
        await(
            "n3 knows the leader's term and epoch",
            () -> {
              Leadership leads = leader(a, b).leadership();
              Leadership knows = c.leadership();
              return leads.leads()
                  && knows.term() == leads.term()
                  && knows.epoch() == leads.epoch()
                  && knows.leader().equals(leads.leader());
            });
        StateLog leader = leader(a, b);
        assertArrayEquals(StateCodecTest.bytes(leader.state()), StateCodecTest.bytes(c.state()));
        assertEquals(leader.progress().timeMs(), c.progress().timeMs());
        assertTrue(seen.size() < all && !seen.isEmpty(), "it came as a snapshot, and was told");
      }
    }
  }

  /**
   * It knows of nothing to be committed that it has not applied, and hears from the leader: it
   * still must not pass old answers off as new ones.
   */
  @Test
  void aMemberThatWasAwayIsNotUpToDateBeforeItIs(@TempDir Path dir) throws Exception {
    try (RaftStateLog a = start("n1", dir.resolve("n1"));
        RaftStateLog b = start("n2", dir.resolve("n2"))) {
      await("a leader", () -> a.leadership().leads() || b.leadership().leads());
      submit(a, b, SmallFabric.inventory());
      SmallFabric script = new SmallFabric(1);
      try (RaftStateLog c = start("n3", dir.resolve("n3"))) {
        await("n3 is up to date", c::caughtUp);
      }
      for (int i = 0; i < 30; i++) { // fewer than make a snapshot
        submit(a, b, script.next(leader(a, b).state()));
      }
      long all = Math.max(a.progress().index(), b.progress().index());
      try (RaftStateLog c = start("n3", dir.resolve("n3"))) {
        assertTrue(c.progress().index() < all, "there is something to miss");
        await(
            "n3 is up to date",
            () -> {
              boolean says = c.caughtUp(); // first, for what it says must hold from then on
              assertTrue(!says || c.progress().index() >= all, () -> "has " + c.progress());
              return says;
            });
      }
    }
  }

  private static StateLog leader(RaftStateLog a, RaftStateLog b) {
    return a.leadership().leads() ? a : b;
  }

  /** Whoever leads takes it; perhaps twice, when the leadership changes meanwhile. */
  private static void submit(RaftStateLog a, RaftStateLog b, io.myelin.core.state.Command c)
      throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try {
        leader(a, b).submit(c).get(30, TimeUnit.SECONDS);
        return;
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof NotCommitted) || System.nanoTime() > until) {
          throw e;
        }
        Thread.sleep(10);
      }
    }
  }
}
