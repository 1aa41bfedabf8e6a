package io.myelin.onos.southbound;

import io.myelin.core.model.Device;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.Table;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.port.Southbound.Listener;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.onos.pipeline.MyelinPacketIn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.onosproject.net.DeviceId;
import org.onosproject.net.MastershipRole;
import org.onosproject.net.Port;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.FlowRuleOperations;
import org.onosproject.net.flow.FlowRuleOperationsContext;
import org.onosproject.net.pi.model.PiPipeconf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One device as ONOS shows it. */
final class OnosDevice {
  private static final Logger log = LoggerFactory.getLogger(OnosDevice.class);

  /** ONOS answers within its own batch timeout, 5 s, or never. */
  private static final long WRITE_TIMEOUT_S = 15;

  /**
   * ONOS says that a rule failed, but not why. What fails this often in a row is refused, not late.
   */
  private static final int TRIES = 3;

  /**
   * Looks after a device became ready in which no failure is final. A node that takes a device over
   * may not know of rules that the last one wrote, and cannot write them again; ONOS's next poll
   * finds them on the switch, and takes them away.
   */
  static final int SETTLING = 60;

  private final OnosServices onos;
  private final PiEntries entries;
  private final CloneSessions clones;
  private final DirectMeters meters;
  private final Device device;
  private final DeviceId id;
  private final Listener listener;

  /** As the core wants them, watch ports included, while ONOS holds them. */
  private final Map<EntryKey, Entry> wanted = new ConcurrentHashMap<>();

  private final Map<EntryKey, Integer> failures = new ConcurrentHashMap<>();
  private volatile Set<Integer> down = Set.of();
  private final MastershipBackoff bids = new MastershipBackoff();
  private boolean isReady;
  private volatile int readyFor;
  private boolean everLooked;
  private volatile boolean closed;

  OnosDevice(
      OnosServices onos,
      PiEntries entries,
      CloneSessions clones,
      DirectMeters meters,
      Device device,
      DeviceId id,
      Listener listener) {
    this.onos = onos;
    this.entries = entries;
    this.clones = clones;
    this.meters = meters;
    this.device = device;
    this.id = id;
    this.listener = listener;
  }

  DeviceId id() {
    return id;
  }

  void close() {
    closed = true;
  }

  // ---- whether it can be driven ----------------------------------------------------------------

  /** Looks from time to time. */
  synchronized void tick() {
    bids.tick(isReady);
    readyFor = isReady ? readyFor + 1 : 0;
    look();
  }

  /** Looks how the device is, and says so when that changed. */
  synchronized void look() {
    if (closed) {
      return;
    }
    String why = obstacle();
    boolean now = why.isEmpty();
    if (now == isReady && everLooked) {
      return;
    }
    everLooked = true;
    isReady = now;
    readyFor = 0;
    if (now) {
      down = portsDown();
      wanted.clear();
      failures.clear();
      log.info("{}: {} is ready", device.id(), id);
      listener.ready(device.id());
    } else {
      log.info("{}: {}", device.id(), why);
      listener.lost(device.id(), why);
    }
  }

  /** What is in the way of driving it; empty: nothing. */
  private String obstacle() {
    if (onos.devices().getDevice(id) == null) {
      return "ONOS does not know " + id + "; is it in the netcfg?";
    }
    var pipeconf = onos.pipeconfs().getPipeconf(id).map(PiPipeconf::id);
    if (pipeconf.isEmpty() || !pipeconf.get().equals(onos.pipeconf().id())) {
      return id
          + " has pipeconf "
          + pipeconf.map(Object::toString).orElse("none")
          + ", not "
          + onos.pipeconf().id();
    }
    if (!onos.devices().isAvailable(id)) {
      return "ONOS has no connection with " + id;
    }
    if (!onos.mastership().isLocalMaster(id)) {
      if (bids.due()) {
        onos.mastershipAdmin()
            .setRole(onos.local(), id, MastershipRole.MASTER)
            .whenComplete((v, t) -> log.debug("{}: bid for mastership", id, t));
      }
      return "another ONOS node is master of " + id;
    }
    return "";
  }

