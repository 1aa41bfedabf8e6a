package io.myelin.core.path;

import io.myelin.core.model.DeviceId;
import io.myelin.core.path.Topology.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Label setting with dominance (Martins, 1984), guided by lower bounds (A*: Hart, Nilsson, Raphael,
 * 1968) that also cut off what cannot keep a limit any more.
 *
 * <p>A label is a way from the source to a switch with what it added up: the goal, each limited
 * metric, and the load of its busiest link. Labels leave the queue in order of goal plus lower
 * bound to the destination, so the first at the destination is optimal. A label is dropped when
 * another at the same switch is as good in every limited metric and no worse in goal, then load,
 * then the metric that breaks ties.
 *
 * <p>Waypoints make a layer each. There, the best walk could pass a switch twice; such switches are
 * then remembered by every label and the search runs again, until the best walk is a path
 * (decremental state space relaxation: Righini and Salani, Networks 51(3), 2008).
 */
final class LabelSearch {
  /**
   * Bound on labels of one run: some hundred MB. Fabrics of thousands of switches need a few
   * thousand; only limits that are hard to meet on large meshes get here.
   */
  static final int MAX_LABELS = 1 << 20;

  /** Bound on switches that labels remember; more and the result is not proven. */
  private static final int MAX_REMEMBERED = 64;

  /** Where a search begins: behind links that are decided already. */
  record Prefix(List<Integer> links, BitSet bannedLinks) {
    static final Prefix NONE = new Prefix(List.of(), new BitSet());
  }

  /**
   * What is searched for.
   *
   * @param filter of the links that the request may use
   */
  record Question(
      Topology topology,
      LinkConditions conditions,
      PathRequest request,
      LinkFilter filter,
      Goal goal) {}

  /**
   * How far a search goes.
   *
   * @param ignored kinds of constraints that do not count (bits)
   * @param maxLabels after which the search ends
   */
  record Scope(int ignored, Prefix prefix, int maxLabels) {
    /** From the source, with all constraints. */
    static final Scope ALL = new Scope(0, Prefix.NONE, MAX_LABELS);

    /** From the source, with all constraints but these (bits). */
    static Scope ignoring(int kinds) {
      return new Scope(kinds, Prefix.NONE, MAX_LABELS);
    }

    Scope without(Kind kind) {
      return new Scope(ignored | kind.bit(), prefix, maxLabels);
    }

    Scope behind(Prefix other) {
      return new Scope(ignored, other, maxLabels);
    }

    Scope withMaxLabels(int most) {
      return new Scope(ignored, prefix, most);
    }
  }

  /**
   * The end of a search.
   *
   * @param links between switches, in order; null: no path was found
   * @param value of the goal
   * @param bound that no path can undercut: equal to {@code value} when that is proven optimal;
   *     when no path was found, {@link LowerBounds#UNREACHABLE} if it is proven that there is none
   * @param labels that were made
   */
  record Result(@Nullable List<Integer> links, long value, long bound, int labels) {
    boolean proven() {
      return links == null ? bound >= LowerBounds.UNREACHABLE : bound >= value;
    }
  }

  /** More links than the best paths of data centres have. */
  private static final int GENEROUS_LINKS = 16;

  /** Labels that there is room for at first: small fabrics need no more. */
  private static final int INITIAL = 64;

  private static final int NOBODY = -1;
  private static final long NOT_YET = -1;

  /** Links of a switch from which on labels are made in portions. */
  private static final int PARTIAL_FROM = 8;

  private final Topology topology;
  private final LinkMeasure measure;
  private final LinkFilter filter;
  private final int ignored;
  private final Prefix prefix;
  private final boolean prefixed;
  private final int maxLabels;

  private final int source;
  private final int target;
  private final int[] via;
  private final Metric tieBreak;
  private final Metric[] limited;
  private final long[] limits;
  private final long[][] goalBound; // by stage, by switch
  private final long[][][] limitBound; // by limit, by stage, by switch

  private final int goalNode;

  private int[] remembered = new int[0];
  private int first; // where labels begin: at the source, or at the end of the prefix
  private int incumbent; // the best label at the destination so far
  private long openBound; // what is left could not be better than this when labels ran out
  private int[] head;

