package io.myelin.sim.cluster;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Topology;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.place.FairShares;
import io.myelin.core.place.Placement;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LinkState;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.RequestKey;
import io.myelin.core.state.Usage;
import io.myelin.node.store.LogRecord;
import io.myelin.node.store.Replica;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What must hold whatever happens, checked as it happens against copies of its own: the state that
 * the committed commands lead to, who may write to which switch, where packets under a label stack
 * end.
 */
final class Invariants {
  static final String BOOKING = "1 no double booking";
  static final String DURABLE = "2 acknowledged means durable and programmed";
  static final String RECONCILED = "3 one way to write";
  static final String UNBROKEN = "4 make before break";
  static final String PRIMARY = "5 only one primary per switch";
  static final String CONSTRAINED = "6 isolation";
  static final String DETERMINISTIC = "7 deterministic core";
  static final String ONCE = "2 exactly once";
  static final String SHARED = "10 nobody starves";
  static final String METERED = "2 usage counts once";
  static final String READY = "8 ready is said of what is so";
  static final String FREED = "9 only a switch's word frees what it holds";
  static final String WATCHED = "2 a watch that goes on misses nothing";
  static final String TIME = "2 expiry by the log's time";

  /** What a switch that came back empty needs until it is filled. */
  private static final long REFILL_NS = 30_000 * World.MS;

  private final World world;
  private final Bug bug;
  private final Replica truth = new Replica();
  private final Map<String, Long> newestTerm = new TreeMap<>();
  private final Map<RequestKey, LeaseName> made = new TreeMap<>();
  private @Nullable SimFabric fabric;
  private @Nullable Watchers watchers;
  private @Nullable Passage passage;
  private long turns;
  private long commits;
  private long metered;

  Invariants(World world, Bug bug) {
    this.world = world;
    this.bug = bug;
  }

  void watch(SimFabric f) {
    fabric = f;
  }

  /** Routed packets are looked at, too. */
  void watch(Passage p) {
    passage = p;
  }

  void tell(Watchers w) {
    watchers = w;
  }

  private Watchers watchers() {
    Watchers w = watchers;
    if (w == null) {
      throw new IllegalStateException("nobody watches yet");
    }
    return w;
  }

  private SimFabric fabric() {
    SimFabric f = fabric;
    if (f == null) {
      throw new IllegalStateException("no fabric yet");
    }
    return f;
  }

  FabricState truth() {
    return truth.state();
  }

  /** The log's time. */
  long timeMs() {
    return truth.timeMs();
  }

  /** Bytes of leases that were counted. */
  long metered() {
    return metered;
  }

  long commits() {
    return commits;
  }

  Bug bug() {
    return bug;
  }

  // ---- the log ---------------------------------------------------------------------------------

  /** As a member applies a command; what a planted mistake makes of it. */
  Applied apply(Replica replica, Command command) {
    if (bug != Bug.NO_RECHECK) {
      return replica.apply(command);
    }
    return InjectedFaults.applyUnchecked(replica, command);
  }

