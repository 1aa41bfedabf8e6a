package io.myelin.node.control;

import io.myelin.core.model.LinkId;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathSearch;
import io.myelin.core.place.Placement;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps leases on working paths and ends them in time: moves those whose path broke, degrades those
 * that nothing fits, tries degraded ones again when links or capacity come back, lets expiry pass.
 *
 * <p>Confined to the control thread.
 */
final class LeaseKeeper {
  private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

  /** Ended leases and old request ids are swept this often. */
  private static final long SWEEP_MS = 60_000;

  private final StateLog stateLog;
  private final DeviceStatus status;
  private final ScheduledExecutorService control;
  private final LongSupplier clockMs;
  private final Set<LeaseName> degraded = new TreeSet<>();
  private final Queue<LeaseName> repairs = new ArrayDeque<>();
  private boolean repairing;
  private long nextTickMs = Long.MAX_VALUE;

  LeaseKeeper(
      StateLog stateLog,
      DeviceStatus status,
      ScheduledExecutorService control,
      LongSupplier clockMs) {
    this.stateLog = stateLog;
    this.status = status;
    this.control = control;
    this.clockMs = clockMs;
  }

  void start(FabricState state) {
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      note(e.getValue());
    }
    breakages(state);
    scheduleTick(clockMs.getAsLong() + SWEEP_MS);
  }

  void applied(Applied a) {
    boolean links = a.changesReachability();
    boolean freed = false;
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LeaseChanged c) {
        Lease after = a.after().leases().get(c.lease());
        Lease before = a.before().leases().get(c.lease());
        if (after != null) {
          note(after);
        } else {
          degraded.remove(c.lease());
        }
        freed |=
            before != null
                && before.state().reserves()
                && (after == null || !after.state().reserves());
      }
    }
    if (links) {
      breakages(a.after());
    }
    if (links || freed) {
      retryDegraded();
    }
  }

  /** A device came or went: degraded leases may have a way again. */
  void retryDegraded() {
    repairs.addAll(degraded);
    pump();
  }

  private void note(Lease lease) {
    if (lease.state() == LeaseState.DEGRADED) {
      degraded.add(lease.name());
    } else {
      degraded.remove(lease.name());
    }
    if (lease.state().holds() && lease.spec().expireTimeMs() != LeaseSpec.NEVER) {
      scheduleTick(lease.spec().expireTimeMs());
    }
  }

  private void breakages(FabricState state) {
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      if (e.getValue().state().holds() && brokenLink(state, e.getValue().path()) != null) {
        repairs.add(e.getKey());
      }
    }
    pump();
  }

  private static @org.jspecify.annotations.Nullable LinkId brokenLink(
      FabricState state, Path path) {
    for (LinkId link : path.links()) {
      if (!state.isUp(link)) {
        return link;
      }
    }
    return null;
  }

  /** One lease at a time: each search must see the outcome of the last. */
  private void pump() {
    while (!repairing && !repairs.isEmpty()) {
      LeaseName name = repairs.remove();
      FabricState state = stateLog.state();
      Lease lease = state.leases().get(name);
      if (lease != null && lease.state().holds()) {
        repair(state, lease);
      }
    }
  }

  private void repair(FabricState state, Lease lease) {
    LinkId broken = brokenLink(state, lease.path());
    if (broken == null && lease.state() != LeaseState.DEGRADED) {
      return;
    }
    PathSearch.Answer result = Placement.find(state, lease.spec(), status::usable, lease);
    long now = clockMs.getAsLong();
    if (result instanceof PathSearch.Found found) {
      String why = broken == null ? "repaired" : "moved away from " + broken;
      submit(
          new Command.MoveLeases(
              List.of(new Command.Move(lease.name(), lease.generation(), found.path())), why, now));
    } else {
      String why = "link " + broken + " is down; no other path";
      submit(new Command.DegradeLease(lease.name(), lease.generation(), why, now));
    }
  }

  private void submit(Command command) {
    repairing = true;
    stateLog
        .submit(command)
        .whenCompleteAsync(
            (a, t) -> {
              repairing = false;
              if (t != null) {
                log.error("the log lost {}", command, t);
              }
              pump();
            },
            control);
  }

  private void scheduleTick(long atMs) {
    if (atMs >= nextTickMs) {
      return;
    }
    nextTickMs = atMs;
    long delay = Math.max(0, atMs - clockMs.getAsLong());
    control.schedule(() -> tick(atMs), delay, TimeUnit.MILLISECONDS);
  }

  private void tick(long scheduledMs) {
    if (scheduledMs != nextTickMs) {
      return; // an earlier one was scheduled since and will schedule the next
    }
    nextTickMs = Long.MAX_VALUE;
    long now = Math.max(scheduledMs, clockMs.getAsLong());
    stateLog
        .submit(new Command.Tick(now))
        .whenCompleteAsync(
            (a, t) -> {
              if (t != null) {
                log.error("the log lost a tick", t);
              }
              scheduleTick(nextExpiryMs(stateLog.state(), now));
            },
            control);
  }

  private static long nextExpiryMs(FabricState state, long nowMs) {
    long next = nowMs + SWEEP_MS;
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      if (e.getValue().state().holds()) {
        next = Math.min(next, e.getValue().spec().expireTimeMs());
      }
    }
    return next;
  }
}
