package io.myelin.softswitch.engine;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Indexed meters; an unconfigured one says green. */
final class MeterArray {
  private final AtomicReferenceArray<@Nullable Meter> meters;
  private final boolean bytes;

  MeterArray(ExternInfo info) {
    meters = new AtomicReferenceArray<>(info.size());
    bytes = info.bytes();
  }

  int size() {
    return meters.length();
  }

  int execute(int index, PacketContext c) {
    Meter m = meters.getAcquire(index);
    return m == null ? Meter.GREEN : m.execute(bytes ? c.ingressLength : 1, c.state.clock.nowNs());
  }

  void set(int index, @Nullable Meter meter) {
    meters.setRelease(index, meter);
  }
}
