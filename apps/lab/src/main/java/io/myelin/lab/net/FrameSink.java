package io.myelin.lab.net;

/** Takes Ethernet frames, without FCS. Called on the scheduler's thread. */
@FunctionalInterface
public interface FrameSink {
  /**
   * Takes a frame.
   *
   * @param frame from the destination address on, exactly as long as the frame; nobody writes to it
   *     afterwards, neither sender nor receiver, so taps and captures may keep it
   */
  void deliver(byte[] frame);
}
