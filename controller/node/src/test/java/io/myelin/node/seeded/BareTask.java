package io.myelin.node.seeded;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Breaks the rule that tasks are guarded; see ArchitectureTest. */
final class BareTask {
  private final ScheduledExecutorService bare = Executors.newSingleThreadScheduledExecutor();

  void run(CompletableFuture<String> future) {
    bare.schedule(() -> {}, 1, TimeUnit.SECONDS);
    future.whenCompleteAsync((v, t) -> {}, bare);
  }
}
