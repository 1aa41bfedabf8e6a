package io.myelin.sim.cluster;

import io.myelin.core.collect.ChangeHistory;
import io.myelin.core.loop.Loops;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.LeaseName;
import io.myelin.node.LeaderController;
import io.myelin.node.LogClock;
import io.myelin.node.control.FrameSeal;
import io.myelin.node.control.Pace;
import io.myelin.node.control.RetryingStateLog;
import io.myelin.node.store.Replica;
import io.myelin.node.store.SnapshotFile;
import io.myelin.node.thread.GuardedExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node's process and its disk: log, leader, clock. The process may die; the disk stays. */
final class Member {
  private static final Duration COUNTERS = Duration.ofSeconds(2);
  private static final Duration OPTIMISER = Duration.ofSeconds(10);
  private static final long SNAPSHOT_EVERY = 150;

  private final String id;
  private final World world;
  private final SimRaft raft;
  private final SimFabric fabric;
  private final Invariants invariants;
  private final Duration discovery;
  private byte @Nullable [] disk;
  private long diskIndex;
  private long wallOffMs;

  // The process.
  private int incarnation;
  private int seals;
  private boolean dead = true;
  private boolean paused;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private @Nullable SimLog log;
  private @Nullable LogClock clock;
  private @Nullable LeaderController leader;
  private @Nullable ChangeHistory<LeaseName> changes;
  private @Nullable SimSouthbound southbound;

  Member(
      String id,
      World world,
      SimRaft raft,
      SimFabric fabric,
      Invariants invariants,
      Duration discovery) {
    this.discovery = discovery;
    this.id = id;
    this.world = world;
    this.raft = raft;
    this.fabric = fabric;
    this.invariants = invariants;
  }

  String id() {
    return id;
  }

  boolean isDead() {
    return dead;
  }

  boolean isPaused() {
    return paused;
  }

  SimLog log() {
    return there(log);
  }

  LogClock clock() {
    return there(clock);
  }

  /** What searches know beside the state. */
  LiveConditions present() {
    LeaderController h = there(leader);
    return new LiveConditions(h, h, clock());
  }

  @Nullable SimSouthbound southbound() {
    return southbound;
  }

  private static <T> T there(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("never started");
    }
    return part;
  }

  /** A process starts from its disk. */
  void start() {
    startLogOnly();
    log().onLeadership(this::turn);
  }

  /** One that drives no switches. */
  void startLogOnly() {
    dead = false;
    paused = false;
    incarnation++;
    Replica replica = new Replica();
    byte[] file = disk;
    if (file != null) {
      try {
        SnapshotFile.Content c = SnapshotFile.read(id, file);
        replica.install(c.state(), c.index(), c.timeMs());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    int mine = incarnation;
    SimLog l = new SimLog(world, raft, this, t -> deliver(mine, t), invariants, replica);
    LogClock c = new LogClock(() -> world.nowMs() + wallOffMs, world::nowNs, replica::timeMs);
    LeaderController h =
        new LeaderController(
            l,
            () -> thread(mine),
            (electionId, control) -> {
              SimSouthbound s =
                  new SimSouthbound(
                      world, this, fabric, electionId, log().order(), invariants.bug());
              southbound = s;
              return s;
            },
            c,
            new Pace(discovery, COUNTERS, OPTIMISER, Loops.Mode.ON),
            this::seal);
    changes = history(l);
    ChangeHistory<LeaseName> mineOnly = changes;
    l.follow(
        a -> {
          List<LeaseName> names = new ArrayList<>();
          for (Applied.Change change : a.changes()) {
            if (change instanceof Applied.Change.LeaseChanged changed) {
              names.add(changed.lease());
            }
          }
          if (!names.isEmpty()) {
            boolean own = invariants.bug() == Bug.FOREIGN_TOKEN;
            mineOnly.add(own ? mineOnly.next() : l.progress().index(), names);
          }
        });
    h.onChange(
        () -> {
          SimSouthbound s = southbound;
          if (s != null) {
            s.checkReady(h::of);
          }
        });
    log = l;
    clock = c;
    leader = h;
  }

  /** What a planted mistake makes of positions: each process counts for itself, and all mix. */
  private ChangeHistory<LeaseName> history(SimLog l) {
    return ChangeHistory.ofLog(
        invariants.bug() == Bug.FOREIGN_TOKEN ? () -> 0 : () -> l.progress().index());
  }

  /** The changes of leases that this process has applied. */
  ChangeHistory<LeaseName> changes() {
    return there(changes);
  }

  /** A key of its own for each leadership, and the same in each run. */
  private FrameSeal seal() {
    return FrameSeal.of((id + " " + ++seals).getBytes(StandardCharsets.UTF_8));
  }

  /** A task that fails is a mistake of the controller: the run ends. */
  private GuardedExecutor thread(int mine) {
    return GuardedExecutor.around(
        new SimThread(world, t -> deliver(mine, t)),
        t -> {
          throw new AssertionError("a task of the controller failed", t);
        });
  }

  private void turn(Leadership now) {
    if (!now.leads()) {
      there(leader).leave();
      return;
    }
    int mine = incarnation;
    new RetryingStateLog(log(), thread(mine))
        .submit(new Command.SeedInventory(SimFabric.INVENTORY, clock().getAsLong()))
        .whenComplete(
            (a, t) -> {
              if (t == null && mine == incarnation && !dead) {
                there(leader).take(now);
              }
            });
  }

  /** kill -9. */
  void kill() {
    if (!dead) {
      dead = true;
      incarnation++;
      waiting.clear();
      SimSouthbound s = southbound;
      southbound = null;
      if (s != null) {
        s.died();
      }
    }
  }

  void restart() {
    kill();
    start();
  }

  /** An empty disk: another machine in its place. */
  void replace() {
    kill();
    disk = null;
    start();
  }

  void pause() {
    paused = true;
  }

  void resume() {
    if (paused) {
      paused = false;
      while (!waiting.isEmpty() && !paused) {
        waiting.remove().run();
      }
    }
  }

  void setWall(long offMs) {
    wallOffMs = offMs;
  }

  /** Does something in this process: later if it is paused, never if it dies before. */
  void deliver(Runnable task) {
    deliver(incarnation, task);
  }

  private void deliver(int mine, Runnable task) {
    if (mine != incarnation || dead) {
      return;
    }
    if (paused) {
      waiting.add(() -> deliver(mine, task));
    } else {
      task.run();
    }
  }

  /** Now and then what is applied goes to the disk, as a file. */
  void snapshot(long index) {
    if (index - diskIndex < SNAPSHOT_EVERY && index >= diskIndex) {
      return;
    }
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      SnapshotFile.write(out, log().content());
      disk = out.toByteArray();
      diskIndex = index;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
