package io.myelin.sim;

import io.myelin.core.model.Device;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.path.Topology;
import io.myelin.core.routing.Spreading;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A fabric as the simulator sees it: links by their numbers in {@link Topology}, NICs by their
 * place in the inventory, which links are up, and the ways that the switches' routing tables offer.
 */
public final class FlowFabric {
  private final Topology topology;
  private final List<Endpoint> nics = new ArrayList<>();
  private final int[] leaf;
  private final int[] uplink;
  private final int[] seeds;
  private final int[][] out;
  private final boolean[] up;
  private final Map<Integer, int[][]> nextHops = new HashMap<>();

  public FlowFabric(Inventory inventory) {
    topology = new Topology(inventory);
    inventory.endpoints().forEach((id, e) -> nics.add(e));
    leaf = nics.stream().mapToInt(e -> topology.number(e.attachment().device())).toArray();
    uplink = nics.stream().mapToInt(topology::uplink).toArray();
    seeds = new int[topology.devices()];
    out = new int[topology.devices()][];
    for (int d = 0; d < seeds.length; d++) {
      Device device = inventory.devices().get(topology.device(d));
      seeds[d] = device == null ? 0 : (int) Spreading.seed(device);
      out[d] =
          inventory.linksFrom(topology.device(d)).stream()
              .map(Link::id)
              .map(topology::number)
              .mapToInt(l -> l == null ? -1 : l)
              .toArray();
    }
    up = new boolean[topology.fabricLinks()];
    Arrays.fill(up, true);
  }

  public Topology topology() {
    return topology;
  }

  /** How many NICs there are. */
  public int nics() {
    return nics.size();
  }

  public Endpoint nic(int number) {
    return nics.get(number);
  }

  /** The switch that a NIC is attached to. */
  public int leaf(int nic) {
    return leaf[nic];
  }

  /** Link from a NIC into the fabric; the next one is the way back. */
  public int uplink(int nic) {
    return uplink[nic];
  }

  /** A way between switches with the NICs' own links around it. */
  public int[] fromNicToNic(SimFlow flow, int[] way) {
    int[] links = new int[way.length + 2];
    links[0] = uplink(flow.from());
    System.arraycopy(way, 0, links, 1, way.length);
    links[way.length + 1] = uplink(flow.to()) + 1;
    return links;
  }

  public boolean isUp(int link) {
    return link >= up.length || up[link];
  }

  /** Cuts or mends a cable: both directions of a link. */
  public void setUp(int link, Cable state) {
    up[link] = state == Cable.UP;
    if (topology.reverse(link) >= 0) {
      up[topology.reverse(link)] = state == Cable.UP;
    }
    nextHops.clear();
  }

  /** Whether a cable works. */
  public enum Cable {
    UP,
    CUT
  }

  /** Bits per second of a link; 0 while it is down. */
  public double capacityBps(int link) {
    return isUp(link) ? topology.capacityBps(link) : 0;
  }

  /** What its hash begins with. */
  int seed(int device) {
    return seeds[device];
  }

  /**
   * Links by which a switch sends to another, in the order of its WCMP group's members: all that
   * are on a shortest way over links that are up, wider ones several times.
   */
  int[] nextHops(int from, int to) {
    return nextHops.computeIfAbsent(to, this::towards)[from];
  }

  private int[][] towards(int to) {
    int[] distance = new int[topology.devices()];
    Arrays.fill(distance, Integer.MAX_VALUE);
    distance[to] = 0;
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(to));
    while (!open.isEmpty()) {
      int at = open.remove();
      for (int l : out[at]) {
        int there = topology.to(l);
        if (topology.reverse(l) >= 0
            && up[topology.reverse(l)]
            && distance[there] == Integer.MAX_VALUE) {
          distance[there] = distance[at] + 1;
          open.add(there);
        }
      }
    }
    int[][] hops = new int[topology.devices()][];
    for (int d = 0; d < hops.length; d++) {
      hops[d] = members(d, distance);
    }
    return hops;
  }

  private int[] members(int device, int[] distance) {
    List<Integer> best = new ArrayList<>();
    long narrowest = Long.MAX_VALUE;
    for (int l : out[device]) {
      int there = distance[topology.to(l)];
      if (up[l] && there != Integer.MAX_VALUE && there == distance[device] - 1) {
        best.add(l);
        narrowest = Math.min(narrowest, topology.capacityBps(l));
      }
    }
    List<Integer> copies = new ArrayList<>();
    for (int l : best) {
      copies.addAll(Collections.nCopies(Spreading.weight(topology.capacityBps(l), narrowest), l));
    }
    return copies.stream().mapToInt(Integer::intValue).toArray();
  }
}
