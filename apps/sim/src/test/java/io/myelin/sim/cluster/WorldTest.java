package io.myelin.sim.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Nothing that is wrong is lost because somebody catches what is thrown. */
final class WorldTest {
  private final World world = new World(1);

  @Test
  void aViolationInAFutureEndsTheRun() {
    world.after(
        1,
        () -> {
          CompletableFuture<Void> kept =
              CompletableFuture.completedFuture(1)
                  .thenAccept(
                      x -> {
                        throw world.violated("7", "it is not so");
                      });
          assertEquals(true, kept.isCompletedExceptionally());
        });
    Violation v = assertThrows(Violation.class, () -> world.runUntil(2));
    assertEquals("7", v.invariant());
  }

  @Test
  void aTaskThatFailsEndsTheRun() {
    new SimThread(world, Runnable::run)
        .execute(
            () -> {
              throw new IllegalStateException("a mistake");
            });
    assertEquals(
        "a mistake",
        assertThrows(IllegalStateException.class, () -> world.runUntil(2)).getMessage());
  }
}
