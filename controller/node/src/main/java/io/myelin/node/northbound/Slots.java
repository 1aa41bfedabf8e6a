package io.myelin.node.northbound;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.SlotSearch;
import io.myelin.core.place.Placement;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.FindSlotsResponse;

/** {@code FindSlots}: when a lease would fit. */
final class Slots {
  private Slots() {}

  static FindSlotsResponse find(Placement placement, FindSlotsRequest m, long nowMs) {
    long from =
        m.hasEarliestStart()
            ? Math.max(nowMs, RequestFields.millis("earliest_start", m.getEarliestStart()))
            : nowMs;
    long until =
        m.hasLatestStart()
            ? RequestFields.millis("latest_start", m.getLatestStart())
            : TimeWindow.FOREVER - 1;
    PathRequest request = placement.request();
    SlotSearch search =
        new SlotSearch(placement.state().topology(), placement.conditions(), from, until);
    SlotSearch.Slots slots =
        switch (m.getExtentCase()) {
          case DURATION ->
              search.earliest(request, RequestFields.millis("duration", m.getDuration()));
          case VOLUME_BYTES ->
              search.forVolume(
                  request,
                  m.getVolumeBytes(),
                  m.getMinBandwidthBps() == 0 ? request.bandwidthBps() : m.getMinBandwidthBps());
          case EXTENT_NOT_SET -> throw new Invalid("duration", "is required, or volume_bytes");
        };
    Inventory inventory = placement.state().inventory();
    FindSlotsResponse.Builder b = FindSlotsResponse.newBuilder();
    slots.slots().forEach(slot -> b.addSlots(PathProtos.slot(inventory, slot)));
    if (slots.slots().isEmpty() && slots.searchedUntilMs() < TimeWindow.FOREVER - 1) {
      b.setSearchedUntil(Protos.timestamp(slots.searchedUntilMs()));
    }
    return b.build();
  }
}
