package io.myelin.lab;

import io.grpc.Channel;
import io.myelin.core.model.TenantId;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.TrafficSelector;
import java.util.concurrent.TimeUnit;

/** Asks a node for leases, as any client would. */
public final class Leases {
  private static final long TIMEOUT_S = 20;

  private Leases() {}

  /**
   * A lease for a pair, of the lab's tenant.
   *
   * @throws IllegalStateException if it does not become ACTIVE
   */
  public static Lease create(Channel node, Permutation.Pair pair, long bandwidthBps) {
    return active(
        node,
        CreateLeaseRequest.newBuilder()
            .setParent("tenants/" + LabFabric.TENANT)
            .setLeaseId(pair.from() + "-to-" + pair.to())
            .setLease(
                Lease.newBuilder()
                    .setSource(pair.from().value())
                    .setDestination(pair.to().value())
                    .setBandwidthBps(bandwidthBps))
            .build());
  }

  /**
   * A lease for one queue pair of a tenant's pair.
   *
   * @throws IllegalStateException if it does not become ACTIVE
   */
  static Lease create(
      Channel node, TenantId tenant, Permutation.Pair pair, int destQp, long bandwidthBps) {
    return active(
        node,
        request(pair.from().value(), pair.to().value(), destQp, bandwidthBps)
            .setParent("tenants/" + tenant)
            .setLeaseId(pair.from() + "-to-" + pair.to() + "-qp" + destQp)
            .build());
  }

  private static Lease active(Channel node, CreateLeaseRequest request) {
    Lease lease =
        LeaseServiceGrpc.newBlockingStub(node)
            .withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS)
            .createLease(request)
            .getLease();
    if (lease.getState() != LeaseState.LEASE_STATE_ACTIVE) {
      throw new IllegalStateException(
          lease.getName() + " is " + lease.getState() + ": " + lease.getReason());
    }
    return lease;
  }

  /** For one queue pair, of the lab's tenant. */
  public static CreateLeaseRequest.Builder request(
      String source, String destination, int destQp, long bandwidthBps) {
    return CreateLeaseRequest.newBuilder()
        .setParent("tenants/" + LabFabric.TENANT)
        .setLease(
            Lease.newBuilder()
                .setSource(source)
                .setDestination(destination)
                .setBandwidthBps(bandwidthBps)
                .setTraffic(
                    TrafficSelector.newBuilder()
                        .setKind(TrafficSelector.Kind.KIND_ROCE)
                        .addDestQps(destQp)));
  }

  /** The lease as it is now: others may have moved it since. */
  public static Lease get(Channel node, String name) {
    return LeaseServiceGrpc.newBlockingStub(node)
        .withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS)
        .getLease(GetLeaseRequest.newBuilder().setName(name).build())
        .getLease();
  }
}
