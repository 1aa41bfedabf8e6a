package io.myelin.sim.cluster;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Operators who change the inventory while the fabric runs: parts of what is there are taken out
 * and put in again, and what is said of it changes. The first spine with its cables and the first
 * host of each leaf always stay: something has to be served.
 */
final class Operators {
  private static final long AGAIN_NS = 50 * World.MS;
  private static final int ATTEMPTS = 40;

  private final World world;
  private final List<Member> members;
  private int applied;
  private int inUse;
  private int overtaken;

  Operators(World world, List<Member> members) {
    this.world = world;
    this.members = members;
  }

  /** Inventories that came into force. */
  int applied() {
    return applied;
  }

  /** Those that were refused with their users. */
  int inUse() {
    return inUse;
  }

  /** Those that were compared with another one than was in force. */
  int overtaken() {
    return overtaken;
  }

  void change(long seed) {
    attempt(seed, 0);
  }

  private void attempt(long seed, int attempt) {
    if (attempt == ATTEMPTS) {
      return;
    }
    Member m = members.get((int) ((seed + attempt) % members.size()));
    Runnable again = () -> world.after(AGAIN_NS, () -> attempt(seed, attempt + 1));
    if (m.isDead() || !m.log().leadership().leads()) {
      again.run();
      return;
    }
    m.deliver(() -> propose(m, seed, again));
  }

  private void propose(Member m, long seed, Runnable again) {
    FabricState s = m.log().state();
    Random r = new Random(seed);
    boolean stale = r.nextInt(12) == 0 && s.inventoryVersion() > 1;
    Inventory next = edited(s.inventory(), r);
    if (next == null) {
      return;
    }
    long base = s.inventoryVersion() - (stale ? 1 : 0);
    m.log()
        .submit(new Command.ApplyInventory(next, base, m.clock().getAsLong()))
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                again.run(); // it may be in force already: then the same changes nothing
              } else {
                count(a.outcome(), stale);
              }
            });
  }

  private void count(Outcome outcome, boolean stale) {
    if (outcome instanceof Outcome.InventoryUsed) {
      inUse++;
    } else if (outcome instanceof Outcome.InventoryOvertaken) {
      overtaken++;
    } else {
      applied++;
      if (stale) {
        throw world.violated(
            Invariants.DURABLE, "an inventory was applied that was compared with an older one");
      }
    }
  }

  // ---- what they change ------------------------------------------------------------------------

  private static @Nullable Inventory edited(Inventory now, Random r) {
    InventoryDraft d = new InventoryDraft(now);
    switch (r.nextInt(9)) {
      case 0, 1 -> {
        LinkId cable = pick(cables(now, now), r);
        if (cable == null) {
          return null;
        }
        d.without(cable);
      }
      case 2, 3 -> {
        LinkId cable = pick(cables(SimFabric.INVENTORY, now), r);
        if (cable == null) {
          return null;
        }
        put(d, SimFabric.link(cable), 1);
      }
      case 4 -> {
        EndpointId host = pick(hosts(now), r);
        if (host == null) {
          return null;
        }
        d.without(host);
      }
      case 5 -> addHosts(d, now, r);
      case 6 -> {
        DeviceId spine = pick(spines(now), r);
        if (spine == null) {
          return null;
        }
        d.without(spine);
      }
      case 7 -> addDevices(d, now);
      default -> describe(d, now, r);
    }
    try {
      return d.build();
    } catch (Invalid e) {
      throw new AssertionError("an edit that contradicts itself", e);
    }
  }

  /** Of one inventory; all that may go, or those that another has not yet. */
  private static List<LinkId> cables(Inventory of, Inventory now) {
    boolean going = of.equals(now);
    List<LinkId> all = new ArrayList<>();
    of.links()
        .forEach(
            (id, l) -> {
              boolean anchor = isAnchor(l.from().device()) || isAnchor(l.to().device());
              boolean ends =
                  now.devices().containsKey(l.from().device())
                      && now.devices().containsKey(l.to().device());
              if (!anchor && ends && going == now.links().containsKey(id)) {
                all.add(id);
              }
            });
    return all;
  }

  private static boolean isAnchor(DeviceId device) {
    return device.value().equals("spine1");
  }

  private static List<EndpointId> hosts(Inventory now) {
    List<EndpointId> all = new ArrayList<>();
    now.endpoints()
        .forEach(
            (id, e) -> {
              if (!isAnchor(id)) {
                all.add(id);
              }
            });
    return all;
  }

  static boolean isAnchor(EndpointId host) {
    return host.value().endsWith("-host1");
  }

  private static List<DeviceId> spines(Inventory now) {
    List<DeviceId> all = new ArrayList<>();
    now.devices()
        .forEach(
            (id, d) -> {
              if (d.role() == Device.Role.SPINE && !isAnchor(id)) {
                all.add(id);
              }
            });
    return all;
  }

  private static void addHosts(InventoryDraft d, Inventory now, Random r) {
    for (Map.Entry<EndpointId, Endpoint> e : SimFabric.INVENTORY.endpoints()) {
      if (!now.endpoints().containsKey(e.getKey()) && r.nextBoolean()) {
        d.put(e.getValue());
      }
    }
  }

  private static void addDevices(InventoryDraft d, Inventory now) {
    for (Map.Entry<DeviceId, Device> e : SimFabric.INVENTORY.devices()) {
      if (!now.devices().containsKey(e.getKey())) {
        d.put(e.getValue());
        for (Link l : SimFabric.INVENTORY.linksFrom(e.getKey())) {
          put(d, l, 1);
        }
      }
    }
  }

  private static void put(InventoryDraft d, Link cable, double share) {
    for (Link l : List.of(cable, SimFabric.link(cable.reverseId()))) {
      d.put(
          new Link(
              l.from(),
              l.to(),
              (long) (l.capacityBps() * share),
              l.latencyNs(),
              l.costMicrosPerGb(),
              l.facts()));
    }
  }

  /** What is said of things, and who may use them. */
  private static void describe(InventoryDraft d, Inventory now, Random r) {
    switch (r.nextInt(4)) {
      case 0 -> d.reservableShare(0.5 + r.nextInt(50) / 100.0);
      case 1 -> {
        List<LinkId> all = new ArrayList<>();
        now.links().forEach((id, l) -> all.add(id));
        put(d, SimFabric.link(all.get(r.nextInt(all.size()))), 0.5 + r.nextInt(100) / 100.0);
      }
      case 2 -> {
        TenantId other = new TenantId("other" + r.nextInt(3));
        if (now.tenants().containsKey(other)) {
          d.without(other);
        } else {
          d.put(new Tenant(other, List.of()));
        }
      }
      default -> {
        // As it was described first, but for what is there.
        SimFabric.INVENTORY.links().forEach((id, l) -> whole(d, now, l));
        d.reservableShare(SimFabric.INVENTORY.reservableShare());
      }
    }
  }

  private static void whole(InventoryDraft d, Inventory now, Link l) {
    if (now.links().containsKey(l.id())) {
      d.put(l);
    }
  }

  private static <T> @Nullable T pick(List<T> all, Random r) {
    return all.isEmpty() ? null : all.get(r.nextInt(all.size()));
  }
}
