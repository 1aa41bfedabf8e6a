package io.myelin.softswitch.engine;

/** Where a port's frames go: a link, a host, a capture. */
public interface PortSink {
  /** Takes a frame whose last bit has just left the port. The frame is the sink's to keep. */
  void transmit(byte[] frame);
}