  // One label per index.
  private int count;
  private int[] node = new int[INITIAL]; // stage * switches + switch
  private int[] parent = new int[INITIAL];
  private int[] link = new int[INITIAL];
  private int[] next = new int[INITIAL]; // of the same node
  private int[] depth = new int[INITIAL];
  private int[] load = new int[INITIAL];
  private long[] value = new long[INITIAL];
  private long[] estimate = new long[INITIAL];
  private long[] expanded = new long[INITIAL]; // links up to this estimate are done
  private long[] tie = new long[INITIAL];
  private long[] visited = new long[INITIAL];
  private long[] sums;
  private boolean[] dead = new boolean[INITIAL];

  /**
   * Searches.
   *
   * <p>A generous limit on hops is looked at only when the best path without it breaks it: limits
   * cost labels, and deep stacks seldom bind.
   */
  static Result solve(Question question, Scope scope) {
    long maxLinks = maxLinks(question.topology(), question.request());
    if (maxLinks >= GENEROUS_LINKS && (scope.ignored() & Kind.HOPS.bit()) == 0) {
      Result r = new LabelSearch(question, scope.without(Kind.HOPS)).run();
      if (r.links() == null ? r.proven() : r.proven() && r.links().size() <= maxLinks) {
        return r;
      }
    }
    return new LabelSearch(question, scope).run();
  }

  private LabelSearch(Question question, Scope scope) {
    PathRequest request = question.request();
    Goal goal = question.goal();
    topology = question.topology();
    measure = new LinkMeasure(topology, question.conditions(), request, goal);
    filter = question.filter();
    ignored = scope.ignored();
    prefix = scope.prefix();
    prefixed = !prefix.links().isEmpty();
    maxLabels = scope.maxLabels();
    source = topology.number(request.source().attachment().device());
    target = topology.number(request.destination().attachment().device());
    via = ignores(Kind.VIA) ? new int[0] : numbers(request.constraints().via());
    goalNode = via.length * topology.devices() + target;
    tieBreak = request.objective() == Objective.COST ? Metric.LATENCY : Metric.COST;
    SearchBounds guide = new SearchBounds(topology, request, goal, ignored, via, target);
    limited = guide.limited;
    limits = guide.limits;
    goalBound = guide.goal;
    limitBound = guide.limit;
    sums = new long[INITIAL * limited.length];
    head = new int[0];
  }

  /** Links between switches that a path may have: one less than switches, one label each. */
  static long maxLinks(Topology topology, PathRequest request) {
    int labels = topology.maxLabels(topology.number(request.source().attachment().device()));
    int asked = request.constraints().limits().hops();
    return (asked == 0 ? labels : Math.min(asked, labels)) - 1L;
  }

  private boolean ignores(Kind kind) {
    return (ignored & kind.bit()) != 0;
  }

  private int[] numbers(List<DeviceId> devices) {
    int[] numbers = new int[devices.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = topology.number(devices.get(i));
    }
    return numbers;
  }

  // ---- the search ----------------------------------------------------------------------------

  private Result run() {
    while (true) {
      int goalLabel = once();
      if (goalLabel < 0 || via.length == 0) {
        return result(goalLabel);
      }
      int[] twice = passedTwice(goalLabel);
      if (twice.length == 0) {
        return result(goalLabel);
      }
      if (remembered.length + twice.length > MAX_REMEMBERED) {
        return new Result(null, 0, estimate[goalLabel], count);
      }
      int old = remembered.length;
      remembered = Arrays.copyOf(remembered, old + twice.length);
      System.arraycopy(twice, 0, remembered, old, twice.length);
    }
  }

  private Result result(int label) {
    if (label >= 0) {
      return new Result(links(label), value[label], estimate[label], count);
    }
    if (count < maxLabels) {
      return new Result(null, 0, LowerBounds.UNREACHABLE, count);
    }
    // Out of labels: the best that reached the destination, and how good any could be.
    int best = NOBODY;
    for (int l = head[goalNode]; l >= 0; l = next[l]) {
      if (!dead[l] && (best < 0 || before(l, best)) && isPath(l)) {
        best = l;
      }
    }
    return best < 0
        ? new Result(null, 0, openBound, count)
        : new Result(links(best), value[best], openBound, count);
  }

  private boolean isPath(int label) {
    return via.length == 0 || passedTwice(label).length == 0;
  }

