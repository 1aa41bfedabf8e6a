package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;

/** An address on the fabric, the MAC address that it is reached by, and what waits for that. */
final class NeighborEntry {
  private static final long UNKNOWN = -1;

  private final byte[] ip;
  private final IpAddress address;
  private long mac = UNKNOWN;

  /** Set by the operator: nothing heard changes it. */
  boolean isStatic;

  /** Frames that are whole but for their destination. */
  final Deque<byte[]> frames = new ArrayDeque<>();

  /** Queue pairs that hold back their packets. */
  final Set<QueuePair> queuePairs = new LinkedHashSet<>();

  /** Requests sent since something began to wait; 0: nobody asks. */
  int requests;

  NeighborEntry(byte[] ip) {
    this.ip = ip.clone();
    address = Wire.address(ip, 0, ip.length);
  }

  /** 4 or 16 bytes; not to be written to. */
  byte[] ip() {
    return ip;
  }

  IpAddress address() {
    return address;
  }

  boolean isResolved() {
    return mac != UNKNOWN;
  }

  long mac() {
    return mac;
  }

  void setMac(long newMac) {
    mac = newMac;
  }
}
