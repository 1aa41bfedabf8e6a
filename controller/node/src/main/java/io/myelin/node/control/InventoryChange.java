package io.myelin.node.control;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.port.StateLog;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.StateMachine;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings all switches from one inventory to the next, make before break over the whole fabric
 * (invariant 4): each stage is on every switch that answers before the next one begins on any.
 *
 * <ol>
 *   <li>{@code AWAY}: routed traffic leaves the cables that go, as if they were drained; then what
 *       is on them arrives.
 *   <li>{@code JOIN}: switches get what the next inventory adds and changes, and keep what it does
 *       not have any more. New hosts' links are said to be there once this is done; new cables are
 *       seen by discovery.
 *   <li>{@code GONE}: what is left of the last inventory goes; switches that went are emptied.
 * </ol>
 *
 * <p>For example: the cable leaf1/2 - spine2/1 goes. If both switches removed its entries at once,
 * spine2 would stop to trust its port 1 while leaf1 still spreads packets over it. So first leaf1
 * gets groups without port 2, and spine2 those that reach leaf1 another way; then, 100 ms after
 * both acknowledged, the entries of the two ports go.
 *
 * <p>Inventories that come meanwhile wait, and are taken as one. A link that fails ends the stages
 * at once: detours hold only so long. Confined to the control thread.
 */
final class InventoryChange {
  private static final Logger log = LoggerFactory.getLogger(InventoryChange.class);

  /** A switch that does not take its entries within this is not waited for any more. */
  static final long PATIENCE_MS = 5_000;

  /** Packets that were on a cable when its routes changed have arrived by then. */
  static final long ARRIVED_MS = 100;

  private static final long LOOK_MS = 10;

  /** Before links of hosts whose switch was busy are looked at again. */
  private static final long ANNOUNCE_MS = 100;

  private enum Stage {
    IDLE,
    AWAY,
    ARRIVING,
    JOIN,
    GONE,
    /** Switches that had no route to some host get one, before others send packets there. */
    ROUTES
  }

  private final Reconciler switches;
  private final Pipeline pipeline;
  private final StateLog stateLog;
  private final GuardedExecutor control;
  private final LongSupplier clockMs;
  private final Runnable compareAllLater;

  private Stage stage = Stage.IDLE;
  private long untilMs;
  private boolean lookScheduled;
  private boolean announcing;

  /** What switches were last asked to hold, additions included. */
  private Inventory joined = Inventory.EMPTY;

  /** What is being changed to: the newest state of that inventory when it was last looked for. */
  private @Nullable FabricState to;

  /**
   * @param compareAllLater asked for after an exception, when nobody knows which stage was reached:
   *     what it does ends in {@link #reset}
   */
  InventoryChange(
      Reconciler switches,
      Pipeline pipeline,
      StateLog stateLog,
      GuardedExecutor control,
      LongSupplier clockMs,
      Runnable compareAllLater) {
    this.compareAllLater = compareAllLater;
    this.switches = switches;
    this.pipeline = pipeline;
    this.stateLog = stateLog;
    this.control = control;
    this.clockMs = clockMs;
  }

  /** Everything was asked for at once: what was under way is over. */
  void reset(FabricState state) {
    stage = Stage.IDLE;
    to = null;
    joined = state.inventory();
    announce();
  }

  /** Whether tables follow an inventory change just now, and nothing else may replace them. */
  boolean isUnderWay() {
    return stage != Stage.IDLE;
  }

  /** Whether switches hold what a link needs, and will. */
  boolean isJoined(LinkId link) {
    return isSteady() && joined.links().containsKey(link);
  }

  /** What was asked for last was added everywhere; what is under way may take some of it away. */
  private boolean isSteady() {
    return switch (stage) {
      case IDLE, GONE, ROUTES -> true;
      case AWAY, ARRIVING, JOIN -> false;
    };
  }

  /** Another inventory is in force. */
  void begin(FabricState before) {
    if (stage == Stage.ROUTES) {
      stage = Stage.IDLE; // it ends with all routes
    }
    FabricState t = to;
    if (t != null) {
      to = before.inventory().equals(t.inventory()) ? before : t; // newer; its turn comes
      return;
    }
    FabricState next = stateLog.state();
    to = next;
    List<LinkId> going = new ArrayList<>();
    before
        .inventory()
        .links()
        .forEach(
            (id, l) -> {
              if (!next.inventory().links().containsKey(id)) {
                going.add(id);
              }
            });
    if (going.isEmpty()) {
      join();
      return;
    }
    FabricState emptied =
        StateMachine.apply(before, new Command.SetDrained(going, true, before.revision())).after();
    Routes routes = Routes.of(emptied);
    for (DeviceId id : switches.ids()) {
      if (before.inventory().devices().containsKey(id)) {
        switches.at(id).replaceBase(pipeline.base(emptied, routes, id));
      }
    }
    await(Stage.AWAY, PATIENCE_MS);
  }

  /** A link failed, or an operator drains: routes must follow now. */
  void hurry() {
    if (stage == Stage.AWAY || stage == Stage.ARRIVING) {
      join();
    }
    if (stage == Stage.JOIN) {
      gone();
    }
    if (stage == Stage.ROUTES) {
      stage = Stage.IDLE;
    }
  }

