package io.myelin.core.state;

import io.myelin.core.model.DeviceId;

/** Routed traffic at a switch, on its way to the endpoints of a leaf. */
public record RoutePair(DeviceId at, DeviceId leaf) implements Comparable<RoutePair> {
  @Override
  public int compareTo(RoutePair o) {
    int c = at.compareTo(o.at);
    return c != 0 ? c : leaf.compareTo(o.leaf);
  }
}
