package io.myelin.sim;

import io.myelin.lab.roce.QueuePair;
import java.util.List;
import java.util.Random;

/**
 * What the switches do with traffic that nobody has placed: each queue pair goes where its hash
 * says, exactly as {@code p4/myelin.p4} computes it.
 *
 * @param qps queue pairs over which a flow is spread, an equal share of its bytes each
 */
public record Ecmp(int qps) implements Strategy {
  @Override
  public String name() {
    return "ecmp" + (qps == 1 ? "" : String.valueOf(qps));
  }

  @Override
  public void route(FlowFabric fabric, List<SimFlow> flows, long seed, Parts out) {
    Random random = new Random(seed);
    // NICs number their queue pairs one after the other, from wherever they are.
    int[] next = random.ints(fabric.nics(), 1 << 10, 1 << 22).toArray();
    double share = 1.0 / qps;
    for (int f = 0; f < flows.size(); f++) {
      SimFlow flow = flows.get(f);
      int pair = FlowHash.pair(fabric.nic(flow.from()).ip(), fabric.nic(flow.to()).ip());
      for (int q = 0; q < qps; q++) {
        int local = next[flow.from()]++;
        int remote = next[flow.to()]++;
        int crc = FlowHash.queuePair(pair, QueuePair.udpSourcePort(local, remote), remote);
        int[] links = way(fabric, flow, crc);
        if (links.length > 0) {
          out.add(f, share, links, Flat.WHOLE);
        }
      }
    }
  }

  /** The links that a queue pair's packets take; none: the switches know no way. */
  static int[] way(FlowFabric fabric, SimFlow flow, int crc) {
    int[] links = new int[16];
    int n = 0;
    links[n++] = fabric.uplink(flow.from());
    int at = fabric.leaf(flow.from());
    int end = fabric.leaf(flow.to());
    while (at != end) {
      int[] members = fabric.nextHops(at, end);
      if (members.length == 0) {
        return new int[0];
      }
      int hash = FlowHash.at(crc, fabric.seed(at));
      int link = members[Integer.remainderUnsigned(hash, members.length)];
      if (n + 1 == links.length) {
        links = java.util.Arrays.copyOf(links, 2 * n);
      }
      links[n++] = link;
      at = fabric.topology().to(link);
    }
    links[n++] = fabric.uplink(flow.to()) + 1;
    return java.util.Arrays.copyOf(links, n);
  }
}
