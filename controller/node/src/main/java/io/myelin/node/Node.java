package io.myelin.node;

import io.myelin.core.loop.Loops;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Mtu;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.FabricState;
import io.myelin.node.control.ControlLag;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.northbound.ClusterFacts;
import io.myelin.node.northbound.audit.AuditEvent;
import io.myelin.node.southbound.Claim;
import io.myelin.node.southbound.CompiledProgram;
import io.myelin.node.southbound.P4RuntimeSouthbound;
import io.myelin.node.southbound.SwitchChannels;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.node.store.RaftOptions;
import io.myelin.node.store.RaftStateLog;
import io.myelin.node.store.ReplicaLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A whole node in a process of its own: a member whose switches are reached over P4Runtime. */
public final class Node implements AutoCloseable {
  /**
   * How a node runs.
   *
   * @param inventory of the fabric, for one of which nothing is known yet; {@link Inventory#EMPTY}:
   *     another member, or an operator, says it
   * @param listen northbound address; port 0: any free one
   * @param pace of discovery and of the loops
   * @param raft where the state is kept, and with whom; null: in memory
   * @param apis where clients reach members, HOST:PORT by id; may be empty
   * @param security encryption, and who may do what
   * @param takeover what becomes of switches that another controller drives, or drove
   * @param electionEpoch at least this is the epoch of election ids, unsigned; 0: what the log says
   * @param watched the inventory's file, applied when it is written; null: it is not watched
   * @param web how a web door is opened; null: there is none
   */
  public record Config(
      Inventory inventory,
      InetSocketAddress listen,
      Pace pace,
      @Nullable RaftOptions raft,
      SortedMap<String, String> apis,
      Security security,
      Claim.Takeover takeover,
      long electionEpoch,
      @Nullable Path watched,
      @Nullable WebOptions web) {
    public Config {
      apis = Collections.unmodifiableSortedMap(new TreeMap<>(apis));
    }

    /** Switches that another controller drives are left alone. */
    public Config(
        Inventory inventory,
        InetSocketAddress listen,
        Pace pace,
        @Nullable RaftOptions raft,
        SortedMap<String, String> apis,
        Security security) {
      this(inventory, listen, pace, raft, apis, security, Claim.Takeover.REFUSED, 0, null, null);
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
      return new Config(
          inventory, listen, pace, options, apis, security, takeover, electionEpoch, watched, web);
    }

    /** The same, secured. */
    public Config with(Security how) {
      return new Config(
          inventory, listen, pace, raft, apis, how, takeover, electionEpoch, watched, web);
    }

    /** The same, with another right to switches. */
    public Config claiming(Claim.Takeover which, long atLeast) {
      return new Config(
          inventory, listen, pace, raft, apis, security, which, atLeast, watched, web);
    }

    /** The same, applying the inventory's file when it is written. */
    public Config watching(Path file) {
      return new Config(
          inventory, listen, pace, raft, apis, security, takeover, electionEpoch, file, web);
    }

    /** The same, with a web door. */
    public Config web(@Nullable WebOptions how) {
      return new Config(
          inventory, listen, pace, raft, apis, security, takeover, electionEpoch, watched, how);
    }
  }

  private static final Logger log = LoggerFactory.getLogger(Node.class);
  private static final String ALONE = "local";

  private static final String REMEDY =
      "give the node TLS (tls: in node.yaml or --tls-certificate, --tls-key, --tls-trust; 'myelin"
          + " certs init' makes what a lab needs), or bring it to 127.0.0.1 through an encrypted"
          + " tunnel";

  /** Cables whose MTU is too small that are named at the start; `fabric show` names all. */
  private static final int MTUS_SAID = 10;

  /** A member alone leads within this, or its disk is in trouble. */
  private static final long FIRST_S = 30;

  private final MemberRuntime member;
  private final Standby standby;
  private final SwitchChannels switches;
  private final SecurityRuntime secured;
  private final ControlLag lag = new ControlLag(System::nanoTime);

  /**
   * Starts a node. In memory, or alone, it leads when this returns; a member of a cluster goes on
   * by itself.
   *
   * @throws IOException when an address cannot be bound or a directory not be used; nothing is left
   *     running then
   * @throws Invalid when the inventory asks for more than our pipeline can do
   */
  public Node(Config config) throws IOException {
    FileDocuments.requireLabels(config.inventory());
    Mtu.tooSmall(config.inventory()).values().stream()
        .limit(MTUS_SAID)
        .forEach(why -> log.warn("MTU: {}", why));
    secured = new SecurityRuntime(config.security(), around(config), lag::meanNs);
    CompiledProgram program = CompiledProgram.of(MyelinPipeline.INSTANCE);
    switches = new SwitchChannels(secured::credentials);
    RaftOptions options = config.raft();
    String id = options == null ? ALONE : options.member();
    Opened opened = new Opened();
    opened.add(switches::close);
    try {
      member =
          new MemberRuntime(
              new MemberRuntime.Setup(
                  new MemberLifecycle.Crew(
                      id, addresses(config), options != null, config.inventory()),
                  config.listen(),
                  config.apis(),
                  config.pace(),
                  "control",
                  options == null ? null : options.directory(),
                  config.web()),
              secured,
              () -> stateLog(options, secured),
              (electionId, control) ->
                  new P4RuntimeSouthbound(
                      program, new Claim(electionId, config.takeover()), control, switches),
              new FileDocuments(secured::inTheClear, ""),
              lag);
      opened.add(member::close);
      claim(config, id);
      standby =
          new Standby(switches, program, () -> state().inventory(), member.lifecycle()::follows);
      opened.add(standby::close);
      member.start();
      watch(config.watched());
      if (options == null || options.members().size() == 1) {
        awaitFirst();
      }
    } catch (IOException | RuntimeException | LinkageError e) {
      opened.close();
      throw e;
    }
  }

