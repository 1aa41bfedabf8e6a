package io.myelin.node;

import io.myelin.core.model.U128;
import io.myelin.core.port.Southbound;
import io.myelin.node.control.ControlLag;
import io.myelin.node.control.Pace;
import io.myelin.node.northbound.Forwarding;
import io.myelin.node.northbound.InventoryDocuments;
import io.myelin.node.northbound.NorthboundServer;
import io.myelin.node.northbound.NorthboundServices;
import io.myelin.node.observe.CallObserver;
import io.myelin.node.observe.EventRelay;
import io.myelin.node.observe.ObservedLog;
import io.myelin.node.observe.ObservedSouthbound;
import io.myelin.node.store.ReplicaLog;
import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a member consists of, wherever it runs (a process of its own, or inside ONOS): log, leader's
 * controller, life cycle, API. Only how switches are reached and where the log is differ.
 */
public final class MemberRuntime implements AutoCloseable {
  private final ReplicaLog stateLog;
  private final LogClock clock;
  private final LeaderController leader;
  private final MemberLifecycle lifecycle;
  private final NorthboundServer northbound;
  private final @Nullable WebDoor door;
  private final EventRelay events = new EventRelay();
  private final Opened opened = new Opened();

  /**
   * What is said of it by configuration.
   *
   * @param crew who it is, and who the others are
   * @param listen northbound address; port 0: any
   * @param apis of all members, by id
   * @param pace of discovery and of the loops
   * @param controlThread name of the thread that writes switches
   * @param data directory of the state; null: it is in memory, or somebody else keeps it
   * @param web how a web door is opened; null: there is none
   */
  public record Setup(
      MemberLifecycle.Crew crew,
      InetSocketAddress listen,
      SortedMap<String, String> apis,
      Pace pace,
      String controlThread,
      @Nullable Path data,
      @Nullable WebOptions web) {
    public Setup {
      apis = Collections.unmodifiableSortedMap(new TreeMap<>(apis));
    }
  }

  /** Makes what needs certificates and policy, once these are read. */
  @FunctionalInterface
  public interface LogMaker {
    /**
     * Opens the log.
     *
     * @throws IOException naming what cannot be opened
     */
    ReplicaLog open() throws IOException;
  }

  private final Peers peers;

  /**
   * Starts to serve; {@link #start} begins to lead.
   *
   * @param secured certificates, policy, audit log; closed with this
   * @param log opens the log, which is closed with this
   * @param switches makes sessions under an election id
   * @param documents inventories as text
   * @param lag of the control thread
   * @throws IOException naming the address that cannot be bound; nothing is left open then
   */
  public MemberRuntime(
      Setup setup,
      SecurityRuntime secured,
      LogMaker log,
      BiFunction<U128, GuardedExecutor, Southbound> switches,
      InventoryDocuments documents,
      ControlLag lag)
      throws IOException {
    String member = setup.crew.member();
    try {
      opened.add(secured::close);
      stateLog = log.open();
      opened.add(stateLog::close);
      clock = new LogClock(stateLog::timeMs);
      leader =
          new LeaderController(
              stateLog,
              () -> lag.watch(GuardedExecutor.single(setup.controlThread)),
              (electionId, control) ->
                  new ObservedSouthbound(switches.apply(electionId, control), events),
              clock,
              setup.pace);
      opened.add(leader::close);
      peers = new Peers(setup.apis, secured.client());
      opened.add(peers::close);
      lifecycle =
          new MemberLifecycle(
              setup.crew,
              stateLog,
              clock,
              leader,
              () -> peers.times(member),
              secured.guard().audit()::trouble);
      opened.add(lifecycle::close);
      NorthboundServices services =
          new NorthboundServices(
              new NorthboundServices.Backend(
                  new ObservedLog(stateLog, events),
                  leader,
                  clock,
                  ids(member),
                  lifecycle,
                  documents,
                  new CallObserver(events)),
              secured.guard(),
              new Forwarding(member, stateLog, peers::channel));
      northbound = new NorthboundServer(setup.listen, secured.guard().credentials(), services);
      opened.add(northbound::close);
      WebOptions web = setup.web;
      door =
          web == null
              ? null
              : open(
                  web,
                  new DoorContext(
                      services.guarded(),
                      services.workers(),
                      secured.doorTls(),
                      stateLog,
                      leader,
                      lifecycle,
                      secured.guard().audit(),
                      events,
                      lag,
                      setup.data));
      if (door != null) {
        opened.add(door::close);
        lifecycle.webDoorAt(door.url());
      }
      opened.add(lifecycle::close); // first: it tells what is closed next
    } catch (IOException | RuntimeException | LinkageError e) {
      opened.close();
      throw e;
    }
  }

  private static WebDoor open(WebOptions web, DoorContext context) throws IOException {
    return ServiceLoader.load(WebDoorFactory.class)
        .findFirst()
        .orElseThrow(() -> new IOException("web: this build has no web door; module myelin-web"))
        .open(web, context);
  }

  /** Ids of leases and jobs: of this member and process, so that no two make the same. */
  private static java.util.function.Supplier<String> ids(String member) {
    AtomicLong serial = new AtomicLong();
    String prefix = member + "-" + Long.toString(System.currentTimeMillis(), 36);
    String names = prefix.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    return () -> "l-" + names + "-" + serial.incrementAndGet();
  }

  /** Begins to lead or to follow. */
  public void start() {
    lifecycle.start(northbound::serving);
  }

  public ReplicaLog stateLog() {
    return stateLog;
  }

  /** The log's time, milliseconds since 1970. */
  public LongSupplier clock() {
    return clock;
  }

  /** The switches, while it leads. */
  public LeaderController leader() {
    return leader;
  }

  public MemberLifecycle lifecycle() {
    return lifecycle;
  }

  /** The northbound port. */
  public int port() {
    return northbound.port();
  }

  /** The web door; null: there is none. */
  public @Nullable WebDoor door() {
    return door;
  }

  /** Ends what was opened, the last first. */
  @Override
  public void close() {
    opened.close();
  }
}
