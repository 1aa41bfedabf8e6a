package io.myelin.node.northbound;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.v1.WatchLeasesResponse;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** {@code WatchLeases}. */
final class LeaseFeed
    extends ResourceFeed<LeaseName, Lease, io.myelin.v1.Lease, WatchLeasesResponse> {
  LeaseFeed(StateLog stateLog) {
    super(LeaseResource.LEASES, stateLog);
  }

  @Override
  void changed(Applied a, Collection<LeaseName> names) {
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LeaseChanged c) {
        names.add(c.lease());
      } else if (change instanceof Applied.Change.DeviceChanged c) {
        unconfirmed(a.after(), c.device(), names);
      }
    }
  }

  /** Leases that enter at a device: whether it is known to hold them differs now. */
  private static void unconfirmed(FabricState s, DeviceId device, Collection<LeaseName> names) {
    for (Endpoint e : s.inventory().endpointsAt(device)) {
      s.link(e.uplink()).leases().forEach((name, yes) -> names.add(name));
    }
  }

  @Override
  WatchLeasesResponse message(Event event, io.myelin.v1.@Nullable Lease about, String resumeToken) {
    WatchLeasesResponse.Builder b =
        WatchLeasesResponse.newBuilder()
            .setResumeToken(resumeToken)
            .setType(
                switch (event) {
                  case CHANGED -> WatchLeasesResponse.Type.TYPE_LEASE;
                  case REMOVED -> WatchLeasesResponse.Type.TYPE_REMOVED;
                  case SYNCED -> WatchLeasesResponse.Type.TYPE_SYNCED;
                  case HEARTBEAT -> WatchLeasesResponse.Type.TYPE_HEARTBEAT;
                });
    return about == null ? b.build() : b.setLease(about).build();
  }
}