  void committed(LogRecord entry, long index) {
    Command c = entry.command();
    if (c == null) {
      return;
    }
    commits++;
    Applied a = apply(truth, c);
    world.note(c.getClass().getSimpleName() + a.outcome().getClass().getSimpleName());
    FabricState s = a.after();
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LeaseChanged l) {
        leaseChanged(s, l.lease());
        freed(a, l.lease());
        watchers().changed(index, l.lease());
      }
    }
    if (c instanceof Command.CreateLease create
        && create.request() != null
        && a.outcome() instanceof Outcome.LeaseDone done) {
      LeaseName before = made.put(create.request().key(), done.lease().name());
      if (before != null) {
        throw world.violated(
            ONCE,
            "request "
                + create.request().key()
                + " made "
                + before
                + " and "
                + done.lease().name());
      }
    }
    long off = truth.timeMs() - world.nowMs();
    long drift = (world.nowMs() - World.EPOCH_MS) / 10;
    if (truth.timeMs() > World.EPOCH_MS && (off > 10_000 + drift || off < -70_000 - drift)) {
      throw world.violated(TIME, "the log's time is " + off + " ms off, entry " + index + ": " + c);
    }
  }

  /** Bandwidth is free when the switch does not hold the lease's entries any more. */
  private void freed(Applied a, LeaseName name) {
    Lease before = a.before().leases().get(name);
    Lease after = a.after().leases().get(name);
    if (before == null
        || !before.state().occupies()
        || (after != null && after.state().occupies())) {
      return;
    }
    Lease held = before.asHeld();
    List<Entry> entries = new ArrayList<>(MyelinPipeline.INSTANCE.ofLease(a.before(), held));
    entries.addAll(MyelinPipeline.INSTANCE.gates(entries));
    SimSwitch at = fabric().at(held.path().ingress());
    if (!at.isUp() || filling(at)) {
      return; // a leader of the past may be the first to reach a switch that came back empty
    }
    for (Entry e : entries) {
      if (at.tables().containsKey(e.key())) {
        throw world.violated(
            FREED, "the bandwidth of " + name + " is free; " + at.name() + " holds " + e.key());
      }
    }
  }

  /** What a lease occupies, added up anew from all leases of the links it uses. */
  private void leaseChanged(FabricState s, LeaseName name) {
    Lease lease = s.leases().get(name);
    if (lease == null) {
      return;
    }
    for (LinkId link : lease.path().links()) {
      checkLink(s, link);
    }
    if (lease.state().lives()) {
      for (LinkId avoided : lease.spec().terms().constraints().avoid().links()) {
        if (lease.path().links().contains(avoided) && lease.state() != Lease.LeaseState.DEGRADED) {
          throw world.violated(CONSTRAINED, name + " uses " + avoided + ", which it must avoid");
        }
      }
    }
  }

  private void checkLink(FabricState s, LinkId link) {
    Topology topology = s.topology();
    Integer n = topology.number(link);
    if (n == null) {
      throw world.violated(BOOKING, "a lease uses " + link + ", which is not there");
    }
    LinkState l = s.links().get(n);
    long held = 0;
    for (Map.Entry<LeaseName, Boolean> e : l.leases()) {
      Lease other = s.leases().get(e.getKey());
      if (other != null && other.state().occupies() && other.path().links().contains(link)) {
        held += other.heldBps();
      }
    }
    if (held > topology.reservableBps(n)) {
      throw world.violated(
          BOOKING, link + " holds " + held + " of " + topology.reservableBps(n) + " bps");
    }
    if (held != l.heldBps()) {
      throw world.violated(
          BOOKING, link + " says it holds " + l.heldBps() + " bps, its leases " + held);
    }
  }

  /** What a leader says of its switches must be so. */
  void submitted(Member member, FabricState state, Command command) {
    if (command instanceof Command.Provisioned p) {
      for (Command.Held held : p.leases()) {
        Lease lease = state.leases().get(held.name());
        if (lease != null && lease.generation() == held.generation() && lease.awaitsSwitch()) {
          programmed(member, state, lease);
        }
      }
    }
  }

  /** ACTIVE may be said only of what the switch holds, unless it lost it meanwhile. */
  private void programmed(Member member, FabricState state, Lease lease) {
    SimSwitch at = fabric().at(lease.path().ingress());
    if (!at.isUp() || filling(at)) {
      return;
    }
    for (Entry e : MyelinPipeline.INSTANCE.ofLease(state, lease)) {
      Entry there = at.tables().get(e.key());
      boolean gated =
          MyelinPipeline.INSTANCE.gates(MyelinPipeline.INSTANCE.ofLease(state, lease)).stream()
              .anyMatch(g -> at.tables().containsKey(g.key()));
      if (!gated && (there == null || !there.action().equals(e.action()))) {
        throw world.violated(
            DURABLE,
            member.id()
                + " says that "
                + lease.name()
                + " is in "
                + at.name()
                + ", which holds "
                + there);
      }
    }
  }

  // ---- switches --------------------------------------------------------------------------------

  /** A leadership begins to matter to a switch. */
  void arbitrated(SimSwitch at, SimSession session) {
    newestTerm.merge(at.name(), order(session), Math::max);
  }

  /**
   * It restarted, and with all else it forgot whom it had heard of: the first who comes is primary.
   */
  void forgot(SimSwitch at) {
    newestTerm.remove(at.name());
  }

  void accepted(SimSwitch at, SimSession session) {
    long newest = newestTerm.getOrDefault(at.name(), 0L);
    if (order(session) < newest) {
      throw world.violated(
          PRIMARY,
          at.name() + " took a write of " + session.member().id() + ", which leads no more");
    }
  }

  private static long order(SimSession session) {
    return session.order();
  }

  /** A number for each leadership that controls the switches, rising. */
  long nextTurn() {
    return ++turns;
  }

  /** Every packet that a steering entry catches must arrive. */
  void written(SimSwitch at, List<TableUpdate> updates) {
    boolean labels = false;
    for (TableUpdate u : updates) {
      EntryKey key = u.entry().key();
      labels |= key.table() == MyelinTable.ADJACENCY;
      if (key.table() == MyelinTable.PATH_STEERING) {
        arrives(at, at.tables().get(key));
      }
    }
    if (passage != null) {
      passage.written(updates);
    }
    if (labels) {
      for (SimSwitch s : fabric().switches()) {
        s.tables().forEach((key, e) -> arrives(s, e));
      }
    }
  }

  private void arrives(SimSwitch at, @Nullable Entry entry) {
    if (entry != null
        && entry.key().table() == MyelinTable.PATH_STEERING
        && entry.action() instanceof EntryAction.Call call
        && call.action().startsWith("push_")) {
      walk(at, entry, call);
    }
  }

  private void walk(SimSwitch start, Entry entry, EntryAction.Call push) {
    int labels = Integer.parseInt(push.action().substring("push_".length()));
    SimSwitch now = start;
    for (int i = 0; i < labels; i++) {
      long label = push.args().get(i).value().lo();
      if (!now.isUp() || filling(now)) {
        return; // it came back empty, and is being filled
      }
      Entry adjacency =
          now.tables()
              .get(
                  new EntryKey(
                      MyelinTable.ADJACENCY, List.of(FieldMatch.exact("label", label)), 0));
      if (adjacency == null || !(adjacency.action() instanceof EntryAction.Call forward)) {
        throw world.violated(
            UNBROKEN,
            "packets of "
                + entry.key()
                + " at "
                + start.name()
                + " fall into a hole at "
                + now.name()
                + ", label "
                + label);
      }
      int port = (int) forward.args().get(0).value().lo();
      LinkId link = fabric().cable(now.device.id(), port);
      boolean last = i == labels - 1;
      if (link == null) {
        if (!last) {
          throw world.violated(
              UNBROKEN, "packets of " + entry.key() + " leave the fabric at " + now.name());
        }
        arrived(now.device, port, entry);
        return;
      }
      now = fabric().at(SimFabric.link(link).to().device());
    }
    throw world.violated(UNBROKEN, "packets of " + entry.key() + " end at " + now.name());
  }

  private boolean filling(SimSwitch at) {
    return at.bootedNs() >= 0 && world.nowNs() - at.bootedNs() < REFILL_NS;
  }

  private void arrived(Device leaf, int port, Entry entry) {
    FieldMatch to = entry.key().on("dst_addr");
    boolean right =
        SimFabric.INVENTORY.endpointsAt(leaf.id()).stream()
            .anyMatch(
                e ->
                    e.attachment().equals(new PortRef(leaf.id(), port))
                        && to != null
                        && e.ip().value().equals(to.value()));
    if (!right) {
      throw world.violated(
          CONSTRAINED, "packets of " + entry.key() + " come out at " + leaf.id() + "/" + port);
    }
  }

  // ---- the end ---------------------------------------------------------------------------------

  /** Everything has calmed down: all must be as the committed commands say. */
  void settled(Iterable<Member> members) {
    FabricState s = truth.state();
    byte[] expected = InjectedFaults.bytes(s, truth.timeMs());
    for (Member m : members) {
      if (!Arrays.equals(expected, InjectedFaults.bytes(m.log().state(), m.log().timeMs()))) {
        throw new Violation(DETERMINISTIC, m.id() + " holds another state than the log leads to");
      }
    }
    for (int l = 0; l < s.topology().links(); l++) {
      checkLink(s, s.topology().id(l));
    }
    s.usage().forEach(this::counted);
    nobodyStarves(s);
    Map<DeviceId, Map<EntryKey, Entry>> all = new TreeMap<>();
    for (SimSwitch sw : fabric().switches()) {
      all.put(sw.device.id(), MyelinPipeline.INSTANCE.entries(s, sw.device.id()));
    }
    for (SimSwitch sw : fabric().switches()) {
      if (!s.inventory().devices().containsKey(sw.device.id())) {
        continue; // let go: emptied if it could be reached then
      }
      Map<EntryKey, Entry> want = new TreeMap<>(all.get(sw.device.id()));
      if (!want.equals(sw.tables())) {
        throw new Violation(RECONCILED, difference(sw, want));
      }
    }
  }

  /** Nothing is down any more: whoever fits is whole, and whoever does not has its share. */
  private void nobodyStarves(FabricState s) {
    LeaseConditions.Now now = LeaseConditions.Now.calm(truth.timeMs());
    Set<LeaseName> lacking = new TreeSet<>();
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease lease = e.getValue();
      if (lease.state() != Lease.LeaseState.DEGRADED && lease.shortBps() == 0) {
        continue;
      }
      lacking.add(lease.name());
      if (lease.state().lives()
          && Placement.instead(s, lease, lease.spec(), now).route(Set.of()) != null) {
        throw new Violation(
            SHARED,
            lease.name() + " has " + lease.grantedBps() + " bps, and there is room for all");
      }
    }
    List<Command.Share> next = FairShares.find(s, lacking, now);
    if (!next.isEmpty()) {
      throw new Violation(SHARED, "shares are not what is fair: " + next);
    }
  }

  /** No packet counts twice. */
  private void counted(LeaseName name, Usage usage) {
    long sent = 0;
    for (Map.Entry<Usage.Counter, Usage.Standing> e : usage.counters()) {
      sent += fabric().at(e.getKey().device()).ever(e.getKey().entry());
    }
    if (usage.bytes() > sent) {
      throw new Violation(
          METERED, name + " sent " + sent + " bytes and is said to have sent " + usage.bytes());
    }
    metered += usage.bytes();
  }

  private static String difference(SimSwitch sw, Map<EntryKey, Entry> want) {
    for (Map.Entry<EntryKey, Entry> e : want.entrySet()) {
      if (!e.getValue().equals(sw.tables().get(e.getKey()))) {
        return sw.name() + " should hold " + e + ", holds " + sw.tables().get(e.getKey());
      }
    }
    for (EntryKey key : sw.tables().keySet()) {
      if (!want.containsKey(key)) {
        return sw.name() + " should not hold " + key;
      }
    }
    return "";
  }
}
