package io.myelin.core.place;

import io.myelin.core.model.LinkId;
import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.Path;
import io.myelin.core.path.Topology;
import io.myelin.core.state.FabricState;
import java.util.BitSet;

/** What is reserved of every link with a placement, and what could not be less. */
final class LinkLoads {
  private final Topology topology;
  private final LinkConditions conditions;
  private final long[] bps;
  private final BitSet access = new BitSet();
  private final BitSet[] touched = {new BitSet(), new BitSet()};

  LinkLoads(FabricState state, LinkConditions conditions) {
    topology = state.topology();
    this.conditions = conditions;
    bps = new long[topology.links()];
    for (int l = 0; l < bps.length; l++) {
      bps[l] = topology.reservableBps(l) - conditions.freeBps(l);
    }
  }

  void add(Path path, long more) {
    for (LinkId id : path.links()) {
      Integer l = topology.number(id);
      if (l != null) {
        bps[l] += more;
      }
    }
  }

  /** Adds a path whose neighbourhood counts. */
  void use(Path path, long more) {
    add(path, more);
    for (LinkId id : path.links()) {
      Integer l = topology.number(id);
      if (l != null && l >= topology.fabricLinks()) {
        access.set(l);
      }
    }
    if (path.egress().size() > 1) {
      touched[0].set(topology.number(path.egress().get(0).device()));
      touched[1].set(topology.number(path.egress().get(path.egress().size() - 1).device()));
    }
  }

  /** The highest utilisation of links at the NICs and leaves that are used. */
  double highest() {
    double most = accessLoad();
    for (int l = 0; l < topology.fabricLinks(); l++) {
      if (touched[0].get(topology.from(l)) || touched[1].get(topology.to(l))) {
        most = Math.max(most, share(l));
      }
    }
    return most;
  }

  /** A leaf's links together carry what its leases need, however they are arranged. */
  double bound() {
    double most = accessLoad();
    for (int side = 0; side < 2; side++) {
      double[] load = new double[topology.devices()];
      double[] capacity = new double[topology.devices()];
      for (int l = 0; l < topology.fabricLinks(); l++) {
        int d = side == 0 ? topology.from(l) : topology.to(l);
        load[d] += bps[l];
        if (bps[l] > 0 || conditions.status(l) == LinkConditions.Status.USABLE) {
          capacity[d] += topology.capacityBps(l);
        }
      }
      for (int d = touched[side].nextSetBit(0); d >= 0; d = touched[side].nextSetBit(d + 1)) {
        most = Math.max(most, load[d] / capacity[d]);
      }
    }
    return most;
  }

  private double accessLoad() {
    double most = 0;
    for (int l = access.nextSetBit(0); l >= 0; l = access.nextSetBit(l + 1)) {
      most = Math.max(most, share(l));
    }
    return most;
  }

  private double share(int link) {
    return (double) bps[link] / topology.capacityBps(link);
  }
}
