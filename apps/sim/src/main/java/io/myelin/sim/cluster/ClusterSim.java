package io.myelin.sim.cluster;

import io.myelin.core.model.DeviceId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs three members, their switches and clients through a {@link Script} and checks all
 * invariants. The same seed gives the same run, in any process.
 */
public final class ClusterSim {
  private static final int MEMBERS = 3;
  private static final long WARM_UP_MS = 3_000;
  private static final long SETTLE_MS = 180_000;
  private static final long LOOK_MS = 500;
  private static final long HOUR_MS = 3_600_000;

  /** Runs that may be spent on making a failing one shorter. */
  private static final int SHRINKS = 400;

  /**
   * What a run came to.
   *
   * @param invariant that does not hold; null: all do
   * @param problem what was seen; empty: nothing
   * @param trace events that suffice for it, one a line; only after {@link #shrunk}
   * @param print of the whole run: equal for equal runs
   * @param commands committed
   * @param answered requests of clients
   * @param inventories what became of inventories that operators applied
   */
  public record Result(
      long seed,
      @Nullable String invariant,
      String problem,
      List<String> trace,
      long print,
      long commands,
      int answered,
      Inventories inventories) {
    public boolean held() {
      return invariant == null;
    }
  }

  /**
   * Inventories that operators applied to the running fabric.
   *
   * @param applied that came into force
   * @param inUse refused with their users
   * @param overtaken compared with another one than was in force
   * @param walked ways of routed packets that were looked at meanwhile
   * @param holes writes after which some of those packets would have been lost
   */
  public record Inventories(int applied, int inUse, int overtaken, long walked, long holes) {}

  private final Script script;
  private final World world;
  private final Invariants invariants;
  private final SimFabric fabric;
  private final SimRaft raft;
  private final List<Member> members = new ArrayList<>();
  private final Clients clients;
  private final Watchers watchers;
  private final Operators operators;
  private final Passage passage;

  private ClusterSim(Script script, Bug bug) {
    this.script = script;
    world = new World(script.seed());
    invariants = new Invariants(world, bug);
    fabric = new SimFabric(world, invariants);
    invariants.watch(fabric);
    raft = new SimRaft(world, invariants, bug);
    for (int i = 1; i <= MEMBERS; i++) {
      members.add(new Member("n" + i, world, raft, fabric, invariants, script.discovery()));
    }
    clients = new Clients(world, members);
    watchers = new Watchers(world, members);
    invariants.tell(watchers);
    operators = new Operators(world, members);
    passage = new Passage(fabric);
  }

  /** Runs a seed. */
  public static Result run(long seed, int events, Bug bug) {
    return run(Script.of(seed, events), bug);
  }

  /** Runs a seed in which operators change the inventory among all else. */
  public static Result changing(long seed, int events, Bug bug) {
    return run(Script.changing(seed, events), bug);
  }

  /**
   * Runs a seed in which nothing fails and the inventory changes: what is routed between hosts that
   * stay arrives, too.
   */
  public static Result quiet(long seed, int events, Bug bug) {
    ClusterSim sim = new ClusterSim(Script.quiet(seed, events), bug);
    sim.invariants.watch(sim.passage);
    return sim.run();
  }

  private static Result run(Script script, Bug bug) {
    return new ClusterSim(script, bug).run();
  }

  /** The same problem with as few events as can be found. */
  public static Result shrunk(long seed, int events, Bug bug) {
    Script script = Script.of(seed, events);
    Result failing = run(script, bug);
    if (failing.invariant == null) {
      return failing;
    }
    List<Script.Event> best = new ArrayList<>(script.events());
    int runs = 0;
    // Zeller and Hildebrandt's ddmin (IEEE TSE 2002), as far as the runs last.
    for (int parts = 2; parts <= best.size() && runs < SHRINKS; ) {
      int size = Math.max(1, best.size() / parts);
      boolean shorter = false;
      for (int from = 0; from < best.size() && runs < SHRINKS; from += size) {
        List<Script.Event> rest = new ArrayList<>(best.subList(0, from));
        rest.addAll(best.subList(Math.min(best.size(), from + size), best.size()));
        Result r = run(script.with(rest), bug);
        runs++;
        if (failing.invariant.equals(r.invariant)) {
          best = rest;
          failing = r;
          shorter = true;
          break;
        }
      }
      if (shorter) {
        parts = Math.max(2, parts - 1);
      } else {
        parts = parts == best.size() ? parts + 1 : Math.min(best.size(), 2 * parts);
      }
    }
    return new Result(
        seed,
        failing.invariant,
        failing.problem,
        best.stream().map(Script.Event::toString).toList(),
        failing.print,
        failing.commands,
        failing.answered,
        failing.inventories);
  }

