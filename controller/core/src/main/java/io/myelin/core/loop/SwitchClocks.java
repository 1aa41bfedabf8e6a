package io.myelin.core.loop;

import io.myelin.core.model.DeviceId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What time it is by the switches' clocks, as every packet to the controller tells. A rate is what
 * a switch counted by its own clock: one that runs in software on a machine that cannot keep up
 * forwards in a time that passes more slowly than the controller's, and its full links would seem
 * to have room.
 *
 * <p>Any thread.
 */
public final class SwitchClocks {
  /** A packet may overtake another; a clock that is further back started anew. */
  private static final long MAX_OVERTAKEN_US = 1_000_000;

  private final ConcurrentMap<DeviceId, Clock> clocks = new ConcurrentHashMap<>();

  /**
   * @param behindUs by how much the switch's clock fell behind since it was first heard of; what a
   *     packet was late is in it until the next one comes
   */
  private record Clock(long switchUs, long atMs, long behindUs) {
    Clock next(long switchUs, long atMs) {
      long passedUs = switchUs - this.switchUs;
      return passedUs < -MAX_OVERTAKEN_US
          ? new Clock(switchUs, atMs, behindUs)
          : new Clock(switchUs, atMs, behindUs + (atMs - this.atMs) * 1_000 - passedUs);
    }
  }

  /**
   * A packet came.
   *
   * @param switchUs when the switch sent it, microseconds by its clock
   * @param atMs when it was here
   */
  public void heard(DeviceId device, long switchUs, long atMs) {
    clocks.merge(device, new Clock(switchUs, atMs, 0), (was, is) -> was.next(switchUs, atMs));
  }

  /** A switch starts anew, and so does its clock. */
  public void forget(DeviceId device) {
    clocks.remove(device);
  }

  /**
   * A moment by a switch's clock, microseconds. Only differences mean something; as long as nothing
   * was heard of the switch, its clock is the controller's.
   */
  public long us(DeviceId device, long nowMs) {
    Clock clock = clocks.get(device);
    return nowMs * 1_000 - (clock == null ? 0 : clock.behindUs);
  }
}
