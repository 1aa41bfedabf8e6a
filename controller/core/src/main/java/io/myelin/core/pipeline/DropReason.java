package io.myelin.core.pipeline;

/** Why the data plane dropped a packet: DROP_* of p4/include/headers.p4, index of drop_counter. */
public enum DropReason {
  PARSER(1),
  CHECKSUM(2),
  UNKNOWN_SOURCE(3),
  ISOLATION(4),
  LABEL(5),
  TTL(6),
  NO_ROUTE(7),
  METER(8),
  POLICY(9),
  HOST_LABELS(10),
  PROTOCOL(11),
  PORT_DOWN(12),
  PROBE(13),
  CONTROL_FRAME(14),
  SOURCE_MAC(15),
  PUNT_RATE(16);

  private final int index;

  DropReason(int index) {
    this.index = index;
  }

  /** Index of {@code drop_counter}. */
  public int index() {
    return index;
  }
}
