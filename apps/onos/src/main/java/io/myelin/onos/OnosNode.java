package io.myelin.onos;

import io.myelin.core.loop.Loops;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.Southbound;
import io.myelin.core.state.FabricState;
import io.myelin.node.FileDocuments;
import io.myelin.node.InventorySource;
import io.myelin.node.LeaderController;
import io.myelin.node.MemberLifecycle;
import io.myelin.node.MemberRuntime;
import io.myelin.node.Security;
import io.myelin.node.SecurityRuntime;
import io.myelin.node.control.ControlLag;
import io.myelin.node.control.Pace;
import io.myelin.node.northbound.ClusterFacts;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.onos.store.OnosStateLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A node inside ONOS, wired on one screen: the log in ONOS's storage, the leader with the switches
 * that ONOS manages, the northbound of every node.
 */
public final class OnosNode implements AutoCloseable {
  /**
   * How it runs.
   *
   * @param member this ONOS node's id
   * @param listen northbound address; port 0: any free one
   * @param apis where clients reach nodes, HOST:PORT by id; may be empty
   * @param security of the API; switches are ONOS's
   */
  public record Setup(
      String member,
      Inventory inventory,
      InetSocketAddress listen,
      Pace pace,
      SortedMap<String, String> apis,
      Security security) {
    public Setup {
      apis = Collections.unmodifiableSortedMap(new TreeMap<>(apis));
    }
  }

  private static final String REMEDY =
      "give netcfg tls and access ('myelin certs init' makes what a lab needs), or listen on"
          + " 127.0.0.1 and forward it through an encrypted tunnel";

  private final Setup setup;
  private final MemberRuntime member;
  private final SecurityRuntime secured;
  private final ControlLag lag = new ControlLag(System::nanoTime);

  /**
   * Starts it.
   *
   * @param southbound makes the switches' side for one leadership, given its timer
   * @throws IOException naming the address that cannot be bound, or the file that cannot be used;
   *     the log is closed then
   */
  public OnosNode(
      Setup setup, OnosStateLog stateLog, Function<GuardedExecutor, Southbound> southbound)
      throws IOException {
    this.setup = setup;
    try {
      secured = new SecurityRuntime(setup.security(), around(setup), lag::meanNs);
    } catch (IOException | RuntimeException | LinkageError e) {
      stateLog.close();
      throw e;
    }
    SortedMap<String, ClusterFacts.Addresses> members = new TreeMap<>();
    setup.apis().forEach((id, api) -> members.put(id, new ClusterFacts.Addresses("", api)));
    member =
        new MemberRuntime(
            new MemberRuntime.Setup(
                // As durable as ONOS's storage.
                new MemberLifecycle.Crew(
                    setup.member(),
                    members,
                    true,
                    setup.inventory(),
                    InventorySource.Precedence.FILE),
                setup.listen(),
                setup.apis(),
                setup.pace(),
                "myelin-control",
                null,
                null),
            secured,
            () -> stateLog,
            // ONOS arbitrates: our election id would make a second primary.
            (electionId, control) -> southbound.apply(control),
            new FileDocuments(
                d -> "", "the inventory is ONOS's network configuration: change that"),
            lag);
    member.start();
  }

  /** Whom it trusts as itself: it and the others. And all that it speaks to by itself. */
  private static SecurityRuntime.Around around(Setup setup) {
    Map<String, String> reached = new LinkedHashMap<>();
    reached.put("cannot listen on " + setup.listen(), setup.listen().getHostString());
    Set<String> members = new TreeSet<>(setup.apis().keySet());
    members.add(setup.member());
    setup
        .apis()
        .forEach(
            (id, api) ->
                reached.put("the API of " + id + " is at " + api, SecurityRuntime.hostOf(api)));
    return new SecurityRuntime.Around(members, reached, REMEDY);
  }

  /**
   * The desk for whoever works inside this ONOS. It is a member as this node is, so that what
   * people do here is done, and recorded, in their name.
   */
  LeaseDesk desk() {
    InetAddress at = setup.listen().getAddress();
    String host = at.isAnyLocalAddress() ? "127.0.0.1" : at.getHostAddress();
    return new LeaseDesk(host, port(), secured.client(), secured.host());
  }

  /** The northbound port. */
  public int port() {
    return member.port();
  }

  /** Whether gRPC health says SERVING. */
  public boolean serving() {
    return member.lifecycle().serving();
  }

  /** Why it can go on no more; empty: it can. */
  public String trouble() {
    return member.lifecycle().trouble();
  }

  public Leadership leadership() {
    return member.stateLog().leadership();
  }

  public FabricState state() {
    return member.stateLog().state();
  }

  /** How the switches are. */
  public LeaderController leader() {
    return member.leader();
  }

  /** Whether the loops act from now on. */
  public void loops(Loops.Mode mode) {
    member.leader().mode(mode);
  }

  @Override
  public void close() {
    member.close();
  }
}
