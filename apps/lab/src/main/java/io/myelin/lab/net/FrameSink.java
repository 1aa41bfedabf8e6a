package io.myelin.lab.net;

/** Takes Ethernet frames, without FCS. Called on the scheduler's thread. */
@FunctionalInterface
public interface FrameSink {
  void deliver(byte[] frame);
}
