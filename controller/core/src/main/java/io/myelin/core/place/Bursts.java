package io.myelin.core.place;

import io.myelin.core.model.LinkId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Topology;
import io.myelin.core.port.DryRun;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LinkState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What elastic leases have above what they ask for: room that nobody holds, has booked for now or
 * has set aside for failures, divided by max-min fairness ({@link WaterFilling}), the flows of a
 * job as one. Admission never counts it: whoever is granted room takes it back.
 *
 * <p>Found step by step, as {@link FairShares}: as long as somebody is to have less, a step has
 * only that. Pure and deterministic.
 */
public final class Bursts {
  /** Less than one part in this many of its bandwidth is given to nobody: it is not worth it. */
  private static final int NOTICEABLE = 20;

  private Bursts() {}

  /**
   * The next step towards everybody's part; empty: there is none to take now.
   *
   * @param elastic leases that may burst; others among them are left out
   */
  public static List<Command.Burst> find(
      FabricState state, Iterable<LeaseName> elastic, long nowMs) {
    List<Lease> leases = elastic(state, elastic);
    if (leases.isEmpty()) {
      return List.of();
    }
    WaterFilling filling = new WaterFilling();
    Map<Integer, Long> room = new HashMap<>();
    for (Lease lease : leases) {
      int[] links = links(state, lease);
      for (int l : links) {
        room.computeIfAbsent(l, n -> roomBps(state, n, nowMs));
      }
      filling.add(
          lease.job() == null ? lease.name() : lease.job(), lease.spec().burstRoomBps(), 0, links);
    }
    for (Lease lease : leases) {
      for (int l : links(state, lease)) {
        room.merge(l, lease.heldBps() - lease.bookedBps(), Long::sum);
      }
    }
    room.replaceAll((l, bps) -> Math.max(0, bps));
    long[] fair = filling.fill(room);
    if (fair == null) {
      throw new AssertionError("there is no minimum, and no parts were found");
    }
    List<Command.Burst> less = new ArrayList<>();
    List<Command.Burst> more = new ArrayList<>();
    Map<Integer, Long> taken = new HashMap<>();
    for (int i = 0; i < fair.length; i++) {
      Lease lease = leases.get(i);
      long least = lease.spec().bandwidthBps() / NOTICEABLE;
      long extra = fair[i] > least ? fair[i] : 0;
      Command.Burst burst = new Command.Burst(lease.name(), lease.generation(), extra);
      if (extra < lease.extraBps()) {
        less.add(burst);
      } else if (extra > lease.extraBps() + least
          && take(state, lease, extra - lease.extraBps(), taken, nowMs)) {
        more.add(burst);
      }
    }
    return less.isEmpty() ? more : less;
  }

  /** Takes room that nobody holds, or has taken; says whether there was as much. */
  private static boolean take(
      FabricState state, Lease lease, long bps, Map<Integer, Long> taken, long nowMs) {
    int[] links = links(state, lease);
    for (int l : links) {
      if (roomBps(state, l, nowMs) - taken.getOrDefault(l, 0L) < bps) {
        return false;
      }
    }
    for (int l : links) {
      taken.merge(l, bps, Long::sum);
    }
    return true;
  }

  /** What everybody gives back. */
  public static List<Command.Burst> takenBack(FabricState state, Iterable<LeaseName> leases) {
    List<Command.Burst> all = new ArrayList<>();
    for (Lease lease : elastic(state, leases)) {
      if (lease.extraBps() > 0) {
        all.add(new Command.Burst(lease.name(), lease.generation(), 0));
      }
    }
    return all;
  }

  /** Leases that have, or have not given back yet, more than they ask for. */
  public static List<LeaseName> bursting(FabricState state) {
    List<LeaseName> all = new ArrayList<>();
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease lease = e.getValue();
      if (lease.elastic() && lease.heldBps() > lease.bookedBps()) {
        all.add(e.getKey());
      }
    }
    return all;
  }

  /** The state as if all had given back what they have above what they ask for. */
  public static FabricState without(FabricState state, Iterable<LeaseName> bursting, long nowMs) {
    DryRun trial = new DryRun(state);
    trial.submit(new Command.SetBursts(takenBack(state, bursting), nowMs)).join();
    List<Command.Held> held = new ArrayList<>();
    for (Lease lease : elastic(trial.state(), bursting)) {
      held.add(new Command.Held(lease.name(), lease.generation()));
    }
    trial.submit(new Command.Provisioned(held, nowMs)).join();
    return trial.state();
  }

  /**
   * Of those that burst, the ones that are in the way of what is held in another state.
   *
   * @param then what is to be, had nobody burst
   */
  public static List<LeaseName> inTheWay(
      FabricState state, Iterable<LeaseName> bursting, FabricState then) {
    Topology topology = state.topology();
    Map<Integer, Long> extra = new TreeMap<>();
    List<Lease> leases = elastic(state, bursting);
    for (Lease lease : leases) {
      for (int l : links(state, lease)) {
        extra.merge(l, lease.heldBps() - lease.bookedBps(), Long::sum);
      }
    }
    List<LeaseName> all = new ArrayList<>();
    for (Lease lease : leases) {
      for (int l : links(state, lease)) {
        long held = then.links().get(l).heldBps() + extra.getOrDefault(l, 0L);
        if (held > topology.reservableBps(l)) {
          all.add(lease.name());
          break;
        }
      }
    }
    return all;
  }

  private static List<Lease> elastic(FabricState state, Iterable<LeaseName> names) {
    List<Lease> all = new ArrayList<>();
    for (LeaseName name : names) {
      Lease lease = state.leases().get(name);
      if (lease != null && lease.elastic()) {
        all.add(lease);
      }
    }
    return all;
  }

  private static int[] links(FabricState state, Lease lease) {
    List<LinkId> path = lease.path().links();
    int[] links = new int[path.size()];
    for (int i = 0; i < links.length; i++) {
      Integer n = state.topology().number(path.get(i));
      if (n == null) {
        throw new AssertionError("no link " + path.get(i));
      }
      links[i] = n;
    }
    return links;
  }

  /**
   * What nobody holds, has booked for now or has set aside; less than nothing where too much is.
   */
  private static long roomBps(FabricState state, int link, long nowMs) {
    LinkState l = state.links().get(link);
    TimeWindow now = TimeWindow.lasting(nowMs, 1);
    long spare = l.backups().neededBps(now);
    return state.topology().reservableBps(link) - Math.max(l.heldBps() + spare, l.takenBps(now));
  }
}
