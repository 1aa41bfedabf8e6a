package io.myelin.node.northbound;

import io.myelin.core.collect.ChangeHistory;
import io.myelin.core.loop.Loops;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.v1.WatchFabricResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code WatchFabric}. */
final class FabricFeed extends Feed<FabricFeed.Key, WatchFabricResponse> {

  /** Something in the fabric that can change. */
  sealed interface Key {
    record DeviceKey(DeviceId id) implements Key {}

    record LinkKey(LinkId id) implements Key {}

    record EndpointKey(EndpointId id) implements Key {}
  }

  private final StateLog stateLog;
  private final DeviceStatus status;
  private final Loops loops;
  private final Conditions conditions;

  FabricFeed(
      StateLog stateLog, DeviceStatus status, Loops loops, Conditions conditions, String process) {
    super(ChangeHistory.ofProcess(process));
    this.conditions = conditions;
    this.loops = loops;
    this.stateLog = stateLog;
    this.status = status;
  }

  void applied(Applied a) {
    Set<Key> keys = new LinkedHashSet<>();
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LinkChanged c) {
        keys.add(new Key.LinkKey(c.link()));
      } else if (change instanceof Applied.Change.InventoryChanged) {
        keys.addAll(keys());
      } else if (change instanceof Applied.Change.LeaseChanged c) {
        reservations(a.before().leases().get(c.lease()), keys);
        reservations(a.after().leases().get(c.lease()), keys);
      }
    }
    if (!keys.isEmpty()) {
      changed(new ArrayList<>(keys));
    }
  }

  private static void reservations(@Nullable Lease lease, Set<Key> keys) {
    if (lease != null && lease.state().occupies()) {
      lease.path().links().forEach(link -> keys.add(new Key.LinkKey(link)));
    }
  }

  /** Some device's phase changed. */
  void devicesChanged() {
    List<Key> keys = new ArrayList<>();
    stateLog.state().inventory().devices().forEach((id, d) -> keys.add(new Key.DeviceKey(id)));
    changed(keys);
  }

  @Override
  @Nullable WatchFabricResponse message(Key key, String resumeToken) {
    FabricState state = stateLog.state();
    FabricView view = new FabricView(state, status, loops, conditions.last(), Map.of());
    WatchFabricResponse.Builder b = WatchFabricResponse.newBuilder().setResumeToken(resumeToken);
    if (key instanceof Key.DeviceKey k) {
      var m = view.device(k.id());
      return m == null
          ? null
          : b.setType(WatchFabricResponse.Type.TYPE_DEVICE).setDevice(m).build();
    } else if (key instanceof Key.EndpointKey k) {
      var m = view.endpoint(k.id());
      return m == null
          ? null
          : b.setType(WatchFabricResponse.Type.TYPE_ENDPOINT).setEndpoint(m).build();
    }
    var m = link(state, view, ((Key.LinkKey) key).id());
    return m == null ? null : b.setType(WatchFabricResponse.Type.TYPE_LINK).setLink(m).build();
  }

  /** Whether a caller may see what a message would be about. */
  boolean sees(VisibilityFilter visible, Key key) {
    if (key instanceof Key.EndpointKey k) {
      Endpoint e = stateLog.state().inventory().endpoints().get(k.id());
      return e != null && visible.sees(e);
    }
    return key instanceof Key.DeviceKey || visible.sees(((Key.LinkKey) key).id());
  }

  /** Without what tells of other tenants. */
  static WatchFabricResponse confined(WatchFabricResponse m) {
    return m.hasLink() ? m.toBuilder().setLink(FabricView.confined(m.getLink())).build() : m;
  }

  private static io.myelin.v1.@Nullable Link link(FabricState s, FabricView view, LinkId id) {
    var link = view.link(id);
    if (link != null) {
      return link;
    }
    Endpoint e = s.inventory().endpointByAccessLink(id);
    if (e == null) {
      return null;
    }
    return e.uplink().equals(id) ? view.uplink(e) : view.downlink(e);
  }

  @Override
  WatchFabricResponse synced(String resumeToken) {
    return WatchFabricResponse.newBuilder()
        .setType(WatchFabricResponse.Type.TYPE_SYNCED)
        .setResumeToken(resumeToken)
        .build();
  }

  @Override
  WatchFabricResponse heartbeat(String resumeToken) {
    return WatchFabricResponse.newBuilder()
        .setType(WatchFabricResponse.Type.TYPE_HEARTBEAT)
        .setResumeToken(resumeToken)
        .build();
  }

  @Override
  List<Key> keys() {
    List<Key> keys = new ArrayList<>();
    var inv = stateLog.state().inventory();
    inv.devices().forEach((id, d) -> keys.add(new Key.DeviceKey(id)));
    inv.links().forEach((id, l) -> keys.add(new Key.LinkKey(id)));
    inv.endpoints()
        .forEach(
            (id, e) -> {
              keys.add(new Key.EndpointKey(id));
              keys.add(new Key.LinkKey(e.uplink()));
              keys.add(new Key.LinkKey(e.downlink()));
            });
    return keys;
  }
}
