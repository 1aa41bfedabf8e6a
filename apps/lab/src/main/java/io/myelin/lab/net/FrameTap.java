package io.myelin.lab.net;

/** Sees the frames that enter a cable. Called on the scheduler's thread. */
@FunctionalInterface
public interface FrameTap {
  /**
   * Sees a frame, also one that the cable is about to lose.
   *
   * @param direction which way it goes
   * @param timestampNs when its last bit left the sender, on the scheduler's clock
   * @param frame without FCS; not to be written to
   */
  void frame(EmulatedLink.Direction direction, long timestampNs, byte[] frame);
}
