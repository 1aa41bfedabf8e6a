package io.myelin.node.northbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.collect.ChangeHistory;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.v1.WatchLeasesResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code WatchLeases}. */
final class LeaseFeed extends Feed<LeaseName, WatchLeasesResponse> {
  private final StateLog stateLog;

  LeaseFeed(StateLog stateLog) {
    super(ChangeHistory.ofLog(() -> stateLog.progress().index()));
    this.stateLog = stateLog;
  }

  /**
   * A command was applied.
   *
   * @param index of it in the log
   */
  void applied(Applied a, long index) {
    List<LeaseName> names = new ArrayList<>();
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LeaseChanged c) {
        names.add(c.lease());
      } else if (change instanceof Applied.Change.DeviceChanged c) {
        unconfirmed(a.after(), c.device(), names);
      }
    }
    if (!names.isEmpty()) {
      changed(index, names);
    }
  }

  /** Leases that enter at a device: whether it is known to hold them differs now. */
  private static void unconfirmed(FabricState s, DeviceId device, List<LeaseName> names) {
    for (Endpoint e : s.inventory().endpointsAt(device)) {
      s.link(e.uplink()).leases().forEach((name, yes) -> names.add(name));
    }
  }

  void watch(@Nullable TenantId tenant, String token, StreamObserver<WatchLeasesResponse> out) {
    watch(name -> tenant == null || name.tenant().equals(tenant), token, out);
  }

  @Override
  WatchLeasesResponse message(LeaseName key, String resumeToken) {
    Lease lease = stateLog.state().leases().get(key);
    WatchLeasesResponse.Builder b = WatchLeasesResponse.newBuilder().setResumeToken(resumeToken);
    return lease == null
        ? b.setType(WatchLeasesResponse.Type.TYPE_REMOVED)
            .setLease(io.myelin.v1.Lease.newBuilder().setName(key.toString()))
            .build()
        : b.setType(WatchLeasesResponse.Type.TYPE_LEASE)
            .setLease(Protos.lease(stateLog.state(), lease))
            .build();
  }

  @Override
  WatchLeasesResponse synced(String resumeToken) {
    return WatchLeasesResponse.newBuilder()
        .setType(WatchLeasesResponse.Type.TYPE_SYNCED)
        .setResumeToken(resumeToken)
        .build();
  }

  @Override
  WatchLeasesResponse heartbeat(String resumeToken) {
    return WatchLeasesResponse.newBuilder()
        .setType(WatchLeasesResponse.Type.TYPE_HEARTBEAT)
        .setResumeToken(resumeToken)
        .build();
  }

  @Override
  List<LeaseName> keys() {
    List<LeaseName> names = new ArrayList<>();
    stateLog.state().leases().forEach((n, l) -> names.add(n));
    return names;
  }
}