  /** The label of the best walk; negative: there is none, or none was found in time. */
  private int once() {
    count = 0;
    incumbent = NOBODY;
    head = new int[(via.length + 1) * topology.devices()];
    Arrays.fill(head, NOBODY);
    IndexedHeap open =
        new IndexedHeap() {
          @Override
          boolean before(int a, int b) {
            return LabelSearch.this.before(a, b);
          }
        };
    first = begin();
    if (first < 0) {
      return NOBODY;
    }
    open.add(first);
    while (!open.isEmpty()) {
      int label = open.remove();
      if (dead[label]) {
        continue;
      }
      if (node[label] == goalNode) {
        return label;
      }
      if (count >= maxLabels) {
        openBound = estimate[label];
        return NOBODY;
      }
      expand(label, open);
    }
    return NOBODY;
  }

  /**
   * Makes the labels behind one. At a switch of many links, only those that may come as early as it
   * did itself; for the others it comes again (partial expansion: Yoshizumi, Miura, Ishida, AAAI
   * 2000). In a Clos fabric, most links of a spine lead away from the destination.
   */
  private void expand(int label, IndexedHeap open) {
    int stage = node[label] / topology.devices();
    int at = node[label] - stage * topology.devices();
    int[] start = topology.out().start();
    int[] links = topology.out().links();
    long now = start[at + 1] - start[at] < PARTIAL_FROM ? Long.MAX_VALUE : estimate[label];
    long done = expanded[label];
    long again = LowerBounds.UNREACHABLE;
    for (int i = start[at]; i < start[at + 1]; i++) {
      int l = links[i];
      if (label == first && prefix.bannedLinks().get(l)) {
        continue;
      }
      int device = topology.to(l);
      long bound = goalBound[stageAt(stage, device)][device];
      long least = value[label] + measure.leastCost(l) + bound;
      if (bound >= LowerBounds.UNREACHABLE || least <= done || beaten(label, least)) {
        continue;
      }
      if (least > now) {
        again = Math.min(again, least);
        continue;
      }
      int child = extend(label, stage, l);
      if (child >= 0) {
        open.add(child);
      }
    }
    if (again < LowerBounds.UNREACHABLE) {
      expanded[label] = now;
      estimate[label] = again;
      open.add(label);
    }
  }

  /** The first label: at the source, or at the end of the prefix. */
  private int begin() {
    grow();
    int label = count++;
    node[label] = stageAt(0, source) * topology.devices() + source;
    parent[label] = NOBODY;
    link[label] = NOBODY;
    next[label] = NOBODY;
    depth[label] = 0;
    load[label] = 0;
    value[label] = 0;
    estimate[label] = goalBound[node[label] / topology.devices()][source];
    tie[label] = 0;
    visited[label] = memory(source);
    dead[label] = false;
    expanded[label] = NOT_YET;
    Arrays.fill(sums, label * limited.length, (label + 1) * limited.length, 0);
    if (!withinLimits(label, node[label] / topology.devices(), source)) {
      return NOBODY;
    }
    head[node[label]] = label;
    for (int l : prefix.links()) {
      label = extend(label, node[label] / topology.devices(), l);
      if (label < 0) {
        return NOBODY;
      }
    }
    return label;
  }

  private int stageAt(int stage, int device) {
    return stage < via.length && via[stage] == device ? stage + 1 : stage;
  }

  private long memory(int device) {
    for (int i = 0; i < remembered.length; i++) {
      if (remembered[i] == device) {
        return 1L << i;
      }
    }
    return 0;
  }

  private boolean inPrefix(int device) {
    for (int l : prefix.links()) {
      if (topology.from(l) == device) {
        return true;
      }
    }
    return false;
  }

