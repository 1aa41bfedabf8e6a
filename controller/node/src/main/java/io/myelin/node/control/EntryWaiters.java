package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.EntryKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for which entries of one device. Confined to the control thread.
 *
 * <p>Two kinds wait: who wants entries there gives up when the device refuses one; who wants them
 * gone is told of a refusal and waits on, since only the device's word frees what it holds.
 */
final class EntryWaiters {

  /** The device refuses an entry for good. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(DeviceId device, String why) {
      super("switch " + device + " refused the entry: " + why);
    }
  }

  private static final class Waiter {
    final Set<EntryKey> remaining = new HashSet<>();
    final CompletableFuture<Void> future = new CompletableFuture<>();
    final @Nullable Consumer<String> onRefused;

    Waiter(@Nullable Consumer<String> onRefused) {
      this.onRefused = onRefused;
    }

    void refused(DeviceId device, String why) {
      if (onRefused == null) {
        future.completeExceptionally(new Refused(device, why));
      } else if (!future.isDone()) {
        onRefused.accept(why);
      }
    }
  }

  private final DeviceId device;
  private final Predicate<EntryKey> settled;
  private final Map<EntryKey, List<Waiter>> waiters = new HashMap<>();

  /**
   * @param settled whether the device is known to hold, for a key, what it should hold
   */
  EntryWaiters(DeviceId device, Predicate<EntryKey> settled) {
    this.device = device;
    this.settled = settled;
  }

  /**
   * Completes when all of these are settled.
   *
   * @param refused why the device refuses entries, by key
   * @param onRefused told of each refusal, and waits on; null: a refusal fails the future with
   *     {@link Refused}
   */
  CompletableFuture<Void> wait(
      Collection<EntryKey> keys,
      Map<EntryKey, String> refused,
      @Nullable Consumer<String> onRefused) {
    Waiter waiter = new Waiter(onRefused);
    for (EntryKey key : keys) {
      String why = refused.get(key);
      if (why != null) {
        waiter.refused(device, why);
        if (waiter.future.isDone()) {
          return waiter.future;
        }
      }
      if (!settled.test(key)) {
        waiter.remaining.add(key);
        waiters.computeIfAbsent(key, k -> new ArrayList<>(1)).add(waiter);
      }
    }
    if (waiter.remaining.isEmpty()) {
      waiter.future.complete(null);
    }
    return waiter.future;
  }

  /** Looks again whether a key is settled. */
  void look(EntryKey key) {
    if (!waiters.containsKey(key) || !settled.test(key)) {
      return;
    }
    List<Waiter> done = waiters.remove(key);
    if (done == null) {
      return;
    }
    for (Waiter w : done) {
      w.remaining.remove(key);
      if (w.remaining.isEmpty()) {
        w.future.complete(null);
      }
    }
  }

  void lookAtAll() {
    new TreeSet<>(waiters.keySet()).forEach(this::look);
  }

  /** The device refuses an update of a key. */
  void refused(EntryKey key, String why) {
    List<Waiter> all = waiters.getOrDefault(key, List.of());
    List<Waiter> stay = new ArrayList<>();
    for (Waiter w : List.copyOf(all)) {
      w.refused(device, why);
      if (!w.future.isDone()) {
        stay.add(w);
      }
    }
    if (stay.isEmpty()) {
      waiters.remove(key);
    } else {
      waiters.put(key, stay);
    }
  }
}