  private Set<Integer> portsDown() {
    Set<Integer> down = new HashSet<>();
    for (Port p : onos.devices().getPorts(id)) {
      if (!p.isEnabled() && !p.number().isLogical()) {
        down.add((int) p.number().toLong());
      }
    }
    return down;
  }

  /** Takes the place of the switch's watch ports. */
  void portsChanged() {
    Set<Integer> before = down;
    Set<Integer> now = portsDown();
    down = now;
    Set<Integer> changed = new HashSet<>(before);
    changed.addAll(now);
    changed.removeIf(p -> before.contains(p) == now.contains(p));
    for (int port : changed) {
      if (now.contains(port) && port < PortRef.CPU) {
        listener.packetIn(device.id(), port, PuntReason.PORT_DOWN, 0, new byte[0]);
      }
    }
    List<TableUpdate> again = new ArrayList<>();
    for (Entry e : wanted.values()) {
      if (changed.stream().anyMatch(p -> WatchedPorts.watches(e, p))) {
        again.add(new TableUpdate(TableUpdate.Type.MODIFY, e));
      }
    }
    if (!again.isEmpty()) {
      write(again)
          .whenComplete(
              (outcomes, t) -> {
                if (t != null || !outcomes.stream().allMatch(WriteOutcome::isAcknowledged)) {
                  listener.doubtful(device.id(), "groups do not follow ports " + changed);
                }
              });
    }
  }

  void packetIn(MyelinPacketIn in) {
    listener.packetIn(
        device.id(),
        (int) in.receivedFrom().port().toLong(),
        in.reason(),
        in.switchTimeUs(),
        in.frame());
  }

  // ---- writing ---------------------------------------------------------------------------------

  /** Rules first, in one operation; then the meters of those that are there. */
  CompletableFuture<List<WriteOutcome>> write(List<TableUpdate> updates) {
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    Map<EntryKey, String> failed = new ConcurrentHashMap<>();
    List<TableUpdate> rules = new ArrayList<>();
    for (TableUpdate u : updates) {
      EntryKey key = u.entry().key();
      if (key.table().isCloneSessions()) {
        parts.add(
            clones
                .write(id, u)
                .orTimeout(WRITE_TIMEOUT_S, TimeUnit.SECONDS)
                .thenAccept(
                    ok -> {
                      if (!ok) {
                        failed.put(key, "ONOS could not write the clone session");
                      }
                    }));
      } else {
        rules.add(u);
      }
    }
    if (!rules.isEmpty()) {
      parts.add(
          writeRules(rules, failed)
              .thenCompose(
                  v -> {
                    List<Entry> metered = new ArrayList<>();
                    for (TableUpdate u : rules) {
                      Entry e = u.entry();
                      if (u.type() != TableUpdate.Type.DELETE
                          && e.meter() != null
                          && !failed.containsKey(e.key())) {
                        metered.add(e);
                      }
                    }
                    return meters.write(id, device.p4DeviceId(), metered);
                  })
              .thenAccept(failed::putAll));
    }
    return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
        .thenApply(v -> settle(updates, failed));
  }

  private CompletableFuture<Void> writeRules(
      List<TableUpdate> updates, Map<EntryKey, String> failed) {
    FlowRuleOperations.Builder ops = FlowRuleOperations.builder();
    Map<FlowRule, EntryKey> keys = new HashMap<>();
    boolean any = false;
    for (TableUpdate u : updates) {
      try {
        FlowRule rule = entries.rule(id, WatchedPorts.effective(u.entry(), down::contains));
        keys.put(rule, u.entry().key());
        any = true;
        if (u.type() == TableUpdate.Type.DELETE) {
          ops.remove(rule);
        } else {
          ops.add(rule);
        }
      } catch (IllegalArgumentException e) {
        failed.put(u.entry().key(), NEVER + e.getMessage());
      }
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!any) {
      done.complete(null);
      return done;
    }
    onos.flows()
        .apply(
            ops.build(
                new FlowRuleOperationsContext() {
                  @Override
                  public void onSuccess(FlowRuleOperations all) {
                    done.complete(null);
                  }

                  @Override
                  public void onError(FlowRuleOperations some) {
                    for (Set<FlowRuleOperation> stage : some.stages()) {
                      for (FlowRuleOperation op : stage) {
                        EntryKey key = keys.get(op.rule());
                        if (key != null) {
                          failed.put(key, "ONOS could not write the rule; its log says why");
                        }
                      }
                    }
                    done.complete(null);
                  }
                }));
    return done.orTimeout(WRITE_TIMEOUT_S, TimeUnit.SECONDS);
  }

