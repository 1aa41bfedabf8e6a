package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every log promises: see {@link StateLog}. */
public abstract class StateLogContract {

  /** A log whose member leads, or is about to. */
  protected abstract StateLog open() throws Exception;

  /** Lets a log do what it has to, until the future completes. */
  protected <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private StateLog leading() throws Exception {
    StateLog log = open();
    CompletableFuture<Leadership> led = new CompletableFuture<>();
    log.onLeadership(
        l -> {
          if (l.leads()) {
            led.complete(l);
          }
        });
    Leadership l = await(led);
    assertTrue(l.epoch() > 0 && l.term() > 0, "epoch and term make election ids: " + l);
    assertTrue(log.leadership().leads());
    return log;
  }

  @Test
  void appliesInOrderAndAnswersWithTheEffect() throws Exception {
    try (StateLog log = leading()) {
      await(log.submit(SmallFabric.inventory()));
      List<CompletableFuture<Applied>> all = new ArrayList<>();
      FabricState base = log.state();
      for (int i = 0; i < 50; i++) {
        all.add(log.submit(SmallFabric.create(base, i, "r" + i)));
      }
      FabricState last = base;
      for (int i = 0; i < 50; i++) {
        Applied a = await(all.get(i));
        assertSame(last, a.before(), "command " + i + " was applied to what the one before left");
        assertInstanceOf(Outcome.LeaseDone.class, a.outcome());
        last = a.after();
      }
      assertSame(last, log.state());
      assertEquals(50, log.state().leases().size());
      assertEquals(51, log.progress().index());
      assertEquals(0, log.progress().behindMs());
      assertEquals(SmallFabric.create(base, 49, "r49").timeMs(), log.progress().timeMs());
    }
  }

  @Test
  void followersSeeEveryChangeOnceBeforeTheAnswer() throws Exception {
    try (StateLog log = leading()) {
      await(log.submit(SmallFabric.inventory()));
      List<Applied> seen = Collections.synchronizedList(new ArrayList<>());
      FabricState from = log.follow(seen::add);
      for (int i = 0; i < 10; i++) {
        Applied a = await(log.submit(SmallFabric.create(from, i, "r" + i)));
        assertEquals(i + 1, seen.size());
        assertSame(a, seen.get(i));
      }
      assertSame(from, seen.get(0).before());
    }
  }

  @Test
  void aRequestThatIsMadeAgainIsDoneOnce() throws Exception {
    try (StateLog log = leading()) {
      await(log.submit(SmallFabric.inventory()));
      var create = SmallFabric.create(log.state(), 1, "once");
      await(log.submit(create));
      Applied again = await(log.submit(create));
      assertInstanceOf(Outcome.Replayed.class, again.outcome());
      assertEquals(1, log.state().leases().size());
    }
  }
}
