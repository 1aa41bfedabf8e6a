package io.myelin.node.northbound;

import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Completes when a thing of the state has become what somebody waits for. What the log's thread
 * finds out is handed over: continuations run on an executor.
 *
 * @param <K> its name
 * @param <V> the thing
 */
final class Awaiter<K, V> {
  private final Function<Applied.Change, @Nullable K> changed;
  private final BiFunction<FabricState, K, @Nullable V> lookup;
  private final GuardedExecutor executor;
  private final Object lock = new Object();
  private final Map<K, List<Wait<V>>> waits = new HashMap<>();

  private record Wait<V>(Predicate<V> condition, CompletableFuture<V> future) {}

  /**
   * @param changed what a change is about; null: something else
   * @param lookup the thing as it is in a state; null: it is not there
   * @param executor on which what is awaited completes
   */
  Awaiter(
      Function<Applied.Change, @Nullable K> changed,
      BiFunction<FabricState, K, @Nullable V> lookup,
      GuardedExecutor executor) {
    this.executor = executor;
    this.changed = changed;
    this.lookup = lookup;
  }

  static Awaiter<LeaseName, Lease> ofLeases(GuardedExecutor executor) {
    return new Awaiter<>(
        c -> c instanceof Applied.Change.LeaseChanged l ? l.lease() : null,
        (s, name) -> s.leases().get(name),
        executor);
  }

  static Awaiter<JobName, Job> ofJobs(GuardedExecutor executor) {
    return new Awaiter<>(
        c -> c instanceof Applied.Change.JobChanged j ? j.job() : null,
        (s, name) -> s.jobs().get(name),
        executor);
  }

  /** Follower of the log. */
  void applied(Applied a) {
    List<Runnable> completions = new ArrayList<>();
    synchronized (lock) {
      for (Applied.Change change : a.changes()) {
        K key = changed.apply(change);
        V value = key == null ? null : lookup.apply(a.after(), key);
        if (key != null && value != null) {
          check(key, value, completions);
        }
      }
    }
    completions.forEach(Runnable::run);
  }

  private void check(K key, V value, List<Runnable> completions) {
    List<Wait<V>> list = waits.get(key);
    if (list == null) {
      return;
    }
    for (Iterator<Wait<V>> it = list.iterator(); it.hasNext(); ) {
      Wait<V> w = it.next();
      if (w.condition.test(value)) {
        it.remove();
        completions.add(() -> w.future.complete(value));
      }
    }
    if (list.isEmpty()) {
      waits.remove(key);
    }
  }

  /** Waits for a condition, which may hold already. */
  CompletableFuture<V> await(K key, Predicate<V> condition, StateLog stateLog) {
    CompletableFuture<V> future = new CompletableFuture<>();
    Wait<V> wait = new Wait<>(condition, future);
    synchronized (lock) {
      waits.computeIfAbsent(key, n -> new ArrayList<>(1)).add(wait);
    }
    // Read once the waiter is registered: no change is missed in between.
    V value = lookup.apply(stateLog.state(), key);
    if (value != null && condition.test(value)) {
      future.complete(value);
    }
    future.whenComplete((v, t) -> forget(key, wait));
    CompletableFuture<V> here = executor.handOver(future);
    here.whenComplete((v, t) -> forget(key, wait)); // who waits no longer, too
    return here;
  }

  private void forget(K key, Wait<V> wait) {
    synchronized (lock) {
      List<Wait<V>> list = waits.get(key);
      if (list != null && list.remove(wait) && list.isEmpty()) {
        waits.remove(key);
      }
    }
  }
}