  /** Marks what is wrong with an entry itself. */
  private static final String NEVER = "!";

  private List<WriteOutcome> settle(List<TableUpdate> updates, Map<EntryKey, String> failed) {
    List<WriteOutcome> result = new ArrayList<>();
    for (TableUpdate u : updates) {
      EntryKey key = u.entry().key();
      String why = failed.get(key);
      if (why == null) {
        failures.remove(key);
        if (u.type() == TableUpdate.Type.DELETE) {
          wanted.remove(key);
        } else {
          wanted.put(key, u.entry());
        }
        result.add(WriteOutcome.acknowledged());
      } else if (why.startsWith(NEVER)) {
        result.add(WriteOutcome.refused(why.substring(NEVER.length())));
      } else {
        int times = failures.merge(key, 1, Integer::sum);
        result.add(
            times >= TRIES && readyFor >= SETTLING
                ? WriteOutcome.refused(why)
                : WriteOutcome.retrying(why));
      }
    }
    return result;
  }

  // ---- reading ---------------------------------------------------------------------------------

  /** What ONOS holds of ours, with watch ports and meters put back where they are known. */
  CompletableFuture<Map<EntryKey, Entry>> readTables() {
    return later(() -> meters.read(id, device.p4DeviceId()))
        .thenApply(
            found -> {
              Map<EntryKey, Entry> all = new HashMap<>();
              for (FlowEntry f : onos.flows().getFlowEntries(id)) {
                Entry e = ours(f);
                if (e != null && !e.key().isDefault()) {
                  Entry full = new Entry(e.key(), e.action(), found.get(e.key()));
                  Entry want = wanted.get(e.key());
                  all.put(e.key(), want != null && same(want, full) ? want : full);
                }
              }
              clones.read(id).forEach(e -> all.put(e.key(), e));
              return all;
            });
  }

  /** Whether what is read is what writing the wanted entry leaves behind. */
  private boolean same(Entry want, Entry read) {
    Entry written = WatchedPorts.effective(want, down::contains);
    return entries.rule(id, written).exactMatch(entries.rule(id, read))
        && entries.rule(id, written).treatment().equals(entries.rule(id, read).treatment())
        && (want.meter() == null || want.meter().equals(read.meter()));
  }

  private @Nullable Entry ours(FlowEntry f) {
    return f.appId() == onos.app().id() && f.state() == FlowEntry.FlowEntryState.ADDED
        ? entries.entry(f)
        : null;
  }

  CompletableFuture<List<List<Count>>> readCounters(List<String> names) {
    return later(() -> meters.counters(id, device.p4DeviceId(), names));
  }

  CompletableFuture<Map<EntryKey, Count>> readDirect(Table table) {
    Map<EntryKey, Count> counts = new HashMap<>();
    for (FlowEntry f : onos.flows().getFlowEntries(id)) {
      Entry e = ours(f);
      if (e != null && e.key().table() == table && !e.key().isDefault()) {
        counts.put(e.key(), new Count(f.packets(), f.bytes()));
      }
    }
    return CompletableFuture.completedFuture(counts);
  }

  /** A call of ONOS that may fail at once: both kinds of failure look alike to the caller. */
  private static <T> CompletableFuture<T> later(Supplier<CompletableFuture<T>> call) {
    try {
      return call.get().orTimeout(WRITE_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (IllegalStateException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
