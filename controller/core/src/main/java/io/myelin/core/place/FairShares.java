package io.myelin.core.place;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.model.Units;
import io.myelin.core.path.KPaths;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.state.Command;
import io.myelin.core.state.Degradation;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseRequests;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.LinkState;
import io.myelin.core.state.Route;
import io.myelin.core.state.Terms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What leases get where a failure left too little for all: those that lost their path and fit
 * nowhere take the path on which least is asked for, and all that share its links get their max-min
 * fair shares ({@link WaterFilling}). The flows of a job count as one. Leases with {@link
 * Degradation.Mode#FIXED} and those with a backup give nothing and take nothing.
 *
 * <p>A plan is made step by step. As long as somebody has more than its share, a plan has what is
 * given up; what others gain is in the plans after the switches acknowledged that. Applied until
 * there is none, plans lead to the shares, whatever else changes meanwhile. Pure and deterministic;
 * admission is decided again when the command is applied.
 */
public final class FairShares {
  /** Paths that are looked at for one lease. */
  private static final int WAYS = 16;

  /** Who lacks less than one part in this many of its share is left alone: nobody would notice. */
  private static final int NOTICEABLE = 20;

  /** A lease that takes part, on the path that it has or is to have. */
  private record Member(Lease lease, Route route, int[] links) {
    /** Whether its packets are steered now. */
    boolean steers() {
      return lease.state().steers();
    }

    long hasBps() {
      return steers() ? lease.bookedBps() : 0;
    }

    boolean lacks() {
      return hasBps() < lease.spec().bandwidthBps();
    }
  }

  /** Bits per second of those who share a link: what they ask for, and the least they can use. */
  private record Demand(long asksBps, long leastBps) {
    static final Demand NONE = new Demand(0, 0);

    Demand plus(Lease lease) {
      return new Demand(asksBps + lease.spec().bandwidthBps(), leastBps + least(lease));
    }
  }

  /** Leases that have this in common may take the same paths, unless others keep from them. */
  private record Between(
      EndpointId source, EndpointId destination, Terms terms, TimeWindow window) {
    static Between of(Lease lease) {
      LeaseSpec spec = lease.spec();
      return new Between(spec.source(), spec.destination(), spec.terms(), lease.window());
    }
  }

  private final FabricState state;
  private final Topology topology;
  private final Now now;
  private final Map<LeaseName, Member> members = new TreeMap<>();
  private final Map<Integer, List<Lease>> on = new HashMap<>(); // leases whose path has a link
  private final Map<Integer, Long> shared = new HashMap<>(); // of a link, for those who share it
  private final Map<Between, List<Path>> ways = new HashMap<>();
  private final Map<Integer, Demand> asked = new HashMap<>(); // on a link, by who shares it
  private final Map<Integer, Long> room = new HashMap<>(); // of a link, for all members together
  private final Map<Integer, Long> wanted = new HashMap<>(); // on a link, by all members together

  private FairShares(FabricState state, Now now) {
    this.state = state;
    this.now = now;
    topology = state.topology();
  }

  /**
   * The next step towards everybody's share; empty: there is none to take now.
   *
   * @param lacking leases that may have less than they ask for
   */
  public static List<Command.Share> find(FabricState state, Iterable<LeaseName> lacking, Now now) {
    return new FairShares(state, now).find(lacking);
  }

  private List<Command.Share> find(Iterable<LeaseName> lacking) {
    List<Lease> pathless = new ArrayList<>();
    for (LeaseName name : lacking) {
      Lease lease = state.leases().get(name);
      if (lease == null || !shares(lease)) {
        continue;
      }
      if (lease.state() == LeaseState.DEGRADED) {
        pathless.add(lease);
      } else if (lease.shortBps() > 0) {
        join(lease, lease.route());
      }
    }
    for (Lease lease : pathless) {
      Route route = leastAsked(lease);
      if (route != null) {
        join(lease, route);
      }
    }
    return members.isEmpty() ? List.of() : step();
  }

  /** Whether a lease gives and takes. */
  private static boolean shares(Lease lease) {
    return lease.state().lives()
        && lease.state() != LeaseState.SCHEDULED
        && lease.backup() == null
        && lease.spec().terms().degradation().mode() == Degradation.Mode.SHARE;
  }

  private void join(Lease lease, Route route) {
    int[] links = topology.numbers(route.path());
    members.put(lease.name(), new Member(lease, route, links));
    if (!lease.state().steers()) {
      for (int l : links) {
        asked.put(l, asked(l).plus(lease));
      }
    }
  }

  private static long least(Lease lease) {
    return lease.spec().terms().degradation().minBps();
  }

  /** Of those who share a link, and of those who are to. */
  private Demand asked(int link) {
    return asked.computeIfAbsent(
        link,
        l -> {
          Demand sum = Demand.NONE;
          for (Lease other : on(l)) {
            sum = other.state().steers() && shares(other) ? sum.plus(other) : sum;
          }
          return sum;
        });
  }

  /** Bits per second of a link that are there for those who share. */
  private long shared(int link) {
    return shared.computeIfAbsent(
        link,
        l -> {
          long fixed = 0;
          for (Lease other : on(l)) {
            fixed += other.state().occupies() && !shares(other) ? other.heldBps() : 0;
          }
          return Math.max(1, topology.reservableBps(l) - fixed);
        });
  }

  private List<Lease> on(int link) {
    return on.computeIfAbsent(link, this::leases);
  }

  private List<Lease> leases(int link) {
    LinkId id = topology.id(link);
    List<Lease> all = new ArrayList<>();
    for (Map.Entry<LeaseName, Boolean> e : state.links().get(link).leases()) {
      Lease lease = state.leases().get(e.getKey());
      if (lease != null && lease.path().links().contains(id)) {
        all.add(lease);
      }
    }
    return all;
  }

  /**
   * Of the paths that a lease may take and that have room for what all can use at least, the one
   * whose tightest link is asked for least. What others are granted just now makes no difference:
   * each step comes to the same path.
   */
  private @Nullable Route leastAsked(Lease lease) {
    Path best = null;
    double least = Double.POSITIVE_INFINITY;
    double leastSum = Double.POSITIVE_INFINITY;
    for (Path path : ways(lease)) {
      double most = 0;
      double sum = 0;
      for (int l : topology.numbers(path)) {
        Demand with = asked(l).plus(lease);
        double share =
            with.leastBps() <= shared(l)
                ? (double) with.asksBps() / shared(l)
                : Double.POSITIVE_INFINITY;
        most = Math.max(most, share);
        sum += share;
      }
      int order = Double.compare(most, least);
      order = order != 0 ? order : Double.compare(sum, leastSum);
      if (order < 0 || (order == 0 && best != null && compare(path, best) < 0)) {
        least = most;
        leastSum = sum;
        best = path;
      }
    }
    return best == null ? null : Route.of(best);
  }

  /** The paths that a lease may take, whatever room they have. */
  private List<Path> ways(Lease lease) {
    return state.leaseIndices().keptApart().get(lease.name()) == null
        ? ways.computeIfAbsent(Between.of(lease), k -> search(lease))
        : search(lease);
  }

  private List<Path> search(Lease lease) {
    LeaseConditions conditions = new LeaseConditions(state, lease.window(), now, lease);
    PathRequest request = LeaseRequests.of(state, lease.name(), lease.spec()).withBandwidthBps(0);
    return KPaths.find(topology, conditions, request, WAYS).stream()
        .map(PathSearch.Found::path)
        .toList();
  }

  /** By the names of their links. */
  private static int compare(Path a, Path b) {
    return Arrays.compare(a.links().toArray(LinkId[]::new), b.links().toArray(LinkId[]::new));
  }

  // ---- shares ----------------------------------------------------------------------------------

  private List<Command.Share> step() {
    joinNeighbours();
    Map<LeaseName, Long> fair = fill();
    if (fair.isEmpty() || !worthwhile(fair)) {
      return List.of();
    }
    for (Member m : members.values()) {
      for (int l : m.links()) {
        wanted.merge(l, m.lease().spec().bandwidthBps(), Long::sum);
      }
    }
    List<Command.Share> less = new ArrayList<>();
    Map<Member, Long> more = new LinkedHashMap<>();
    for (Member m : members.values()) {
      Long share = fair.get(m.lease().name());
      if (share == null || share == m.hasBps()) {
        continue;
      }
      if (share < m.hasBps()) {
        less.add(share(m, share));
      } else if (noticeable(m, share)) {
        more.put(m, share);
      }
    }
    return less.isEmpty() ? unheld(more) : less;
  }

  /**
   * Of those who are to have more, who can have it now: nobody holds it, or only such who leave for
   * another path in the same step. Two without a path may hold each other's.
   */
  private List<Command.Share> unheld(Map<Member, Long> more) {
    Map<Member, Long> now = new LinkedHashMap<>(more);
    // Each round leaves out one or more: there are no more rounds than members.
    while (true) {
      Map<Integer, Long> taken = new HashMap<>();
      now.keySet().forEach(m -> leave(m, taken));
      List<Member> later = new ArrayList<>();
      now.forEach(
          (m, share) -> {
            if (!unheld(m, share, taken)) {
              later.add(m);
            }
          });
      if (later.isEmpty()) {
        break;
      }
      later.forEach(now::remove);
    }
    List<Command.Share> shares = new ArrayList<>();
    now.forEach((m, share) -> shares.add(share(m, share)));
    return shares;
  }

  /** What a lease without a path holds on the one that it had is free once it has another. */
  private void leave(Member m, Map<Integer, Long> taken) {
    if (!m.steers()) {
      for (LinkId id : m.lease().path().links()) {
        Integer l = topology.number(id);
        if (l != null) {
          taken.merge(l, -m.lease().heldBps(), Long::sum);
        }
      }
    }
  }

  /** Whoever shares a link on which more is asked for than there is, and so on. */
  private void joinNeighbours() {
    List<Member> next = new ArrayList<>(members.values());
    while (!next.isEmpty()) {
      Member m = next.remove(next.size() - 1);
      for (int l : m.links()) {
        if (asked(l).asksBps() <= shared(l)) {
          continue;
        }
        for (Lease other : on(l)) {
          if (other.state().steers() && shares(other) && !members.containsKey(other.name())) {
            Member joined = new Member(other, other.route(), topology.numbers(other.path()));
            members.put(other.name(), joined);
            next.add(joined);
          }
        }
      }
    }
  }

  /**
   * Shares by name. Those for which there is not even the least they can use are members no more:
   * they wait, or stay as they are.
   */
  private Map<LeaseName, Long> fill() {
    while (!members.isEmpty()) {
      List<Member> in = List.copyOf(members.values());
      WaterFilling filling = new WaterFilling();
      for (Member m : in) {
        Lease lease = m.lease();
        filling.add(
            lease.job() == null ? lease.name() : lease.job(),
            lease.spec().bandwidthBps(),
            least(lease),
            m.links());
      }
      room.clear();
      in.forEach(
          m -> Arrays.stream(m.links()).forEach(l -> room.computeIfAbsent(l, this::roomBps)));
      long[] rates = filling.fill(room);
      if (rates != null) {
        Map<LeaseName, Long> fair = new TreeMap<>();
        for (int i = 0; i < rates.length; i++) {
          if (rates[i] > 0) {
            fair.put(in.get(i).lease().name(), rates[i]);
          }
        }
        return fair;
      }
      members.remove(lastWithoutLeast().lease().name());
    }
    return Map.of();
  }

  /**
   * The last of those on a link that has not what all can use at least; best one without a path.
   */
  private Member lastWithoutLeast() {
    Map<Integer, Long> needed = new HashMap<>();
    for (Member m : members.values()) {
      for (int l : m.links()) {
        needed.merge(l, least(m.lease()), Long::sum);
      }
    }
    Member last = null;
    for (Member m : members.values()) {
      boolean lacks =
          Arrays.stream(m.links())
              .anyMatch(l -> needed.getOrDefault(l, 0L) > room.getOrDefault(l, 0L));
      if (lacks && (last == null || last.steers() || !m.steers())) {
        last = m;
      }
    }
    if (last == null) {
      throw new AssertionError("there is room for all minima, and no shares were found");
    }
    return last;
  }

  /** What all members together may use of a link. */
  private long roomBps(int link) {
    LinkState l = state.links().get(link);
    TimeWindow ahead = TimeWindow.lasting(now.timeMs(), TimeWindow.FOREVER);
    long booked = 0;
    long held = 0;
    for (Lease lease : on(link)) {
      boolean member = members.containsKey(lease.name());
      booked += member && lease.state().lives() ? lease.bookedBps() : 0;
      held += !member && lease.state().occupies() ? lease.heldBps() : 0;
    }
    long reservable = topology.reservableBps(link);
    return Math.max(0, Math.min(reservable - l.takenBps(ahead) + booked, reservable - held));
  }

  private boolean worthwhile(Map<LeaseName, Long> fair) {
    for (Member m : members.values()) {
      Long share = fair.get(m.lease().name());
      if (share != null && noticeable(m, share)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a lease would notice that it has more. */
  private static boolean noticeable(Member m, long share) {
    return m.lacks()
        && (share == m.lease().spec().bandwidthBps() || share > m.hasBps() + share / NOTICEABLE);
  }

  /**
   * Whether nobody holds what a lease is to have; if so, it is taken.
   *
   * @param taken of each link by those before, less what is left behind there
   */
  private boolean unheld(Member m, long share, Map<Integer, Long> taken) {
    long more = share - (m.steers() ? m.lease().heldBps() : 0);
    for (int l : m.links()) {
      long free =
          topology.reservableBps(l) - state.links().get(l).heldBps() - taken.getOrDefault(l, 0L);
      if (free < more) {
        return false;
      }
    }
    for (int l : m.links()) {
      taken.merge(l, more, Long::sum);
    }
    return true;
  }

  private Command.Share share(Member m, long bps) {
    Lease lease = m.lease();
    long asks = lease.spec().bandwidthBps();
    String why = bps == asks ? "" : "has " + percent(bps, asks) + " of what it asks for: " + why(m);
    return new Command.Share(lease.name(), lease.generation(), m.route(), bps, why);
  }

  private static String percent(long part, long whole) {
    return Math.round(100.0 * part / whole) + " %";
  }

  /** The link of a lease on which most is asked for, beside what there is. */
  private String why(Member m) {
    int tightest = m.links()[0];
    for (int l : m.links()) {
      if (crowding(l) > crowding(tightest)) {
        tightest = l;
      }
    }
    return Units.rate(wanted.getOrDefault(tightest, 0L))
        + " are asked for on link "
        + topology.id(tightest)
        + ", which has "
        + Units.rate(room.getOrDefault(tightest, 0L));
  }

  private double crowding(int link) {
    return (double) wanted.getOrDefault(link, 0L) / Math.max(1, room.getOrDefault(link, 0L));
  }
}