  private Result run() {
    String invariant = null;
    String problem = "";
    try {
      members.forEach(Member::start);
      raft.start(members);
      watchers.start();
      for (Script.Event e : script.events()) {
        world.after((WARM_UP_MS + e.atMs()) * World.MS, () -> happen(e));
      }
      world.runUntil((WARM_UP_MS + script.lengthMs()) * World.MS);
      settle();
    } catch (Violation v) {
      invariant = v.invariant();
      problem = String.valueOf(v.getMessage());
    } catch (RuntimeException | AssertionError e) {
      invariant = "no crash";
      problem = e + " at " + (e.getStackTrace().length > 0 ? e.getStackTrace()[0] : "?");
    }
    return new Result(
        script.seed(),
        invariant,
        problem,
        List.of(),
        world.trace(),
        invariants.commits(),
        clients.answered(),
        new Inventories(
            operators.applied(),
            operators.inUse(),
            operators.overtaken(),
            passage.walked(),
            passage.holes()));
  }

  private void happen(Script.Event e) {
    Member m = members.get(e.pick(MEMBERS));
    long lasts = e.lastsMs() * World.MS;
    switch (e.kind()) {
      case CREATE -> clients.create(e.seed());
      case RELEASE -> clients.release(e.seed());
      case RESIZE -> clients.resize(e.seed());
      case KILL -> {
        m.kill();
        world.after(
            lasts,
            () -> {
              if (m.isDead()) {
                m.start();
              }
            });
      }
      case PAUSE -> {
        m.pause();
        world.after(lasts, m::resume);
      }
      case PARTITION -> {
        for (Member o : members) {
          if (o != m) {
            world.cut(m.id(), o.id());
            world.after(lasts, () -> world.mend(m.id(), o.id()));
          }
        }
      }
      case REPLACE -> replace(m);
      case CLOCK -> {
        // One at a time: where most clocks are wrong, so is the cluster's.
        members.forEach(o -> o.setWall(0));
        m.setWall(e.seed() % 2 == 0 ? HOUR_MS : -HOUR_MS);
      }
      case SWITCH_RESTART -> {
        SimSwitch s = at(e);
        s.stop();
        world.after(lasts, s::start);
      }
      case SWITCH_CUT -> {
        SimSwitch s = at(e);
        world.cut(m.id(), s.name());
        world.after(lasts, () -> world.mend(m.id(), s.name()));
      }
      case SWITCH_BUSY -> at(e).fault(SimSwitch.Fault.BUSY, world.nowNs() + lasts);
      case SWITCH_REFUSES -> at(e).fault(SimSwitch.Fault.REFUSING, world.nowNs() + lasts);
      case SWITCH_VAGUE -> {
        at(e).fault(SimSwitch.Fault.BUSY, world.nowNs() + lasts);
        at(e).fault(SimSwitch.Fault.VAGUE, world.nowNs() + lasts);
      }
      case SWITCH_NONSENSE -> at(e).fault(SimSwitch.Fault.NONSENSE, world.nowNs() + lasts);
      case SWITCH_LATE -> at(e).fault(SimSwitch.Fault.LATE, world.nowNs() + lasts);
      case INVENTORY -> operators.change(e.seed());
      case CABLE -> {
        fabric.cutCable(e.cable());
        world.after(lasts, () -> fabric.mendCable(e.cable()));
      }
    }
  }

  /** Only where the rest holds everything: a disk lost with another down may hold the last copy. */
  private void replace(Member m) {
    boolean others =
        members.stream().filter(o -> o != m).allMatch(o -> !o.isDead() && !o.isPaused());
    if (others && !raft.leads(m)) {
      m.replace();
    }
  }

  private SimSwitch at(Script.Event e) {
    List<DeviceId> all = new ArrayList<>();
    SimFabric.INVENTORY.devices().forEach((id, d) -> all.add(id));
    return fabric.at(all.get(e.pick(all.size())));
  }

  /** Everything is whole again: soon all must be as it should. */
  private void settle() {
    world.calm();
    fabric.mendAll();
    for (Member m : members) {
      if (m.isDead()) {
        m.start();
      }
      m.resume();
    }
    Violation last = new Violation("no end", "the cluster did not settle");
    long until = world.nowNs() + SETTLE_MS * World.MS;
    while (world.nowNs() < until) {
      world.runUntil(world.nowNs() + LOOK_MS * World.MS);
      try {
        together();
        clients.check(invariants.truth(), invariants.timeMs());
        invariants.settled(members);
        if (invariants.metered() == 0 && clients.answered() > 100) {
          throw new Violation(Invariants.METERED, "nothing was counted at all");
        }
        if (watchers.resumed() == 0 && clients.answered() > 100) {
          throw new Violation(Invariants.WATCHED, "no client went on behind a token");
        }
        return;
      } catch (Violation v) {
        last = v;
      }
    }
    throw last;
  }

  private void together() {
    for (Member m : members) {
      if (m.log().index() != raft.committed()) {
        throw new Violation(
            "no end", m.id() + " applied " + m.log().index() + " of " + raft.committed());
      }
    }
  }
}
