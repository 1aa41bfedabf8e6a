package io.myelin.core.state;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who uses what another inventory does not have, or has no room for, any more. Pure.
 *
 * @param users the first of them, in order; at most {@link #NAMED}
 * @param count of all
 */
public record InventoryUse(List<User> users, int count) {

  /** Users that are named; all are counted. */
  public static final int NAMED = 100;

  /** Of these, in a message for people. */
  private static final int SAID = 5;

  /** Nobody. */
  public static final InventoryUse NONE = new InventoryUse(List.of(), 0);

  /**
   * One of them, once however much of it goes.
   *
   * @param what that it uses and that goes: the first of it
   */
  public record User(Kind kind, String name, String what) {
    /** What it is. */
    public enum Kind {
      LEASE,
      JOB,
      /** Traffic without a lease that the loop leads around a hot link. */
      GUIDED_FLOW
    }
  }

  public InventoryUse {
    users = List.copyOf(users);
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** Of an inventory that would come into force in a state. */
  public static InventoryUse of(FabricState s, Inventory next) {
    return of(s, new Topology(next));
  }

  static InventoryUse of(FabricState s, Topology next) {
    Map<String, User> found = new TreeMap<>();
    for (int l = 0; l < s.topology().links(); l++) {
      String gone = gone(s, l, next);
      if (gone != null) {
        s.links().get(l).leases().forEach((name, yes) -> note(found, s.leases().get(name), gone));
      }
    }
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease lease = e.getValue();
      if (!lease.state().ended() && !next.inventory().tenants().containsKey(e.getKey().tenant())) {
        note(found, lease, "tenant " + e.getKey().tenant());
      }
    }
    for (Map.Entry<SteeredFlow.Key, SteeredFlow> e : s.loops().steered()) {
      for (LinkId id : e.getValue().path().links()) {
        if (next.number(id) == null) {
          String name = e.getKey().toString();
          found.putIfAbsent("flow " + name, new User(User.Kind.GUIDED_FLOW, name, "link " + id));
        }
      }
    }
    return of(found);
  }

  /** Of those that stay, who may be moved: something of a link that they use differs. */
  public static InventoryUse affected(FabricState s, Inventory next) {
    Map<String, User> found = new TreeMap<>();
    for (int l = 0; l < s.topology().fabricLinks(); l++) {
      LinkId id = s.topology().id(l);
      Link old = s.topology().link(l);
      Link now = next.links().get(id);
      if (now != null && !now.equals(old)) {
        s.links()
            .get(l)
            .leases()
            .forEach((name, yes) -> note(found, s.leases().get(name), "link " + id));
      }
    }
    return of(found);
  }

  private static InventoryUse of(Map<String, User> found) {
    List<User> all = new ArrayList<>(found.values());
    return new InventoryUse(all.subList(0, Math.min(NAMED, all.size())), all.size());
  }

  /** For people: the first of them, and how many they are. */
  public String text() {
    StringBuilder s = new StringBuilder();
    for (User u : users.subList(0, Math.min(SAID, users.size()))) {
      s.append(s.length() == 0 ? "" : "; ").append(u.name).append(" uses ").append(u.what);
    }
    return count > SAID ? s + "; and " + (count - SAID) + " more" : s.toString();
  }

  private static void note(Map<String, User> found, @Nullable Lease lease, String what) {
    if (lease == null || lease.state().ended()) {
      return;
    }
    JobName job = lease.job();
    String name = job == null ? lease.name().toString() : job.toString();
    found.putIfAbsent(name, new User(job == null ? User.Kind.LEASE : User.Kind.JOB, name, what));
  }

  /** What of a link its leases lose; null: nothing. */
  private static @Nullable String gone(FabricState s, int link, Topology next) {
    LinkState l = s.links().get(link);
    if (l.leases().isEmpty()) {
      return null;
    }
    LinkId id = s.topology().id(link);
    Endpoint old = s.inventory().endpointByAccessLink(id);
    Integer n = next.number(id);
    if (n == null) {
      return old == null ? "link " + id : "endpoint " + old.id() + " at " + old.attachment();
    }
    Endpoint now = next.inventory().endpointByAccessLink(id);
    if (old != null && now != null && !old.ip().equals(now.ip())) {
      return "address " + old.ip() + " of endpoint " + old.id();
    }
    if (old != null && now != null && !old.tenant().equals(now.tenant())) {
      return "endpoint " + old.id() + " of tenant " + old.tenant();
    }
    long taken = Math.max(l.heldBps(), l.booked().peakBps());
    return taken <= next.reservableBps(n)
        ? null
        : "capacity of " + id + ", of which " + taken + " bps are reserved";
  }
}
