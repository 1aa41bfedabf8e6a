package io.myelin.node.northbound;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Completes when a lease has become what somebody waits for. Continuations run on the log's thread:
 * they only hand an answer to gRPC, which queues it.
 */
final class LeaseAwaiter {
  private final Object lock = new Object();
  private final Map<LeaseName, List<Wait>> waits = new HashMap<>();

  private record Wait(Predicate<Lease> condition, CompletableFuture<Lease> future) {}

  /** Follower of the log. */
  void applied(Applied a) {
    List<Runnable> completions = new ArrayList<>();
    synchronized (lock) {
      for (Applied.Change change : a.changes()) {
        if (change instanceof Applied.Change.LeaseChanged c) {
          Lease lease = a.after().leases().get(c.lease());
          if (lease != null) {
            check(lease, completions);
          }
        }
      }
    }
    completions.forEach(Runnable::run);
  }

  private void check(Lease lease, List<Runnable> completions) {
    List<Wait> list = waits.get(lease.name());
    if (list == null) {
      return;
    }
    for (Iterator<Wait> it = list.iterator(); it.hasNext(); ) {
      Wait w = it.next();
      if (w.condition.test(lease)) {
        it.remove();
        completions.add(() -> w.future.complete(lease));
      }
    }
    if (list.isEmpty()) {
      waits.remove(lease.name());
    }
  }

  /**
   * Waits for a condition.
   *
   * @param now the lease as it is after the waiter is registered; read by the caller from the log
   */
  CompletableFuture<Lease> await(
      LeaseName name,
      Predicate<Lease> condition,
      java.util.function.Supplier<@Nullable Lease> now) {
    CompletableFuture<Lease> future = new CompletableFuture<>();
    Wait wait = new Wait(condition, future);
    synchronized (lock) {
      waits.computeIfAbsent(name, n -> new ArrayList<>(1)).add(wait);
    }
    Lease lease = now.get();
    if (lease != null && condition.test(lease)) {
      future.complete(lease);
    }
    future.whenComplete((l, t) -> forget(name, wait));
    return future;
  }

  private void forget(LeaseName name, Wait wait) {
    synchronized (lock) {
      List<Wait> list = waits.get(name);
      if (list != null && list.remove(wait) && list.isEmpty()) {
        waits.remove(name);
      }
    }
  }
}
