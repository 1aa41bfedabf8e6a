package io.myelin.node;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.Leadership;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.node.control.RetryingStateLog;
import io.myelin.node.northbound.ClusterFacts;
import io.myelin.node.store.ReplicaLog;
import io.myelin.node.store.SnapshotFile;
import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every member does, whatever its log and its switches: if it leads it takes the leader, if it
 * follows it keeps up with the log's time, and it knows whether it can do its work.
 *
 * <p>Thread-safe.
 */
public final class MemberLifecycle implements ClusterFacts, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MemberLifecycle.class);
  private static final long LOOK_MS = 50;
  private static final long CLOCK_OFF_MS = 1_000;

  /**
   * Who this member is, and who the others are.
   *
   * @param member its id
   * @param members where all are, by id
   * @param durable whether the state is on disk
   * @param inventory what the member's file says; {@link Inventory#EMPTY}: there is none
   * @param precedence what the file is to the log
   */
  public record Crew(
      String member,
      SortedMap<String, Addresses> members,
      boolean durable,
      Inventory inventory,
      InventorySource.Precedence precedence) {
    /** The file describes a fabric of which the log knows nothing yet. */
    public Crew(
        String member, SortedMap<String, Addresses> members, boolean durable, Inventory inventory) {
      this(member, members, durable, inventory, InventorySource.Precedence.LOG);
    }

    public Crew {
      members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }
  }

  private final Crew crew;
  private final ReplicaLog stateLog;
  private final LogClock clock;
  private final LeaderController leader;
  private final Supplier<List<Long>> times;
  private final Supplier<String> unrecorded;
  private final GuardedExecutor health = GuardedExecutor.single("health");
  private final CompletableFuture<Void> first = new CompletableFuture<>();
  private final CompletableFuture<String> stopped = new CompletableFuture<>();
  private volatile Consumer<Boolean> told = s -> {};
  private volatile boolean upToDate;
  private volatile boolean serving;
  private volatile String fault = "";
  private volatile String webUrl = "";
  private final InventorySource source;

  /**
   * @param times what the clocks of the other members say, milliseconds since 1970
   * @param unrecorded why nothing may be changed, as it cannot be recorded; empty: it can
   */
  public MemberLifecycle(
      Crew crew,
      ReplicaLog stateLog,
      LogClock clock,
      LeaderController leader,
      Supplier<List<Long>> times,
      Supplier<String> unrecorded) {
    this.unrecorded = unrecorded;
    source = new InventorySource(stateLog, clock, crew.precedence(), crew.inventory());
    this.crew = crew;
    this.stateLog = stateLog;
    this.clock = clock;
    this.leader = leader;
    this.times = times;
  }

  /**
   * Begins.
   *
   * @param listener told again and again whether this member can do its work
   */
  public void start(Consumer<Boolean> listener) {
    told = listener;
    stateLog.onLeadership(this::turn);
    health.scheduleWithFixedDelay(this::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  /** Leadership came or went. One call at a time. */
  private void turn(Leadership leadership) {
    switch (leadership.role()) {
      case LEADER -> lead(leadership);
      case FOLLOWER -> leader.leave();
      case STOPPED -> {
        leader.leave();
        stopped.complete(stateLog.trouble());
      }
    }
    look();
  }

  private void lead(Leadership leadership) {
    if (clock.isAlone()) {
      // It has just started: the others, who elected it, may know better.
      clock.agree(times.get());
    }
    long off = clock.offMs();
    if (Math.abs(off) > CLOCK_OFF_MS) {
      log.warn(
          "this machine's clock is {} s {} the log's time, which goes on by itself and comes near"
              + " slowly: leases end by the log's time",
          Math.abs(off) / 1_000,
          off > 0 ? "ahead of" : "behind");
    }
    Command opening = source.opening(stateLog.state());
    if (opening == null) {
      health.execute(() -> take(leadership));
      return;
    }
    new RetryingStateLog(stateLog, health)
        .submit(opening)
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                log.info("leadership ended before it began: {}", t.getMessage());
                return;
              }
              source.opened(a.outcome());
              take(leadership);
            });
  }

  /** The watched inventory file was written. */
  void inventoryChanged(Inventory file) {
    source.changed(file);
  }

  private void take(Leadership leadership) {
    try {
      leader.take(leadership);
      fault = "";
    } catch (RuntimeException | LinkageError e) {
      fault = "the switches cannot be driven: " + e;
      log.error("the switches cannot be driven", e);
    }
    look();
    first.complete(null);
    source.propose();
  }

  /** Says whether this member can do its work: not before it has caught up. */
  private void look() {
    Leadership now = stateLog.leadership();
    boolean up =
        switch (now.role()) {
          case LEADER -> leader.holds(now);
          case FOLLOWER -> stateLog.caughtUp() && !now.leader().isEmpty();
          case STOPPED -> false;
        };
    upToDate = up;
    if (up && !now.leads()) {
      clock.follow(stateLog.timeMs());
    }
    // Without any switch nothing that is promised can be kept.
    boolean ready = up && !stateLog.state().allLost() && unrecorded.get().isEmpty();
    if (ready != serving) {
      log.info(ready ? "serves" : "does not serve: {}", trouble());
    }
    serving = ready;
    told.accept(ready);
  }

  /** Whether it serves and another leads. */
  boolean follows() {
    return upToDate && !stateLog.leadership().leads();
  }

  /** Completes when this member first takes the leader. */
  CompletableFuture<Void> first() {
    return first;
  }

  /** Completes with the reason if this member can go on no more. */
  CompletableFuture<String> stopped() {
    return stopped;
  }

  /** Where the web door was opened. */
  void webDoorAt(String url) {
    webUrl = url;
  }

  // ---- what it says of its cluster -------------------------------------------------------------

  @Override
  public String webUrl() {
    return webUrl;
  }

  @Override
  public long clockMs() {
    return clock.getAsLong();
  }

  @Override
  public String member() {
    return crew.member();
  }

  @Override
  public SortedMap<String, Addresses> members() {
    return crew.members();
  }

  @Override
  public boolean durable() {
    return crew.durable();
  }

  @Override
  public boolean serving() {
    return serving;
  }

  @Override
  public String trouble() {
    String own =
        Stream.of(stateLog.trouble(), unrecorded.get(), fault)
            .filter(t -> !t.isEmpty())
            .collect(Collectors.joining("; "));
    FabricState state = stateLog.state();
    if (!own.isEmpty() || !state.allLost()) {
      return own;
    }
    Map.Entry<DeviceId, String> one = state.lost().iterator().next();
    return "no switch is in this cluster's hands; " + one.getKey() + ": " + one.getValue();
  }

  @Override
  public String inventoryRefused() {
    return stateLog.leadership().leads() ? source.refused() : "";
  }

  @Override
  public String inventoryDiffers() {
    return source.differs();
  }

  @Override
  public void backup(OutputStream out) throws IOException {
    SnapshotFile.write(out, stateLog.content());
  }

  @Override
  public void close() {
    health.shutdownNow();
  }
}
