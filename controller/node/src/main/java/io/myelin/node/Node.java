package io.myelin.node;

import io.myelin.core.loop.Loops;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import io.myelin.node.control.ControlLag;
import io.myelin.node.control.InsistentLog;
import io.myelin.node.control.Pace;
import io.myelin.node.northbound.ClusterFacts;
import io.myelin.node.northbound.Forwarding;
import io.myelin.node.northbound.NorthboundServer;
import io.myelin.node.southbound.P4RuntimeSouthbound;
import io.myelin.node.southbound.Pipeline;
import io.myelin.node.southbound.SwitchChannels;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.node.store.RaftOptions;
import io.myelin.node.store.RaftStateLog;
import io.myelin.node.store.ReplicaLog;
import io.myelin.node.store.SnapshotFile;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole node, wired on one screen: log, helm (southbound and controller while it leads),
 * northbound.
 */
public final class Node implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  /**
   * How a node runs.
   *
   * @param inventory of the fabric, proposed by whoever leads
   * @param listen northbound address; port 0: any free one
   * @param pace of discovery and of the loops
   * @param raft where the state is kept, and with whom; null: in memory
   * @param apis where clients reach members, HOST:PORT by id; may be empty
   * @param security encryption, and who may do what
   */
  public record Config(
      Inventory inventory,
      InetSocketAddress listen,
      Pace pace,
      @Nullable RaftOptions raft,
      SortedMap<String, String> apis,
      Security security) {
    public Config {
      apis = Collections.unmodifiableSortedMap(new TreeMap<>(apis));
    }

    /** In the clear, on loopback. */
    public Config(
        Inventory inventory,
        InetSocketAddress listen,
        Pace pace,
        @Nullable RaftOptions raft,
        SortedMap<String, String> apis) {
      this(inventory, listen, pace, raft, apis, Security.LOOPBACK);
    }

    /** In memory. */
    public Config(Inventory inventory, InetSocketAddress listen, Pace pace) {
      this(inventory, listen, pace, null, new TreeMap<>());
    }

    /** In memory, with the usual pace of the loops. */
    public Config(Inventory inventory, InetSocketAddress listen, Duration discoveryInterval) {
      this(inventory, listen, Pace.of(discoveryInterval));
    }

    /** The same, kept on disk by one member alone. */
    public Config on(RaftOptions options) {
      return new Config(inventory, listen, pace, options, apis, security);
    }

    /** The same, secured. */
    public Config with(Security how) {
      return new Config(inventory, listen, pace, raft, apis, how);
    }
  }

  private static final long LOOK_MS = 50;
  private static final String ALONE = "local";

  /** A member alone leads within this, or its disk is in trouble. */
  private static final long FIRST_S = 30;

  private final Config config;
  private final ReplicaLog stateLog;
  private final LogClock clock;
  private final @Nullable RaftStateLog raft;
  private final Helm helm;
  private final NorthboundServer northbound;
  private final Standby standby;
  private final Peers peers;
  private final Secured secured;
  private final ControlLag lag = new ControlLag(System::nanoTime);
  private final ScheduledExecutorService health =
      Executors.newSingleThreadScheduledExecutor(r -> thread(r, "health"));
  private final CompletableFuture<Void> first = new CompletableFuture<>();
  private final CompletableFuture<String> stopped = new CompletableFuture<>();
  private volatile boolean serving;

  /**
   * Starts a node. In memory, or alone, it leads when this returns; a member of a cluster goes on
   * by itself.
   *
   * @throws IOException when an address cannot be bound or a directory not be used; nothing is left
   *     running then
   * @throws Invalid when the inventory asks for more than our pipeline can do
   */
  public Node(Config config) throws IOException {
    this.config = config;
    requireLabels(config.inventory());
    secured = new Secured(config, lag::meanNs);
    RaftOptions options = secured.raft();
    // In memory, a restart must still outbid the process before it (invariant 5): seconds since
    // 1970 rise.
    try {
      raft = options == null ? null : new RaftStateLog(options);
    } catch (IOException e) {
      secured.close();
      throw e;
    }
    stateLog = raft != null ? raft : new InProcessStateLog(System.currentTimeMillis() / 1000);
    clock = new LogClock(stateLog::timeMs);
    Pipeline pipeline = Pipeline.myelin();
    SwitchChannels switches = new SwitchChannels(secured::credentials);
    helm =
        new Helm(
            stateLog,
            () -> lag.watch(Executors.newSingleThreadScheduledExecutor(r -> thread(r, "control"))),
            (id, control) -> new P4RuntimeSouthbound(pipeline, id, control, switches),
            clock,
            config.pace());
    String member = options == null ? ALONE : options.member();
    peers = new Peers(config.apis(), secured.client());
    AtomicLong serial = new AtomicLong();
    String prefix = member + "-" + Long.toString(System.currentTimeMillis(), 36);
    try {
      northbound =
          new NorthboundServer(
              config.listen(),
              stateLog,
              helm,
              helm,
              helm,
              helm::read,
              clock,
              () -> "l-" + prefix + "-" + serial.incrementAndGet(),
              new Facts(member),
              secured.guard(),
              new Forwarding(member, stateLog, peers::channel));
    } catch (IOException e) {
      stateLog.close();
      secured.close();
      throw e;
    }
    stateLog.onLeadership(this::turn);
    health.scheduleWithFixedDelay(this::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    standby = new Standby(switches, pipeline, () -> stateLog.state().inventory(), this::follows);
    if (options == null || options.members().size() == 1) {
      awaitFirst();
    }
  }

  private void awaitFirst() throws IOException {
    try {
      first.get(FIRST_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new IOException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      String why = raft == null ? "" : raft.trouble();
      close();
      throw new IOException(
          "this member does not lead within " + FIRST_S + " s " + why + ": " + e, e);
    }
    look();
  }

  /** Leadership came or went. One call at a time. */
  private void turn(Leadership leadership) {
    switch (leadership.role()) {
      case LEADER -> lead(leadership);
      case FOLLOWER -> helm.leave();
      case STOPPED -> {
        helm.leave();
        stopped.complete(raft == null ? "" : raft.trouble());
      }
    }
    look();
  }

  private void lead(Leadership leadership) {
    if (clock.isAlone()) {
      // It has just started: the others, who elected it, may know better.
      clock.agree(raft == null ? List.of() : peers.times(raft.options().member()));
    }
    long off = clock.offMs();
    if (Math.abs(off) > 1_000) {
      log.warn(
          "this machine's clock is {} s {} the log's time, which goes on by itself and comes near"
              + " slowly: leases end by the log's time",
          Math.abs(off) / 1_000,
          off > 0 ? "ahead of" : "behind");
    }
    new InsistentLog(stateLog, health)
        .submit(new Command.SetInventory(config.inventory(), clock.getAsLong()))
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                log.info("leadership ended before it began: {}", t.getMessage());
                return;
              }
              if (a.outcome() instanceof Outcome.Refused refusal) {
                log.error(
                    "the inventory is not taken over, the last one stays in force: {}", refusal);
              }
              helm.take(leadership);
              first.complete(null);
              look();
            });
  }

  /** Says whether this node can do its work: not before it has caught up. */
  private void look() {
    Leadership now = stateLog.leadership();
    boolean ready =
        switch (now.role()) {
          case LEADER -> helm.holds(now);
          case FOLLOWER -> raft != null && raft.caughtUp() && !now.leader().isEmpty();
          case STOPPED -> false;
        };
    if (ready && !now.leads()) {
      clock.follow(stateLog.timeMs());
    }
    if (ready != serving) {
      log.info(ready ? "serves" : "does not serve");
    }
    serving = ready;
    northbound.serving(ready);
  }

  private boolean follows() {
    return serving && !stateLog.leadership().leads();
  }

  /** What a node says of its cluster. */
  private final class Facts implements ClusterFacts {
    private final String member;

    Facts(String member) {
      this.member = member;
    }

    @Override
    public long clockMs() {
      return clock.getAsLong();
    }

    @Override
    public String member() {
      return member;
    }

    @Override
    public SortedMap<String, Addresses> members() {
      SortedMap<String, Addresses> all = new TreeMap<>();
      RaftOptions options = config.raft();
      if (options != null) {
        options
            .members()
            .forEach(
                (id, raftAt) ->
                    all.put(
                        id,
                        new Addresses(
                            raftAt.getHostString() + ":" + raftAt.getPort(),
                            config.apis().getOrDefault(id, ""))));
      }
      return all;
    }

    @Override
    public boolean durable() {
      return raft != null;
    }

    @Override
    public boolean serving() {
      return serving;
    }

    @Override
    public String trouble() {
      return raft == null ? "" : raft.trouble();
    }

    @Override
    public void backup(OutputStream out) throws IOException {
      SnapshotFile.write(out, stateLog.content());
    }
  }

  /** What is planned with deeper stacks than our program pushes cannot be run. */
  private static void requireLabels(Inventory inventory) {
    for (Map.Entry<DeviceId, Device> e : inventory.devices()) {
      int labels = e.getValue().maxLabels();
      Invalid.unless(
          labels <= Device.MYELIN_MAX_LABELS,
          "devices[" + e.getKey() + "].maxLabels",
          labels
              + " is not allowed; p4/myelin.p4 pushes up to "
              + Device.MYELIN_MAX_LABELS
              + " labels");
    }
  }

  /** Whether gRPC health says SERVING. */
  public boolean serving() {
    return serving;
  }

  public Leadership leadership() {
    return stateLog.leadership();
  }

  /** Completes with the reason if this member can go on no more: its process should end. */
  public CompletableFuture<String> stopped() {
    return stopped;
  }

  /** The northbound port. */
  public int port() {
    return northbound.port();
  }

  public DeviceStatus status() {
    return helm;
  }

  /** Whether the loops act from now on. */
  public void loops(Loops.Mode mode) {
    helm.mode(mode);
  }

  /** What the switches tell. */
  public Telemetry telemetry() {
    return helm;
  }

  /** What the loops know and did. */
  public Loops loops() {
    return helm;
  }

  /** Answers to reads of counters that switches gave so far. */
  public long counterReports() {
    return helm.counterReports();
  }

  public FabricState state() {
    return stateLog.state();
  }

  /** Whether every device holds its tables and every link between devices was seen. */
  public boolean converged() {
    FabricState s = stateLog.state();
    for (Map.Entry<DeviceId, Device> e : s.inventory().devices()) {
      if (helm.of(e.getKey()).phase() != DeviceStatus.Phase.READY) {
        return false;
      }
    }
    return s.observedLinks() >= s.inventory().links().size();
  }

  @Override
  public void close() {
    health.shutdownNow();
    northbound.close();
    helm.close();
    standby.close();
    stateLog.close();
    peers.close();
    secured.close();
  }

  static Thread thread(Runnable r, String name) {
    Thread t = new Thread(r, name);
    t.setDaemon(true);
    return t;
  }
}
