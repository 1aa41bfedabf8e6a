package io.myelin.core.place;

import io.myelin.core.model.TimeWindow;
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

  /** A lease that may burst, and the links of its path. */
  private record Member(Lease lease, int[] links) {}

  private Bursts() {}

  /**
   * The next step towards everybody's part; empty: there is none to take now.
   *
   * @param elastic leases that may burst; others among them are left out
   */
  public static List<Command.Burst> find(
      FabricState state, Iterable<LeaseName> elastic, long nowMs) {
    List<Member> members = elastic(state, elastic);
    if (members.isEmpty()) {
      return List.of();
    }
    WaterFilling filling = new WaterFilling();
    Map<Integer, Long> room = held(members);
    room.replaceAll((l, bps) -> Math.max(0, bps + roomBps(state, l, nowMs)));
    for (Member m : members) {
      filling.add(
          m.lease.job() == null ? m.lease.name() : m.lease.job(),
          m.lease.spec().burstRoomBps(),
          0,
          m.links);
    }
    long[] fair = filling.fill(room);
    if (fair == null) {
      throw new AssertionError("there is no minimum, and no parts were found");
    }
    List<Command.Burst> less = new ArrayList<>();
    List<Command.Burst> more = new ArrayList<>();
    Map<Integer, Long> taken = new HashMap<>();
    for (int i = 0; i < fair.length; i++) {
      Lease lease = members.get(i).lease;
      long least = lease.spec().bandwidthBps() / NOTICEABLE;
      long extra = fair[i] > least ? fair[i] : 0;
      Command.Burst burst = new Command.Burst(lease.name(), lease.generation(), extra);
      if (extra < lease.extraBps()) {
        less.add(burst);
      } else if (extra > lease.extraBps() + least
          && take(state, members.get(i), extra - lease.extraBps(), taken, nowMs)) {
        more.add(burst);
      }
    }
    return less.isEmpty() ? more : less;
  }

  /** By link, what is held there above what was asked for: given, or not given back yet. */
  private static Map<Integer, Long> held(List<Member> members) {
    Map<Integer, Long> held = new HashMap<>();
    for (Member m : members) {
      for (int l : m.links) {
        held.merge(l, m.lease.heldBps() - m.lease.bookedBps(), Long::sum);
      }
    }
    return held;
  }

  /** Takes room that nobody holds, or has taken; says whether there was as much. */
  private static boolean take(
      FabricState state, Member m, long bps, Map<Integer, Long> taken, long nowMs) {
    for (int l : m.links) {
      if (roomBps(state, l, nowMs) - taken.getOrDefault(l, 0L) < bps) {
        return false;
      }
    }
    for (int l : m.links) {
      taken.merge(l, bps, Long::sum);
    }
    return true;
  }

  /** What everybody gives back. */
  public static List<Command.Burst> takenBack(FabricState state, Iterable<LeaseName> leases) {
    List<Command.Burst> all = new ArrayList<>();
    for (Member m : elastic(state, leases)) {
      if (m.lease.extraBps() > 0) {
        all.add(new Command.Burst(m.lease.name(), m.lease.generation(), 0));
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
    trial.acknowledge(bursting, nowMs);
    return trial.state();
  }

  /**
   * Of those that burst, the ones that are in the way of what is held in another state.
   *
   * @param then what is to be, had nobody burst
   */
  public static List<LeaseName> inTheWay(
      FabricState state, Iterable<LeaseName> bursting, FabricState then) {
    List<Member> members = elastic(state, bursting);
    Map<Integer, Long> extra = held(members);
    List<LeaseName> all = new ArrayList<>();
    for (Member m : members) {
      for (int l : m.links) {
        long held = then.links().get(l).heldBps() + extra.getOrDefault(l, 0L);
        if (held > state.topology().reservableBps(l)) {
          all.add(m.lease.name());
          break;
        }
      }
    }
    return all;
  }

  private static List<Member> elastic(FabricState state, Iterable<LeaseName> names) {
    List<Member> all = new ArrayList<>();
    for (LeaseName name : names) {
      Lease lease = state.leases().get(name);
      if (lease != null && lease.elastic()) {
        all.add(new Member(lease, state.topology().numbers(lease.path())));
      }
    }
    return all;
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
