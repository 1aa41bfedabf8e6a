package io.myelin.core.state;

import io.myelin.core.model.LinkId;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Commands about links and about traffic that nobody leased. */
final class FabricCommands {
  private FabricCommands() {}

  static Applied observe(FabricState s, Command.ObserveLink c) {
    Integer link = s.topology().number(c.link());
    LinkState old = s.link(c.link());
    boolean same =
        old.observed() && old.up() == c.up() && old.measuredLatencyNs() == c.measuredLatencyNs();
    if (link == null || same) {
      return StateMachine.unchanged(s, new Outcome.Done());
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    d.put(link, old.observed(c.up(), c.measuredLatencyNs(), c.failedMs()));
    if (!c.up()) {
      letGoOf(s, d, c.link());
    }
    return d.applied(new Outcome.Done());
  }

  static Applied observe(FabricState s, Command.ObserveDevice c) {
    String before = s.lost().getOrDefault(c.device(), "");
    if (before.equals(c.lost()) || !s.inventory().devices().containsKey(c.device())) {
      return StateMachine.unchanged(s, new Outcome.Done());
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    d.put(c.device(), c.lost());
    return d.applied(new Outcome.Done());
  }

  static Applied drain(FabricState s, Command.SetDrained c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (LinkId id : c.links()) {
      Integer link = s.topology().number(id);
      if (link != null && s.links().get(link).drained() != c.drained()) {
        d.put(link, s.links().get(link).drained(c.drained()));
        if (c.drained()) {
          letGoOf(s, d, id);
        }
      }
    }
    return done(s, d);
  }

  static Applied slow(FabricState s, Command.SlowLink c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Integer link = s.topology().number(c.link());
    if (link != null && s.links().get(link).slowed() != c.slowed()) {
      d.put(link, s.links().get(link).slowed(c.slowed()));
    }
    return done(s, d);
  }

  /** Weights of links that do not leave the switch are refused by the one who renders them. */
  static Applied weigh(FabricState s, Command.SetWeights c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (RouteWeights w : c.weights()) {
      RouteWeights old = s.loops().weights().get(w.toward());
      boolean same = old == null ? w.members().isEmpty() : old.equals(w);
      if (!same) {
        d.put(w);
      }
    }
    return done(s, d);
  }

  static Applied steer(FabricState s, Command.SteerFlow c) {
    SteeredFlow old = s.loops().steered().get(c.flow());
    if (c.path() == null) {
      if (old == null) {
        return StateMachine.unchanged(s, new Outcome.Done());
      }
      StateTransaction d = new StateTransaction(s, c.timeMs());
      d.letGo(c.flow());
      return d.applied(new Outcome.Done());
    }
    var source = s.inventory().endpoints().get(c.flow().source());
    var destination = s.inventory().endpoints().get(c.flow().destination());
    if (source == null || destination == null) {
      return StateMachine.unchanged(s, new Outcome.NoPath(c.flow() + " has no endpoints here"));
    }
    String problem =
        PathCheck.problem(
            s.topology(),
            io.myelin.core.path.PathRequest.of(
                source, destination, 0, io.myelin.core.path.Objective.LATENCY),
            c.path());
    for (LinkId id : c.path().links()) {
      problem = problem == null && !s.isUp(id) ? "link " + id + " is down" : problem;
    }
    if (problem != null) {
      return StateMachine.unchanged(s, new Outcome.NoPath(problem));
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    d.put(new SteeredFlow(c.flow(), c.path(), c.timeMs()));
    return d.applied(new Outcome.Done());
  }

  /** Flows that are led over a link go by routing again, which avoids it. */
  private static void letGoOf(FabricState s, StateTransaction d, LinkId link) {
    for (Map.Entry<SteeredFlow.Key, SteeredFlow> e : s.loops().steered()) {
      if (e.getValue().path().links().contains(link)) {
        d.letGo(e.getKey());
      }
    }
  }

  /** What another inventory has no place for. */
  static void dropStale(FabricState s, StateTransaction d, Topology next) {
    for (Map.Entry<SteeredFlow.Key, SteeredFlow> e : s.loops().steered()) {
      boolean there =
          next.inventory().endpoints().containsKey(e.getKey().source())
              && next.inventory().endpoints().containsKey(e.getKey().destination());
      for (LinkId id : e.getValue().path().links()) {
        there &= next.number(id) != null;
      }
      if (!there) {
        d.letGo(e.getKey());
      }
    }
    List<RouteWeights> stale = new ArrayList<>();
    s.loops()
        .weights()
        .forEach(
            (key, w) -> {
              if (w.members().keySet().stream().anyMatch(id -> next.number(id) == null)) {
                stale.add(RouteWeights.byCapacity(key));
              }
            });
    stale.forEach(d::put);
  }

  /** What the loops decided is remembered by all members: the next leader goes on from there. */
  static Applied remember(FabricState s, Command.RecordDecisions c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    c.decisions().forEach(d::put);
    return done(s, d);
  }

  private static Applied done(FabricState s, StateTransaction d) {
    return d.changes.isEmpty()
        ? StateMachine.unchanged(s, new Outcome.Done())
        : d.applied(new Outcome.Done());
  }
}