  /** In memory, a restart must still outbid the process before it: seconds since 1970 rise. */
  private static ReplicaLog stateLog(@Nullable RaftOptions options, SecurityRuntime secured)
      throws IOException {
    return options == null
        ? new InProcessStateLog(System.currentTimeMillis() / 1000) // invariant 5
        : new RaftStateLog(
            secured
                .memberTls()
                .map(m -> options.secured(new RaftOptions.RaftTls(m.key(), m.trust())))
                .orElse(options));
  }

  private void awaitFirst() throws IOException {
    try {
      member.lifecycle().first().get(FIRST_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      String why = member.stateLog().trouble();
      throw new IOException(
          "this member does not lead within " + FIRST_S + " s " + why + ": " + e, e);
    }
  }

  /**
   * The file as it is now was read by whoever made the configuration; what it says later counts.
   */
  private void watch(@Nullable Path file) throws IOException {
    if (file == null) {
      return;
    }
    boolean[] first = {true};
    secured.watch(
        "inventory " + file,
        List.of(file),
        () -> {
          Inventory now = InventoryFile.read(file);
          FileDocuments.requireLabels(now);
          if (first[0]) {
            first[0] = false;
          } else {
            member.lifecycle().inventoryChanged(now);
          }
        });
  }

  /** What an operator said about other controllers of the switches, with a trace. */
  private void claim(Config config, String id) {
    if (config.takeover() == Claim.Takeover.ALLOWED) {
      audit(id, "take-over", "switches of other controllers are taken over");
    }
    long epoch = config.electionEpoch();
    if (epoch == 0) {
      return;
    }
    String text = "election ids are of epoch " + Long.toUnsignedString(epoch) + " at least";
    audit(id, "election-epoch", text);
    member
        .stateLog()
        .onLeadership(
            l -> {
              if (l.leads() && Long.compareUnsigned(l.epoch(), epoch) < 0) {
                log.info("{}", text);
                var unused = member.stateLog().raiseEpoch(epoch);
              }
            });
  }

  private void audit(String id, String method, String text) {
    secured
        .guard()
        .audit()
        .append(AuditEvent.atConsole(member.clock().getAsLong(), id, method, text));
  }

  /** Whom it trusts as itself, and all that it speaks to. */
  private static SecurityRuntime.Around around(Config config) {
    Map<String, String> reached = new LinkedHashMap<>();
    reached.put("cannot listen on " + config.listen(), config.listen().getHostString());
    WebOptions web = config.web();
    if (web != null) {
      reached.put("cannot listen for the web on " + web.listen(), web.listen().getHostString());
    }
    RaftOptions raft = config.raft();
    Set<String> members = Set.of();
    if (raft != null) {
      raft.members()
          .forEach((id, at) -> reached.put("member " + id + " is at " + at, at.getHostString()));
      // One alone needs no member's certificate.
      members = raft.members().size() == 1 ? Set.of() : raft.members().keySet();
    }
    for (Map.Entry<DeviceId, Device> e : config.inventory().devices()) {
      String address = e.getValue().address();
      reached.put(
          "P4Runtime of " + e.getKey() + " is at " + address, SecurityRuntime.hostOf(address));
    }
    return new SecurityRuntime.Around(members, reached, REMEDY);
  }

  /** Where members are. */
  private static SortedMap<String, ClusterFacts.Addresses> addresses(Config config) {
    SortedMap<String, ClusterFacts.Addresses> all = new TreeMap<>();
    RaftOptions options = config.raft();
    if (options != null) {
      options
          .members()
          .forEach(
              (id, raftAt) ->
                  all.put(
                      id,
                      new ClusterFacts.Addresses(
                          raftAt.getHostString() + ":" + raftAt.getPort(),
                          config.apis().getOrDefault(id, ""))));
    }
    return all;
  }

  /** Whether gRPC health says SERVING. */
  public boolean serving() {
    return member.lifecycle().serving();
  }

  public Leadership leadership() {
    return member.stateLog().leadership();
  }

  /** Completes with the reason if this member can go on no more: its process should end. */
  public CompletableFuture<String> stopped() {
    return member.lifecycle().stopped();
  }

  /** The northbound port. */
  public int port() {
    return member.port();
  }

  /** The web door; null: there is none. */
  public @Nullable WebDoor door() {
    return member.door();
  }

  public DeviceStatus status() {
    return member.leader();
  }

  /** Looks now, and not only in some seconds, whether certificates or the policy have changed. */
  public void reread() {
    secured.look();
  }

  /** Whether the loops act from now on. */
  public void loops(Loops.Mode mode) {
    member.leader().mode(mode);
  }

  /** What the switches tell. */
  public Telemetry telemetry() {
    return member.leader();
  }

  /** What the loops know and did. */
  public Loops loops() {
    return member.leader();
  }

  /** Answers to reads of counters that switches gave so far. */
  public long counterReports() {
    return member.leader().counterReports();
  }

  public FabricState state() {
    return member.stateLog().state();
  }

  /** Whether every device holds its tables and every link between devices was seen. */
  public boolean converged() {
    FabricState s = state();
    for (Map.Entry<DeviceId, Device> e : s.inventory().devices()) {
      if (member.leader().of(e.getKey()).phase() != DeviceStatus.Phase.READY) {
        return false;
      }
    }
    return s.observedLinks() >= s.inventory().links().size();
  }

  @Override
  public void close() {
    standby.close();
    member.close();
    switches.close();
  }
}
