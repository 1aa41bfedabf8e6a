package io.myelin.node.northbound;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Mtu;
import io.myelin.core.path.Topology;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.FabricState;
import io.myelin.v1.Condition;
import io.myelin.v1.ConditionType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What is not as it should be while everything goes on, and since when. Looked at again and again,
 * so that it is known since when, also where nobody asks. Thread-safe.
 */
final class Conditions {
  /** Declared and measured latency may differ by this factor. */
  private static final int FACTOR = 4;

  /** What a software switch adds to a measurement, and 20 km of fibre: no mismatch below this. */
  private static final long SLACK_NS = 100_000;

  /** Devices or links that a summary names. */
  private static final int NAMED = 3;

  private final StateLog stateLog;
  private final DeviceStatus status;
  private final Own own;
  private final LongSupplier clockMs;
  private Map<Key, Long> since = new HashMap<>();
  private volatile Seen last = Seen.NOTHING;
  private volatile Mtus mtus = new Mtus(Inventory.EMPTY, Map.of());

  private record Mtus(Inventory inventory, Map<LinkId, String> tooSmall) {}

  /**
   * What a member knows of itself; each an empty text, or 0, where all is well.
   *
   * @param inventory why the inventory file is not applied
   * @param differs in how much it differs from the inventory in force
   * @param audit why the audit log cannot be written
   * @param errors tasks that failed since the start
   */
  record Own(
      Supplier<String> inventory,
      Supplier<String> differs,
      Supplier<String> audit,
      LongSupplier errors) {}

  /** Which condition; {@code about} a device, a link, or nothing of these. */
  private record Key(ConditionType type, String about) {}

  Conditions(StateLog stateLog, DeviceStatus status, Own own, LongSupplier clockMs) {
    this.stateLog = stateLog;
    this.status = status;
    this.own = own;
    this.clockMs = clockMs;
  }

  /** All at one moment. */
  static final class Seen {
    /** Seen by nobody yet. */
    static final Seen NOTHING = new Seen(Map.of());

    private final Map<Key, Condition> all;

    private Seen(Map<Key, Condition> all) {
      this.all = all;
    }

    /** Those of a device or of a link. */
    List<Condition> of(String about) {
      List<Condition> some = new ArrayList<>();
      for (ConditionType type : ConditionType.values()) {
        Condition c = all.get(new Key(type, about));
        if (c != null) {
          some.add(c);
        }
      }
      return some;
    }

    /** Those about no device or link. */
    List<Condition> general() {
      return of("");
    }

    /** One of each type: what is about many is counted, and the first are named. */
    List<Condition> summary() {
      List<Condition> sum = new ArrayList<>();
      for (ConditionType type : ConditionType.values()) {
        Map<String, Condition> of = new TreeMap<>();
        all.forEach(
            (key, c) -> {
              if (key.type == type) {
                of.put(key.about, c);
              }
            });
        if (of.size() == 1) {
          sum.add(of.values().iterator().next());
        } else if (!of.isEmpty()) {
          sum.add(summary(new ArrayList<>(of.values())));
        }
      }
      return sum;
    }

    private static long sinceMs(Condition c) {
      return c.getSince().getSeconds() * 1_000 + c.getSince().getNanos() / 1_000_000;
    }

    private static Condition summary(List<Condition> some) {
      Condition first = some.get(0);
      StringBuilder text = new StringBuilder();
      for (Condition c : some) {
        if (sinceMs(c) < sinceMs(first)) {
          first = c;
        }
      }
      for (Condition c : some.subList(0, Math.min(NAMED, some.size()))) {
        text.append(text.length() == 0 ? "" : "; ").append(c.getMessage());
      }
      if (some.size() > NAMED) {
        text.append("; and ").append(some.size() - NAMED).append(" more");
      }
      return first.toBuilder().setMessage(text.toString()).build();
    }
  }

  /** What there is now. */
  synchronized Seen look() {
    Map<Key, String> found = new HashMap<>();
    FabricState s = stateLog.state();
    note(found, ConditionType.CONDITION_TYPE_INVENTORY_REFUSED, own.inventory.get());
    note(found, ConditionType.CONDITION_TYPE_INVENTORY_DIFFERS, own.differs.get());
    note(found, ConditionType.CONDITION_TYPE_AUDIT_FAILING, own.audit.get());
    long errors = own.errors.getAsLong();
    if (errors > 0) {
      note(
          found,
          ConditionType.CONDITION_TYPE_INTERNAL_ERRORS,
          errors + " internal errors since start; see the log");
    }
    for (Map.Entry<DeviceId, String> e : s.lost()) {
      found.put(
          new Key(ConditionType.CONDITION_TYPE_OUT_OF_HANDS, e.getKey().value()),
          e.getKey() + ": " + e.getValue() + "; its leases are unconfirmed");
    }
    Miscabling.text(s.inventory(), status.miscabled())
        .forEach(
            (link, text) ->
                found.put(new Key(ConditionType.CONDITION_TYPE_MISCABLED, link.value()), text));
    mtus(s.inventory())
        .forEach(
            (link, text) ->
                found.put(new Key(ConditionType.CONDITION_TYPE_MTU_TOO_SMALL, link.value()), text));
    latencies(s, found);
    Map<Key, Long> kept = new HashMap<>();
    Map<Key, Condition> all = new HashMap<>();
    long now = clockMs.getAsLong();
    found.forEach(
        (key, message) -> {
          long from = since.getOrDefault(key, now);
          kept.put(key, from);
          all.put(
              key,
              Condition.newBuilder()
                  .setType(key.type)
                  .setMessage(message)
                  .setSince(Protos.timestamp(from))
                  .build());
        });
    since = kept;
    Seen seen = new Seen(all);
    last = seen;
    return seen;
  }

  /** What there was when somebody last looked. */
  Seen last() {
    return last;
  }

  private static void note(Map<Key, String> found, ConditionType type, String message) {
    if (!message.isEmpty()) {
      found.put(new Key(type, ""), message);
    }
  }

  private static void latencies(FabricState s, Map<Key, String> found) {
    Topology t = s.topology();
    for (int l = 0; l < t.fabricLinks(); l++) {
      long declared = t.declaredLatencyNs(l);
      long measured = s.links().get(l).measuredLatencyNs();
      if (declared <= 0 || measured <= 0 || Math.abs(declared - measured) < SLACK_NS) {
        continue;
      }
      // Divided, not multiplied: latencies may be as large as a long.
      if (declared / FACTOR >= measured || measured / FACTOR >= declared) {
        LinkId id = t.id(l);
        found.put(
            new Key(ConditionType.CONDITION_TYPE_LATENCY_MISMATCH, id.value()),
            id
                + ": "
                + declared
                + " ns are declared, "
                + measured
                + " ns are measured: "
                + ratio(declared, measured));
      }
    }
  }

  private static String ratio(long declared, long measured) {
    boolean longer = measured > declared;
    double times = longer ? (double) measured / declared : (double) declared / measured;
    return String.format(
        Locale.ROOT, "%.1f times as %s as declared", times, longer ? "long" : "short");
  }

  /** Looked for once an inventory. */
  @SuppressWarnings("ReferenceEquality") // another object is another inventory
  private Map<LinkId, String> mtus(Inventory inventory) {
    Mtus m = mtus;
    if (m.inventory != inventory) {
      m = new Mtus(inventory, Mtu.tooSmall(inventory));
      mtus = m;
    }
    return m.tooSmall;
  }
}