  /** The label behind one more link; negative when it cannot be, or another is as good. */
  private int extend(int from, int fromStage, int over) {
    int device = topology.to(over);
    int stage = stageAt(fromStage, device);
    long bound = goalBound[stage][device];
    if (bound >= LowerBounds.UNREACHABLE) {
      return NOBODY;
    }
    int violations = filter.violations(over);
    if ((violations & ~ignored) != 0) {
      return NOBODY;
    }
    long memory = remembered.length == 0 ? 0 : memory(device);
    if ((visited[from] & memory) != 0
        || (prefixed && depth[from] >= prefix.links().size() && inPrefix(device))) {
      return NOBODY;
    }
    grow();
    int label = count;
    node[label] = stage * topology.devices() + device;
    parent[label] = from;
    link[label] = over;
    depth[label] = depth[from] + 1;
    visited[label] = visited[from] | memory;
    dead[label] = false;
    expanded[label] = NOT_YET;
    for (int i = 0; i < limited.length; i++) {
      sums[label * limited.length + i] =
          sums[from * limited.length + i] + measure.of(limited[i], over);
    }
    if (!withinLimits(label, stage, device)) {
      return NOBODY;
    }
    int loaded = measure.loadPermille(over);
    load[label] = Math.max(load[from], loaded);
    value[label] = value[from] + measure.cost(over, violations, loaded);
    estimate[label] = value[label] + bound;
    tie[label] = tie[from] + measure.of(tieBreak, over);
    if (dominated(label)) {
      return NOBODY;
    }
    next[label] = head[node[label]];
    head[node[label]] = label;
    if (node[label] == goalNode && (incumbent < 0 || before(label, incumbent))) {
      incumbent = label;
    }
    return count++;
  }

  /**
   * Whether a label at the destination is better than any that could come of this one.
   *
   * @param least estimate of what could
   */
  private boolean beaten(int from, long least) {
    return incumbent >= 0
        && (least > value[incumbent]
            || (least == value[incumbent] && load[from] > load[incumbent]));
  }

  private boolean withinLimits(int label, int stage, int device) {
    for (int i = 0; i < limited.length; i++) {
      if (sums[label * limited.length + i] + limitBound[i][stage][device] > limits[i]) {
        return false;
      }
    }
    return true;
  }

  /** Drops the new label if another is as good, and others if the new one is. */
  private boolean dominated(int label) {
    int previous = NOBODY;
    for (int other = head[node[label]]; other >= 0; other = next[other]) {
      if (dominates(other, label)) {
        return true;
      }
      if (dominates(label, other)) {
        dead[other] = true;
        if (previous < 0) {
          head[node[label]] = next[other];
        } else {
          next[previous] = next[other];
        }
      } else {
        previous = other;
      }
    }
    return false;
  }

  private boolean dominates(int a, int b) {
    if (value[a] > value[b] || (visited[a] & ~visited[b]) != 0) {
      return false;
    }
    for (int i = 0; i < limited.length; i++) {
      if (sums[a * limited.length + i] > sums[b * limited.length + i]) {
        return false;
      }
    }
    if (value[a] != value[b]) {
      return true;
    }
    if (load[a] != load[b]) {
      return load[a] < load[b];
    }
    return tie[a] != tie[b] ? tie[a] < tie[b] : depth[a] <= depth[b];
  }

  /** The order of labels, and so that of paths that are equally good. */
  private boolean before(int a, int b) {
    if (estimate[a] != estimate[b]) {
      return estimate[a] < estimate[b];
    }
    if (load[a] != load[b]) {
      return load[a] < load[b];
    }
    if (tie[a] != tie[b]) {
      return tie[a] < tie[b];
    }
    if (depth[a] != depth[b]) {
      // Of those that may become equally good, the one that has come further.
      return depth[a] > depth[b];
    }
    return link[a] != link[b] ? link[a] < link[b] : a < b;
  }

  private int[] passedTwice(int label) {
    BitSet seen = new BitSet();
    BitSet twice = new BitSet();
    for (int l = label; l >= 0; l = parent[l]) {
      int device = node[l] % topology.devices();
      if (seen.get(device)) {
        twice.set(device);
      }
      seen.set(device);
    }
    return twice.stream().toArray();
  }

  private List<Integer> links(int label) {
    List<Integer> links = new ArrayList<>();
    for (int l = label; parent[l] >= 0; l = parent[l]) {
      links.add(0, link[l]);
    }
    return links;
  }

  private void grow() {
    if (count < node.length) {
      return;
    }
    int size = 2 * count;
    node = Arrays.copyOf(node, size);
    parent = Arrays.copyOf(parent, size);
    link = Arrays.copyOf(link, size);
    next = Arrays.copyOf(next, size);
    depth = Arrays.copyOf(depth, size);
    load = Arrays.copyOf(load, size);
    value = Arrays.copyOf(value, size);
    estimate = Arrays.copyOf(estimate, size);
    expanded = Arrays.copyOf(expanded, size);
    tie = Arrays.copyOf(tie, size);
    visited = Arrays.copyOf(visited, size);
    sums = Arrays.copyOf(sums, size * limited.length);
    dead = Arrays.copyOf(dead, size);
  }
}
