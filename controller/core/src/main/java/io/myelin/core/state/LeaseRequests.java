package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Invalid;
import io.myelin.core.path.Disjoint;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.Topology;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a lease asks of a path, with the leases that it names, or that name it, resolved. */
public final class LeaseRequests {
  private LeaseRequests() {}

  /**
   * The request of a lease.
   *
   * @param name of the lease, if it has one already: others may have asked to stay disjoint from it
   * @throws IllegalArgumentException when an endpoint is unknown: the caller checks first
   */
  public static PathRequest of(FabricState s, @Nullable LeaseName name, LeaseSpec spec) {
    return of(s.topology(), s.leases(), s.leaseIndices().keptApart(), name, spec);
  }

  /** The request of a lease's backup: disjoint from its path as well. */
  public static PathRequest backup(FabricState s, PathRequest request, LeaseSpec spec, Path path) {
    return request.withApart(
        request
            .apart()
            .and(
                new Disjoint(s.inventory())
                    .add(path, spec.terms().protection())
                    .between(request.source(), request.destination())));
  }

  static PathRequest of(
      Topology topology,
      PersistentMap<LeaseName, Lease> leases,
      PersistentMap<LeaseName, PersistentMap<LeaseName, Boolean>> keptApart,
      @Nullable LeaseName name,
      LeaseSpec spec) {
    Endpoint source = topology.endpoint(spec.source());
    Endpoint destination = topology.endpoint(spec.destination());
    if (source == null || destination == null) {
      throw new Invalid(
          source == null ? "source" : "destination",
          "'"
              + (source == null ? spec.source() : spec.destination())
              + "' is not in the inventory");
    }
    Disjoint apart = new Disjoint(topology.inventory());
    for (LeaseName other : spec.terms().apart().from()) {
      Lease lease = leases.get(other);
      if (lease != null && !lease.state().ended()) {
        apart.add(lease.path(), spec.terms().apart().scopes());
      }
    }
    if (name != null) {
      for (Map.Entry<LeaseName, Boolean> e : keptApart.getOrDefault(name, PersistentMap.empty())) {
        Lease lease = leases.get(e.getKey());
        if (lease != null) {
          apart.add(lease.path(), lease.spec().terms().apart().scopes());
        }
      }
    }
    return PathRequest.of(source, destination, spec.bandwidthBps(), spec.terms().objective())
        .with(spec.terms().weights())
        .with(spec.terms().constraints())
        .withApart(apart.between(source, destination));
  }
}