  /**
   * Routes are added where there were none, for example on a switch that is new to the fabric; the
   * others follow once these are there.
   *
   * @param bases of all devices whose routes changed
   */
  void insertRoutes(Map<DeviceId, SortedMap<EntryKey, Entry>> bases) {
    bases.forEach(
        (id, base) -> {
          Map<EntryKey, Entry> added = new HashMap<>();
          base.forEach(
              (key, entry) -> {
                if (switches.at(id).lacks(key)) {
                  added.put(key, entry);
                }
              });
          switches.at(id).joinBase(added);
        });
    await(Stage.ROUTES, PATIENCE_MS);
  }

  private void await(Stage next, long patienceMs) {
    stage = next;
    untilMs = clockMs.getAsLong() + patienceMs;
    if (!lookScheduled) {
      lookLater();
    }
  }

  private void lookLater() {
    lookScheduled = true;
    control.schedule(
        this::look,
        () -> {
          lookScheduled = false;
          compareAllLater.run();
        },
        LOOK_MS,
        TimeUnit.MILLISECONDS);
  }

  private void look() {
    lookScheduled = false;
    boolean late = clockMs.getAsLong() >= untilMs;
    switch (stage) {
      case IDLE -> {
        return;
      }
      case AWAY -> {
        if (late || allHold()) {
          await(Stage.ARRIVING, ARRIVED_MS);
        }
      }
      case ARRIVING -> {
        if (late) {
          join();
        }
      }
      case JOIN -> {
        if (late || allHold()) {
          gone();
        }
      }
      case GONE -> {
        if (late || allHold()) {
          end();
        }
      }
      case ROUTES -> {
        if (late || allHold()) {
          stage = Stage.IDLE;
          switches.refreshAll();
        }
      }
    }
    if (stage != Stage.IDLE && !lookScheduled) {
      lookLater();
    }
  }

  /** Of those that answer. */
  private boolean allHold() {
    for (DeviceId id : switches.ids()) {
      if (!switches.at(id).holdsAll() && switches.isConnected(id)) {
        return false;
      }
    }
    return true;
  }

  private void join() {
    FabricState next = state();
    joined = next.inventory();
    Routes routes = Routes.of(next);
    stage = Stage.JOIN;
    Set<DeviceId> anew = new TreeSet<>();
    for (Map.Entry<DeviceId, Device> e : next.inventory().devices()) {
      DeviceId id = e.getKey();
      if (switches.connect(e.getValue())) {
        anew.add(id);
        switches.at(id).replaceDesired(pipeline.entries(next, routes, id));
      } else {
        switches.at(id).joinBase(pipeline.base(next, routes, id));
      }
    }
    switches.followAgain(next, anew);
    await(Stage.JOIN, PATIENCE_MS);
  }

  private void gone() {
    FabricState next = state();
    stage = Stage.GONE;
    announce();
    Routes routes = Routes.of(next);
    for (DeviceId id : switches.ids()) {
      DeviceSync sync = switches.at(id);
      if (next.inventory().devices().containsKey(id)) {
        sync.replaceBase(pipeline.base(next, routes, id));
      } else {
        sync.replaceDesired(new HashMap<>());
      }
    }
    await(Stage.GONE, PATIENCE_MS);
  }

  /** The newest state, unless its inventory is one that waits for its turn. */
  private FabricState state() {
    FabricState now = stateLog.state();
    FabricState t = to;
    if (t == null || now.inventory().equals(t.inventory())) {
      to = now;
      return now;
    }
    return t;
  }

  private void end() {
    FabricState reached = state();
    for (DeviceId id : switches.ids()) {
      if (!reached.inventory().devices().containsKey(id)) {
        log.info("{}: not in the inventory any more, let go", id);
        switches.drop(id);
      }
    }
    stage = Stage.IDLE;
    to = null;
    if (stateLog.state().inventory().equals(reached.inventory())) {
      switches.refreshAll(); // what became of links meanwhile
    } else {
      begin(reached);
    }
  }

  /**
   * Says of new hosts' links that they are there, once their switches hold what they need: leases
   * may use them from then on.
   */
  private void announce() {
    if (!announcing) {
      announcing = true;
      control.execute(this::announceNow, this::announceAgain);
    }
  }

  /** After an exception: links that were not spoken of would be down for good. */
  private void announceAgain() {
    announcing = true;
    control.schedule(
        this::announceNow, this::announceAgain, Reconciler.RECOVER_MS, TimeUnit.MILLISECONDS);
  }

  private void announceNow() {
    announcing = false;
    FabricState state = stateLog.state();
    boolean left = false;
    for (Map.Entry<EndpointId, Endpoint> e : joined.endpoints()) {
      Endpoint host = e.getValue();
      for (LinkId link : List.of(host.uplink(), host.downlink())) {
        Integer n = state.topology().number(link);
        if (n == null || state.links().get(n).up()) {
          continue;
        }
        boolean there = isSteady() && switches.settled(host.attachment().device());
        left |= !there;
        if (there) {
          switches.tell(
              new Command.ObserveLink(
                  link, true, Command.ObserveLink.UNKNOWN, clockMs.getAsLong()));
        }
      }
    }
    if (left) {
      announcing = true;
      control.schedule(this::announceNow, this::announceAgain, ANNOUNCE_MS, TimeUnit.MILLISECONDS);
    }
  }
}
