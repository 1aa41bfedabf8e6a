package io.myelin.onos;

import io.grpc.InsecureChannelCredentials;
import io.myelin.core.loop.Loops;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.Southbound;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import io.myelin.node.Helm;
import io.myelin.node.LogClock;
import io.myelin.node.Peers;
import io.myelin.node.control.ControlLag;
import io.myelin.node.control.InsistentLog;
import io.myelin.node.control.Pace;
import io.myelin.node.northbound.ClusterFacts;
import io.myelin.node.northbound.Forwarding;
import io.myelin.node.northbound.Guard;
import io.myelin.node.northbound.NorthboundServer;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.node.store.SnapshotFile;
import io.myelin.onos.store.OnosStateLog;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node inside ONOS, wired on one screen: the log in ONOS's storage, the helm with the switches
 * that ONOS manages, the northbound of every node.
 */
public final class OnosNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OnosNode.class);
  private static final long LOOK_MS = 50;

  /**
   * How it runs.
   *
   * @param member this ONOS node's id
   * @param listen northbound address; port 0: any free one
   * @param apis where clients reach nodes, HOST:PORT by id; may be empty
   */
  public record Setup(
      String member,
      Inventory inventory,
      InetSocketAddress listen,
      Pace pace,
      SortedMap<String, String> apis) {
    public Setup {
      apis = Collections.unmodifiableSortedMap(new TreeMap<>(apis));
    }
  }

  private final Setup setup;
  private final OnosStateLog stateLog;
  private final LogClock clock;
  private final Helm helm;
  private final Peers peers;
  private final NorthboundServer northbound;
  private final AuditLog audit = new AuditLog();
  private final ControlLag lag = new ControlLag(System::nanoTime);
  private final ScheduledExecutorService health =
      Executors.newSingleThreadScheduledExecutor(r -> daemon(r, "myelin-health"));
  private volatile boolean serving;
  private volatile String fault = "";

  /**
   * Starts it.
   *
   * @param southbound makes the switches' side for one leadership, given its timer
   * @throws IOException naming the address when it cannot be bound; the log is closed then
   */
  public OnosNode(
      Setup setup, OnosStateLog stateLog, Function<ScheduledExecutorService, Southbound> southbound)
      throws IOException {
    this.setup = setup;
    this.stateLog = stateLog;
    if (setup.listen().getAddress() == null || !setup.listen().getAddress().isLoopbackAddress()) {
      stateLog.close();
      throw new IOException(
          "plaintext is refused beyond loopback: cannot listen on "
              + setup.listen()
              + "; listen on 127.0.0.1 and forward it through an encrypted tunnel");
    }
    clock = new LogClock(stateLog::timeMs);
    helm =
        new Helm(
            stateLog,
            () ->
                lag.watch(
                    Executors.newSingleThreadScheduledExecutor(r -> daemon(r, "myelin-control"))),
            // ONOS arbitrates: our election id would make a second primary.
            (electionId, control) -> southbound.apply(control),
            clock,
            setup.pace());
    peers = new Peers(setup.apis(), InsecureChannelCredentials.create());
    AtomicLong serial = new AtomicLong();
    String prefix = setup.member() + "-" + Long.toString(System.currentTimeMillis(), 36);
    String names = prefix.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    try {
      northbound =
          new NorthboundServer(
              setup.listen(),
              stateLog,
              helm,
              helm,
              helm,
              helm::read,
              clock,
              () -> "l-" + names + "-" + serial.incrementAndGet(),
              new Facts(),
              Guard.open(audit, lag::meanNs),
              new Forwarding(setup.member(), stateLog, peers::channel));
    } catch (IOException e) {
      stateLog.close();
      audit.close();
      throw e;
    }
    stateLog.onLeadership(this::turn);
    health.scheduleWithFixedDelay(this::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  /** Leadership came or went. One call at a time. */
  private void turn(Leadership leadership) {
    switch (leadership.role()) {
      case LEADER -> lead(leadership);
      case FOLLOWER, STOPPED -> helm.leave();
    }
    look();
  }

  private void lead(Leadership leadership) {
    if (clock.isAlone()) {
      clock.agree(peers.times(setup.member()));
    }
    new InsistentLog(stateLog, health)
        .submit(new Command.SetInventory(setup.inventory(), clock.getAsLong()))
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
              try {
                helm.take(leadership);
              } catch (RuntimeException | LinkageError e) {
                fault = "the switches cannot be driven: " + e;
                log.error("the switches cannot be driven", e);
              }
              look();
            });
  }

  private void look() {
    Leadership now = stateLog.leadership();
    boolean ready =
        switch (now.role()) {
          case LEADER -> helm.holds(now);
          case FOLLOWER -> stateLog.caughtUp() && !now.leader().isEmpty();
          case STOPPED -> false;
        };
    if (ready && !now.leads()) {
      clock.follow(stateLog.timeMs());
    }
    serving = ready;
    northbound.serving(ready);
  }

  /** The northbound port. */
  public int port() {
    return northbound.port();
  }

  /** Whether gRPC health says SERVING. */
  public boolean serving() {
    return serving;
  }

  /** Why it can go on no more; empty: it can. */
  public String trouble() {
    return stateLog.trouble().isEmpty() ? fault : stateLog.trouble();
  }

  public Leadership leadership() {
    return stateLog.leadership();
  }

  public FabricState state() {
    return stateLog.state();
  }

  /** How the switches are. */
  public Helm helm() {
    return helm;
  }

  /** Whether the loops act from now on. */
  public void loops(Loops.Mode mode) {
    helm.mode(mode);
  }

  @Override
  public void close() {
    health.shutdownNow();
    northbound.close();
    helm.close();
    stateLog.close();
    peers.close();
    audit.close();
  }

  /** What a node says of its cluster. */
  private final class Facts implements ClusterFacts {
    @Override
    public long clockMs() {
      return clock.getAsLong();
    }

    @Override
    public String member() {
      return setup.member();
    }

    @Override
    public SortedMap<String, Addresses> members() {
      SortedMap<String, Addresses> all = new TreeMap<>();
      setup.apis().forEach((id, api) -> all.put(id, new Addresses("", api)));
      return all;
    }

    @Override
    public boolean durable() {
      return true; // as durable as ONOS's storage
    }

    @Override
    public boolean serving() {
      return serving;
    }

    @Override
    public String trouble() {
      return stateLog.trouble();
    }

    @Override
    public void backup(OutputStream out) throws IOException {
      SnapshotFile.write(out, stateLog.content());
    }
  }

  private static Thread daemon(Runnable r, String name) {
    Thread t = new Thread(r, name);
    t.setDaemon(true);
    return t;
  }
}
