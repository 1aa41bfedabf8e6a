package io.myelin.core.routing;

import io.myelin.core.model.DeviceId;
import io.myelin.core.path.Topology;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.RouteWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Where routed traffic goes: for every leaf, the shortest ways to it over links that are up, each
 * link weighted by what gets through behind it, so that a switch sends less to a neighbour whose
 * own links are gone or thin (WCMP, Zhou et al., EuroSys 2014). Computed once for all switches of a
 * state.
 *
 * <p>Drained links count as nothing: whoever has another way uses it. A switch in transit whose
 * only shortest way is drained still uses that: while its neighbours learn to avoid it, their
 * packets must not come back to them.
 */
public final class Routes {
  private static final int FAR = Integer.MAX_VALUE;

  private final FabricState state;
  private final Topology topology;
  private final boolean[] hosts;
  private final Map<DeviceId, Tree> trees = new HashMap<>();

  /** A link towards a leaf. */
  public record Hop(int link, int weight) {}

  /** The ways to one leaf. */
  private record Tree(int[] hops, double[] capacity, int[] undrainedHops) {}

  private Routes(FabricState state) {
    this.state = state;
    topology = state.topology();
    hosts = new boolean[topology.devices()];
    state
        .inventory()
        .endpoints()
        .forEach((id, e) -> hosts[topology.number(e.attachment().device())] = true);
  }

  /** For one state. */
  public static Routes of(FabricState state) {
    return new Routes(state);
  }

  /**
   * Links of a switch towards a leaf, by number, with weights; empty: no way. Never the same one.
   */
  public List<Hop> toward(DeviceId at, DeviceId leaf) {
    Tree tree = trees.computeIfAbsent(leaf, this::tree);
    int here = topology.number(at);
    List<Integer> links = next(here, tree.hops, l -> up(l) && capacity(tree, l) > 0);
    List<Hop> chosen = chosen(new RoutePair(at, leaf), links);
    if (chosen != null) {
      return chosen;
    }
    if (!links.isEmpty()) {
      return weighted(links, tree);
    }
    if (hosts[here]) {
      links = next(here, tree.undrainedHops, l -> up(l) && !drained(l));
    }
    if (links.isEmpty()) {
      links = next(here, tree.hops, this::up);
    }
    return weighted(links, null);
  }

  private List<Integer> next(int here, int[] hops, IntPredicate usable) {
    List<Integer> links = new ArrayList<>();
    if (hops[here] == FAR) {
      return links;
    }
    Topology.Incidence out = topology.out();
    for (int i = out.start()[here]; i < out.start()[here + 1]; i++) {
      int l = out.links()[i];
      int there = hops[topology.to(l)];
      if (there != FAR && there == hops[here] - 1 && usable.test(l)) {
        links.add(l);
      }
    }
    return links;
  }

  /** What was decided for this switch, as long as all of it leads there. */
  private @Nullable List<Hop> chosen(RoutePair toward, List<Integer> links) {
    RouteWeights weights = state.loops().weights().get(toward);
    if (weights == null) {
      return null;
    }
    List<Hop> hops = new ArrayList<>();
    for (int l : links) {
      Integer w = weights.members().get(topology.id(l));
      if (w != null) {
        hops.add(new Hop(l, w));
      }
    }
    return hops.size() == weights.members().size() ? hops : null;
  }

  private List<Hop> weighted(List<Integer> links, @Nullable Tree tree) {
    double narrowest = Double.POSITIVE_INFINITY;
    for (int l : links) {
      narrowest = Math.min(narrowest, through(l, tree));
    }
    List<Hop> hops = new ArrayList<>();
    for (int l : links) {
      hops.add(new Hop(l, Spreading.weight(Math.round(through(l, tree)), Math.round(narrowest))));
    }
    return hops;
  }

  private double through(int link, @Nullable Tree tree) {
    return tree == null ? (double) topology.capacityBps(link) : capacity(tree, link);
  }

  /** What gets to the leaf over a link: the narrower of itself and what is behind it. */
  private double capacity(Tree tree, int link) {
    return drained(link)
        ? 0
        : Math.min((double) topology.capacityBps(link), tree.capacity[topology.to(link)]);
  }

  private Tree tree(DeviceId leaf) {
    int goal = topology.number(leaf);
    int[] order = new int[topology.devices()];
    int[] hops = hops(goal, this::up, order);
    double[] capacity = new double[hops.length];
    capacity[goal] = Double.POSITIVE_INFINITY;
    Tree tree = new Tree(hops, capacity, hops(goal, l -> up(l) && !drained(l), null));
    for (int i = 1; i < order.length && order[i] >= 0; i++) {
      for (int l : next(order[i], hops, this::up)) {
        capacity[order[i]] += capacity(tree, l);
      }
    }
    return tree;
  }

  /** Hops to a switch, breadth first. */
  private int[] hops(int goal, IntPredicate usable, int @Nullable [] order) {
    int[] hops = new int[topology.devices()];
    int[] open = order == null ? new int[hops.length] : order;
    Arrays.fill(hops, FAR);
    Arrays.fill(open, -1);
    Topology.Incidence in = topology.in();
    int end = 0;
    open[end++] = goal;
    hops[goal] = 0;
    for (int at = 0; at < end; at++) {
      int d = open[at];
      for (int i = in.start()[d]; i < in.start()[d + 1]; i++) {
        int l = in.links()[i];
        int from = topology.from(l);
        if (hops[from] == FAR && usable.test(l)) {
          hops[from] = hops[d] + 1;
          open[end++] = from;
        }
      }
    }
    return hops;
  }

  private boolean up(int link) {
    return state.links().get(link).up();
  }

  private boolean drained(int link) {
    return state.links().get(link).drained();
  }
}
