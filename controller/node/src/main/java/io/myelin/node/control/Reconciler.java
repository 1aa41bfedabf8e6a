package io.myelin.node.control;

import io.myelin.core.loop.CongestionMitigation;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.DeviceStatus.Phase;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.Applied;
import io.myelin.core.state.ChangeVisitor;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.SteeredFlow;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the state and has every device hold what {@link Pipeline} says. Tells the log when a
 * lease's entries are there, gone, or refused.
 *
 * <p>Confined to the control thread, but for {@link #of}.
 */
final class Reconciler implements DeviceStatus {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private final StateLog stateLog;
  private final Southbound southbound;
  private final Pipeline pipeline;
  private final GuardedExecutor control;
  private final LongSupplier clockMs;
  private final Southbound.Listener listener;
  private final BiConsumer<DeviceId, EntryKey> onMade;
  private final Map<DeviceId, DeviceSync> devices = new ConcurrentSkipListMap<>();
  private final Map<DeviceId, Device> connected = new ConcurrentSkipListMap<>();
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();
  private final Set<DeviceId> stale = new TreeSet<>();
  private final Set<DeviceId> watched = new TreeSet<>(); // looked at until they have a session
  private final List<Command.Held> acknowledged = new ArrayList<>();
  private final Map<LeaseName, Gate> gates = new HashMap<>();
  private final InventoryChange inventories;

  /** A link failed since routes were last brought up to date. */
  private boolean failed;

  /** Routes follow a failure after leases; until then groups leave out dead ports by themselves. */
  private static final long ROUTES_MS = 25;

  /** After an exception, before everything is compared again. */
  static final long RECOVER_MS = 1_000;

  /** Messages that are longer move in their middle. */
  private static final long GATE_MS = 250;

  /**
   * A lease on its way to another path.
   *
   * @param entries that take its flows over
   * @param then what it has afterwards
   */
  private record Gate(DeviceId device, long generation, List<Entry> entries, List<Entry> then) {}

  /**
   * @param onMade is told of every entry that is new on a device
   * @param compareAllLater asked for after an exception that leaves unknown what was brought up to
   *     date: soon it calls {@link #start}
   */
  Reconciler(
      ControlContext context,
      Southbound.Listener listener,
      BiConsumer<DeviceId, EntryKey> onMade,
      Runnable compareAllLater) {
    stateLog = context.stateLog();
    southbound = context.southbound();
    pipeline = southbound.pipeline();
    control = context.control();
    clockMs = context.clockMs();
    this.listener = listener;
    this.onMade = onMade;
    inventories = new InventoryChange(this, pipeline, stateLog, control, clockMs, compareAllLater);
  }

  @Override
  public Status of(DeviceId device) {
    DeviceSync sync = devices.get(device);
    return sync == null ? Status.UNKNOWN : sync.status();
  }

  @Override
  public long repaired(DeviceId device) {
    DeviceSync sync = devices.get(device);
    return sync == null ? 0 : sync.repaired();
  }

  @Override
  public boolean usable(DeviceId device) {
    DeviceSync sync = devices.get(device);
    return sync != null && sync.usable();
  }

  @Override
  public void onChange(Runnable callback) {
    callbacks.add(callback);
  }

  /** The state at the start; {@link #applied} follows from there. */
  void start(FabricState state) {
    everything(state);
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      follow(state, e.getValue());
    }
  }

  void applied(Applied a) {
    Following following = new Following(a);
    a.changes().forEach(change -> change.accept(following));
    following.changes.forEach((device, c) -> sync(device).change(c.remove, c.add));
    for (LeaseName name : following.leases) {
      Lease lease = a.after().leases().get(name);
      if (lease != null) {
        follow(a.after(), lease);
      }
    }
    boolean inventory = following.inventory;
    if (inventory) {
      inventories.begin(a.before());
    } else if (a.changesReachability()) {
      hurry(a);
      // Routes are on every device. Leases go first: their keeper is about to move them.
      List<DeviceId> all = new ArrayList<>();
      a.after().inventory().devices().forEach((id, d) -> all.add(id));
      control.schedule(() -> all.forEach(this::refresh), ROUTES_MS, TimeUnit.MILLISECONDS);
    }
  }

  /** What switches have to do about each kind of change. */
  private final class Following implements ChangeVisitor {
    private final Applied a;
    final Map<DeviceId, Changes> changes = new TreeMap<>();
    final List<LeaseName> leases = new ArrayList<>();
    boolean inventory;

    Following(Applied a) {
      this.a = a;
    }

    @Override
    public void visit(Applied.Change.LeaseChanged c) {
      leases.add(c.lease());
      leaseChanged(a, c.lease(), changes);
    }

    @Override
    public void visit(Applied.Change.FlowChanged c) {
      flowChanged(a, c.flow());
    }

    @Override
    public void visit(Applied.Change.WeightsChanged c) {
      refresh(c.toward().at());
    }

    @Override
    public void visit(Applied.Change.LinkChanged c) {
      PortRef port = CongestionMitigation.egress(a.after(), c.link());
      if (port != null && a.before().link(c.link()).slowed() != a.after().link(c.link()).slowed()) {
        refresh(port.device());
      }
    }

    @Override
    public void visit(Applied.Change.InventoryChanged c) {
      inventory = true;
    }

    @Override
    public void visit(Applied.Change.JobChanged c) {
      // Its leases tell.
    }

    @Override
    public void visit(Applied.Change.UsageChanged c) {
      // Switches told it.
    }

    @Override
    public void visit(Applied.Change.DecisionChanged c) {
      // What was decided tells.
    }

    @Override
    public void visit(Applied.Change.DeviceChanged c) {
      // This reconciler said it.
    }
  }

  /** A failure does not wait for an inventory change to end; a link that comes back does. */
  private void hurry(Applied a) {
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LinkChanged c
          && a.before().isUp(c.link())
          && (!a.after().isUp(c.link()) || a.after().isDrained(c.link()))) {
        failed = true;
        inventories.hurry();
      }
    }
  }

  /** Brings all of a device but its leases up to date, soon: links seldom fail one at a time. */
  private void refresh(DeviceId device) {
    if (stale.isEmpty()) {
      afterNext(
          () -> {
            List<DeviceId> all = List.copyOf(stale);
            stale.clear();
            if (inventories.isUnderWay()) {
              return; // it ends with a refresh of all
            }
            FabricState state = stateLog.state();
            Routes routes = Routes.of(state);
            Map<DeviceId, SortedMap<EntryKey, Entry>> bases = new TreeMap<>();
            boolean newRoutes = false;
            for (DeviceId id : all) {
              DeviceSync sync = devices.get(id);
              if (sync != null) {
                SortedMap<EntryKey, Entry> base = pipeline.base(state, routes, id);
                bases.put(id, base);
                newRoutes |=
                    base.keySet().stream().anyMatch(k -> pipeline.routes(k) && sync.lacks(k));
              }
            }
            if (newRoutes && !failed) {
              inventories.insertRoutes(bases);
            } else {
              bases.forEach((id, base) -> sync(id).replaceBase(base));
            }
            failed = false;
          },
          this::refreshAllLater);
    }
    stale.add(device);
  }

  /** After an exception nobody knows which devices were brought up to date. */
  private void refreshAllLater() {
    stale.clear();
    control.schedule(
        () -> List.copyOf(devices.keySet()).forEach(this::refresh),
        RECOVER_MS,
        TimeUnit.MILLISECONDS);
  }

  /** Behind what is queued by now, and behind what that queues. */
  private void afterNext(Runnable task, Runnable reset) {
    control.execute(() -> control.execute(() -> control.execute(task, reset), reset), reset);
  }

  private void flowChanged(Applied a, SteeredFlow.Key key) {
    SteeredFlow before = a.before().loops().steered().get(key);
    SteeredFlow after = a.after().loops().steered().get(key);
    List<Entry> old = before == null ? List.of() : pipeline.ofFlow(a.before(), before);
    List<Entry> now = after == null ? List.of() : pipeline.ofFlow(a.after(), after);
    if (before != null && (after == null || !ingress(before).equals(ingress(after)))) {
      sync(ingress(before)).change(old, List.of());
    }
    if (after != null) {
      sync(ingress(after)).change(List.of(), now);
    }
  }

  private static DeviceId ingress(SteeredFlow flow) {
    return flow.path().ingress();
  }

  /** Completes when the switches hold what a command of the loops asked for. */
  CompletableFuture<Void> acknowledged(FabricState state, Command command) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    if (command instanceof Command.SteerFlow c) {
      SteeredFlow flow = state.loops().steered().get(c.flow());
      if (flow != null) {
        all.add(sync(ingress(flow)).settled(keys(pipeline.ofFlow(state, flow))));
      }
    } else if (command instanceof Command.MoveLeases c) {
      for (Command.Move m : c.moves()) {
        Lease lease = state.leases().get(m.lease());
        if (lease != null && lease.state().steers()) {
          all.add(settled(state, lease));
        }
      }
    } else {
      // Routes and queues: written soon, with all else of their devices that changed.
      Set<DeviceId> concerned = new TreeSet<>(stale);
      CompletableFuture<Void> written = new CompletableFuture<>();
      afterNext(
          () ->
              CompletableFuture.allOf(
                      concerned.stream()
                          .map(devices::get)
                          .filter(Objects::nonNull)
                          .map(DeviceSync::settled)
                          .toArray(CompletableFuture[]::new))
                  .whenComplete((v, t) -> written.complete(null)),
          () -> written.complete(null));
      all.add(written);
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /**
   * Completes when the switch holds what a lease's flows should follow. A gate that ends before the
   * switch had it leaves its place to the entries behind it, which count then.
   */
  private CompletableFuture<Void> settled(FabricState state, Lease lease) {
    DeviceSync at = sync(lease.path().ingress());
    Gate gate = gates.get(lease.name());
    if (gate == null || gate.generation != lease.generation()) {
      return at.settled(keys(pipeline.ofLease(state, lease)));
    }
    return at.settled(keys(gate.entries))
        .thenCompose(
            v ->
                gate.equals(gates.get(lease.name()))
                    ? CompletableFuture.completedFuture(null)
                    : at.settled(keys(gate.then)));
  }

  /** A device that is back within this concerns nobody but who repairs. */
  static final long LOST_MS = 3_000;

  /** Says in the log, from time to time, of which devices nobody knows what they hold. */
  private void watchContact(DeviceId device) {
    if (watched.add(device)) {
      lookAgain(device);
    }
  }

  private void lookAgain(DeviceId device) {
    control.schedule(
        () -> {
          DeviceSync sync = devices.get(device);
          if (sync == null || sync.status().phase() != Phase.DISCONNECTED) {
            watched.remove(device);
            return;
          }
          String why = sync.status().reason();
          if (!why.equals(stateLog.state().lost().get(device))) {
            log.warn(
                "{}: no session with this cluster, its leases are unconfirmed: {}", device, why);
            submit(new Command.ObserveDevice(device, why, clockMs.getAsLong()));
          }
          lookAgain(device);
        },
        () -> watched.remove(device),
        LOST_MS,
        TimeUnit.MILLISECONDS);
  }

  /** The phase of a device changed. */
  private void changed(DeviceId device) {
    DeviceSync sync = devices.get(device);
    Phase phase = sync == null ? Phase.DISCONNECTED : sync.status().phase();
    boolean known = phase == Phase.READY || phase == Phase.FAILED;
    if (known && stateLog.state().lost().containsKey(device)) {
      log.info("{}: has a session again", device);
      submit(new Command.ObserveDevice(device, "", clockMs.getAsLong()));
    }
    callbacks.forEach(Runnable::run);
  }

  void ready(DeviceId device) {
    DeviceSync sync = devices.get(device);
    if (sync != null) {
      sync.ready();
    }
  }

  void lost(DeviceId device, String why) {
    DeviceSync sync = devices.get(device);
    if (sync != null) {
      sync.lost(why);
      watchContact(device);
    }
  }

  void doubtful(DeviceId device) {
    DeviceSync sync = devices.get(device);
    if (sync != null) {
      sync.doubtful();
    }
  }

  private void everything(FabricState state) {
    gates.clear(); // the entries behind them are written at once
    for (DeviceId id : ids()) {
      if (!state.inventory().devices().containsKey(id)) {
        drop(id);
      }
    }
    Routes routes = Routes.of(state);
    for (Map.Entry<DeviceId, Device> e : state.inventory().devices()) {
      connect(e.getValue());
      at(e.getKey()).replaceDesired(pipeline.entries(state, routes, e.getKey()));
    }
    inventories.reset(state);
  }

  // ---- for InventoryChange ---------------------------------------------------------------------

  /** Devices that are connected, or should be. */
  List<DeviceId> ids() {
    return List.copyOf(connected.keySet());
  }

  DeviceSync at(DeviceId device) {
    return sync(device);
  }

  /**
   * Has a session with a device: another one if it is reached elsewhere now.
   *
   * @return whether it is new
   */
  boolean connect(Device device) {
    Device before = connected.get(device.id());
    boolean same =
        before != null
            && before.address().equals(device.address())
            && before.p4DeviceId() == device.p4DeviceId();
    if (same) {
      return false;
    }
    if (before != null) {
      southbound.disconnect(device.id());
    }
    DeviceId id = device.id();
    devices.put(
        id,
        new DeviceSync(
            id, southbound, control, clockMs, () -> changed(id), key -> onMade.accept(id, key)));
    southbound.connect(device, listener);
    connected.put(id, device); // not before: where connecting throws, it is tried again
    watchContact(id);
    return true;
  }

  void drop(DeviceId device) {
    southbound.disconnect(device);
    connected.remove(device);
    devices.remove(device);
  }

  boolean isConnected(DeviceId device) {
    return of(device).phase() != Phase.DISCONNECTED;
  }

  /** What waited for a session's switch waits for that of the next one. */
  void followAgain(FabricState state, Set<DeviceId> anew) {
    if (anew.isEmpty()) {
      return;
    }
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease lease = e.getValue();
      if (!lease.state().ended() && anew.contains(lease.path().ingress())) {
        follow(state, lease);
      }
    }
  }

  void refreshAll() {
    ids().forEach(this::refresh);
  }

  void tell(Command command) {
    submit(command);
  }

  @Override
  public boolean settled(DeviceId device) {
    DeviceSync sync = devices.get(device);
    return sync != null && sync.status().phase() == Phase.READY && sync.holdsAll();
  }

  @Override
  public boolean expects(LinkId link) {
    return inventories.isJoined(link);
  }

  private void leaseChanged(Applied a, LeaseName name, Map<DeviceId, Changes> changes) {
    Lease before = a.before().leases().get(name);
    Lease after = a.after().leases().get(name);
    List<Entry> old = entries(a.before(), before);
    List<Entry> now = entries(a.after(), after);
    Gate gate = gates.remove(name);
    if (gate != null) {
      sync(gate.device).change(gate.entries, gate.then); // as if it had passed
    }
    if (before != null && after != null && passable(a.after(), before, after)) {
      DeviceId at = after.path().ingress();
      open(name, new Gate(at, after.generation(), pipeline.gates(now), now));
    } else if (!old.equals(now)) {
      DeviceId from = old.isEmpty() || before == null ? null : before.path().ingress();
      DeviceId to = now.isEmpty() || after == null ? null : after.path().ingress();
      if (to != null) {
        List<EntryKey> kept = now.stream().map(Entry::key).toList();
        List<Entry> drop =
            to.equals(from)
                ? old.stream().filter(e -> !kept.contains(e.key())).toList()
                : List.of();
        changes.computeIfAbsent(to, d -> new Changes()).add(drop, now);
      }
      if (from != null && !from.equals(to)) {
        changes.computeIfAbsent(from, d -> new Changes()).add(old, List.of());
      }
    }
  }

  /** What one command changes on one device: written in one go. */
  private static final class Changes {
    private final List<Entry> remove = new ArrayList<>();
    private final List<Entry> add = new ArrayList<>();

    void add(List<Entry> gone, List<Entry> there) {
      remove.addAll(gone);
      add.addAll(there);
    }
  }

  /**
   * Whether flows may finish their messages on a lease's old path: it still works, and nobody else
   * got its room.
   */
  private static boolean passable(FabricState s, Lease before, Lease after) {
    if (before.state() != LeaseState.ACTIVE
        || !after.state().steers()
        || before.path().equals(after.path())
        || !before.spec().traffic().equals(after.spec().traffic())
        || !before.path().egress().get(0).device().equals(after.path().egress().get(0).device())) {
      return false;
    }
    for (LinkId link : before.path().links()) {
      boolean both = after.path().links().contains(link);
      if (!s.isUp(link) || (!both && s.unheldBps(link) < before.heldBps())) {
        return false;
      }
    }
    return true;
  }

  /** Takes flows over one by one, each between two of its messages, then whoever is left. */
  private void open(LeaseName name, Gate gate) {
    gates.put(name, gate);
    sync(gate.device).change(List.of(), gate.entries);
    control.schedule(
        () -> {
          if (gates.remove(name, gate)) {
            sync(gate.device).change(gate.entries, gate.then);
          }
        },
        GATE_MS,
        TimeUnit.MILLISECONDS);
  }

  private List<Entry> entries(FabricState state, @Nullable Lease lease) {
    return lease == null ? List.of() : pipeline.ofLease(state, lease);
  }

  private DeviceSync sync(DeviceId device) {
    DeviceSync sync = devices.get(device);
    if (sync == null) {
      throw new AssertionError("a lease enters at " + device + ", which the inventory lacks");
    }
    return sync;
  }

  /** Reports to the log when the switches hold what the lease's state asks for. */
  private void follow(FabricState state, Lease lease) {
    LeaseName name = lease.name();
    long generation = lease.generation();
    if (lease.state() == LeaseState.PROVISIONING) {
      settled(state, lease)
          .whenComplete(
              (done, t) -> {
                if (t == null) {
                  provisioned(new Command.Held(name, generation));
                } else {
                  submit(
                      new Command.ProvisioningFailed(
                          name, generation, message(t), clockMs.getAsLong()));
                }
              });
    } else if (lease.awaitsSwitch()) {
      // A burst that ends: until the switch says so, nobody else may have it.
      sync(lease.path().ingress())
          .agreed(keys(pipeline.ofLease(state, lease)))
          .thenRun(() -> provisioned(new Command.Held(name, generation)));
    } else if (lease.state() == LeaseState.RELEASING) {
      DeviceId ingress = lease.path().ingress();
      sync(ingress)
          .gone(
              everPut(state, lease.asHeld()),
              why ->
                  submit(
                      new Command.ReleaseRefused(
                          name,
                          generation,
                          "switch " + ingress + " refuses to remove its entry: " + why,
                          clockMs.getAsLong())))
          .thenAccept(gone -> submit(new Command.Released(name, generation, clockMs.getAsLong())));
    }
  }

  /** Switches acknowledge many entries at once; the log is told once. */
  private void provisioned(Command.Held held) {
    if (acknowledged.isEmpty()) {
      tellProvisioned();
    }
    acknowledged.add(held);
  }

  /** Soon; what could not be said is said later, with what came since. */
  private void tellProvisioned() {
    control.execute(
        () -> {
          submit(new Command.Provisioned(List.copyOf(acknowledged), clockMs.getAsLong()));
          acknowledged.clear();
        },
        () -> control.schedule(this::tellProvisioned, RECOVER_MS, TimeUnit.MILLISECONDS));
  }

  private static String message(Throwable t) {
    return t.getMessage() == null ? t.toString() : t.getMessage();
  }

  /** Where a lease has entries, or had them while its flows went over to another path. */
  private List<EntryKey> everPut(FabricState state, Lease held) {
    List<Entry> entries = pipeline.ofLease(state, held);
    List<EntryKey> all = new ArrayList<>(keys(entries));
    all.addAll(keys(pipeline.gates(entries)));
    return all;
  }

  private static List<EntryKey> keys(List<Entry> entries) {
    List<EntryKey> keys = new ArrayList<>();
    entries.forEach(e -> keys.add(e.key()));
    return keys;
  }

  private void submit(Command command) {
    stateLog
        .submit(command)
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                log.info("leadership ended before the log had {}", command);
              }
            });
  }
}
