package io.myelin.core.state;

import io.myelin.core.model.EndpointId;
import io.myelin.core.path.Path;

/**
 * A RoCE flow without a lease that was led away from a hot link. It books nothing, its packets stay
 * in the class of unleased RoCE, any lease for the same traffic goes before it, and it is let go
 * once it is idle or its path breaks.
 */
public record SteeredFlow(Key key, Path path, long sinceMs) {
  /**
   * What its packets have in common.
   *
   * @param destQp 24 bits
   */
  public record Key(EndpointId source, EndpointId destination, int destQp)
      implements Comparable<Key> {
    @Override
    public int compareTo(Key o) {
      int c = source.compareTo(o.source);
      c = c != 0 ? c : destination.compareTo(o.destination);
      return c != 0 ? c : Integer.compare(destQp, o.destQp);
    }

    @Override
    public String toString() {
      return source + ">" + destination + " qp " + destQp;
    }
  }
}
