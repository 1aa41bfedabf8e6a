package io.myelin.core.path;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Constraints.Limits;
import io.myelin.core.path.Topology.Metric;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Which constraints a link by itself breaks, for one request. */
final class LinkFilter {
  private static final int NOT_JUDGED = -1;

  private final Topology topology;
  private final LinkConditions conditions;
  private final Constraints constraints;
  private final boolean limited;
  private final long bandwidthBps;
  private final int[] ofClass;
  private final @Nullable BitSet avoided;
  private final @Nullable BitSet taken;

  LinkFilter(Topology topology, LinkConditions conditions, PathRequest request) {
    this.topology = topology;
    this.conditions = conditions;
    constraints = request.constraints();
    limited = !constraints.limits().equals(Limits.NONE);
    bandwidthBps = request.bandwidthBps();
    ofClass = new int[topology.classes()];
    Arrays.fill(ofClass, NOT_JUDGED);
    avoided = links(constraints.avoid());
    taken = links(request.apart());
  }

  /** Bits of the kinds that a link breaks; 0: it may be used. */
  int violations(int link) {
    int v =
        switch (conditions.status(link)) {
          case USABLE -> 0;
          case DOWN -> Kind.LINK_DOWN.bit();
          case SWITCH_UNAVAILABLE -> Kind.SWITCH_UNAVAILABLE.bit();
          case CLOSED -> Kind.AVAILABILITY.bit();
          case DRAINED -> Kind.DRAINED.bit();
        };
    if (conditions.freeBps(link) < bandwidthBps) {
      v |= Kind.BANDWIDTH.bit();
    }
    if (limited && link < topology.fabricLinks()) {
      v |= unknown(link);
    }
    if (avoided != null && avoided.get(link)) {
      v |= Kind.AVOID.bit();
    }
    if (taken != null && taken.get(link)) {
      v |= Kind.DISJOINT.bit();
    }
    int c = topology.classOf(link);
    if (ofClass[c] == NOT_JUDGED) {
      ofClass[c] = judge(topology.linkClass(c));
    }
    return v | ofClass[c];
  }

  /** The limits that a link cannot keep because nobody knows what it adds: they fail closed. */
  private int unknown(int link) {
    Limits max = constraints.limits();
    int v = 0;
    if (max.latencyNs() != Limits.UNLIMITED && !conditions.knowsLatency(link)) {
      v |= Kind.LATENCY.bit();
    }
    if (max.jitterNs() != Limits.UNLIMITED && !topology.declares(Metric.JITTER, link)) {
      v |= Kind.JITTER.bit();
    }
    if (max.lossPpb() != Limits.UNLIMITED && !topology.declares(Metric.LOSS, link)) {
      v |= Kind.LOSS.bit();
    }
    return v;
  }

  private int judge(Topology.LinkClass c) {
    int v = 0;
    if (!constraints.regions().permit(c.regions())) {
      v |= Kind.REGION.bit();
    }
    if (!constraints.permits(c.encryption())) {
      v |= Kind.ENCRYPTION.bit();
    }
    if (!c.access() && !constraints.permits(c.medium())) {
      v |= Kind.MEDIUM.bit();
    }
    return v;
  }

  private @Nullable BitSet links(Constraints.Avoid what) {
    if (what.isNothing()) {
      return null;
    }
    BitSet set = new BitSet(topology.links());
    for (LinkId id : what.links()) {
      Integer link = topology.number(id);
      if (link != null) {
        set.set(link);
        set.set(topology.reverse(link));
      }
    }
    for (String srlg : what.srlgs()) {
      for (int link : topology.srlg(srlg)) {
        set.set(link);
      }
    }
    for (DeviceId device : what.devices()) {
      int d = topology.number(device);
      around(topology.out(), d, set);
      around(topology.in(), d, set);
    }
    return set;
  }

  private static void around(Topology.Incidence links, int device, BitSet set) {
    for (int i = links.start()[device]; i < links.start()[device + 1]; i++) {
      set.set(links.links()[i]);
    }
  }
}
