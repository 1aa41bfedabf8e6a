package io.myelin.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Who sends how much to whom. Each NIC sends, or receives, so many bytes in all at most. */
public final class Patterns {
  private Patterns() {}

  /** NICs 0 to n - 1. */
  public static List<Integer> all(FlowFabric fabric) {
    return IntStream.range(0, fabric.nics()).boxed().toList();
  }

  /** Half of the NICs at every switch, by chance. */
  public static List<Integer> halfOfEachRack(FlowFabric fabric, Random random) {
    List<List<Integer>> racks = new ArrayList<>();
    IntStream.range(0, fabric.topology().devices()).forEach(d -> racks.add(new ArrayList<>()));
    for (int i = 0; i < fabric.nics(); i++) {
      racks.get(fabric.leaf(i)).add(i);
    }
    List<Integer> half = new ArrayList<>();
    for (List<Integer> rack : racks) {
      Collections.shuffle(rack, random);
      half.addAll(rack.subList(0, rack.size() / 2));
    }
    return half;
  }

  /** Each member sends to one other and receives from one other. */
  public static List<SimFlow> permutation(List<Integer> members, double bytes, Random random) {
    List<Integer> to = new ArrayList<>(members);
    Collections.shuffle(to, random);
    List<SimFlow> flows = new ArrayList<>();
    for (int i = 0; i < to.size(); i++) {
      if (!members.get(i).equals(to.get(i))) {
        flows.add(new SimFlow(members.get(i), to.get(i), bytes));
      }
    }
    return flows;
  }

  /** One ring over members in an order of chance: a job whose hosts are wherever there was room. */
  public static List<SimFlow> ring(List<Integer> members, double bytes, Random random) {
    List<Integer> order = new ArrayList<>(members);
    Collections.shuffle(order, random);
    return ring(order, bytes);
  }

  /** A ring in the order given. */
  public static List<SimFlow> ring(List<Integer> order, double bytes) {
    List<SimFlow> flows = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      flows.add(new SimFlow(order.get(i), order.get((i + 1) % order.size()), bytes));
    }
    return flows;
  }

  /** Each to every other, all at once, in rounds that are permutations. */
  public static List<SimFlow> allToAll(List<Integer> members, double bytes) {
    int n = members.size();
    List<SimFlow> flows = new ArrayList<>();
    for (int shift = 1; shift < n; shift++) {
      for (int i = 0; i < n; i++) {
        flows.add(new SimFlow(members.get(i), members.get((i + shift) % n), bytes / (n - 1)));
      }
    }
    return flows;
  }
}
