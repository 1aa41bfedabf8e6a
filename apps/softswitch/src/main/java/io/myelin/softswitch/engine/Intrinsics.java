package io.myelin.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** Slots of the metadata that the target itself reads and writes; -1 where a program has none. */
final class Intrinsics {
  final int ingressPort;
  final int egressSpec;
  final int egressPort;
  final int instanceType;
  final int packetLength;
  final int parserError;
  final int checksumError;
  final int ingressTimestamp;
  final int egressTimestamp;
  final int multicastGroup;
  final int egressRid;
  final int priority;
  final int enqueueTimestamp;
  final int enqueueDepth;
  final int dequeueTimeDelta;
  final int dequeueDepth;
  final int queueId;
  private final long egressSpecMask;

  Intrinsics(Layout layout) {
    ingressPort = required(layout, "ingress_port");
    FieldRef spec = layout.wellKnown("standard_metadata", "egress_spec");
    egressSpec = required(layout, "egress_spec");
    egressSpecMask = spec == null ? 0 : Bits.mask(spec.width());
    egressPort = required(layout, "egress_port");
    instanceType = slot(layout.wellKnown("standard_metadata", "instance_type"));
    packetLength = slot(layout.wellKnown("standard_metadata", "packet_length"));
    parserError = slot(layout.wellKnown("standard_metadata", "parser_error"));
    checksumError = slot(layout.wellKnown("standard_metadata", "checksum_error"));
    ingressTimestamp = slot(layout.wellKnown("intrinsic_metadata", "ingress_global_timestamp"));
    egressTimestamp = slot(layout.wellKnown("intrinsic_metadata", "egress_global_timestamp"));
    multicastGroup = slot(layout.wellKnown("intrinsic_metadata", "mcast_grp"));
    egressRid = slot(layout.wellKnown("intrinsic_metadata", "egress_rid"));
    priority = slot(layout.wellKnown("intrinsic_metadata", "priority"));
    enqueueTimestamp = slot(layout.wellKnown("queueing_metadata", "enq_timestamp"));
    enqueueDepth = slot(layout.wellKnown("queueing_metadata", "enq_qdepth"));
    dequeueTimeDelta = slot(layout.wellKnown("queueing_metadata", "deq_timedelta"));
    dequeueDepth = slot(layout.wellKnown("queueing_metadata", "deq_qdepth"));
    queueId = slot(layout.wellKnown("queueing_metadata", "qid"));
  }

  private static int required(Layout layout, String field) {
    FieldRef ref = layout.wellKnown("standard_metadata", field);
    if (ref == null) {
      throw new InvalidProgramException("there is no standard_metadata." + field);
    }
    return ref.slot();
  }

  private static int slot(@Nullable FieldRef ref) {
    return ref == null ? -1 : ref.slot();
  }

  static void set(PacketContext c, int slot, long value) {
    if (slot >= 0) {
      c.f[slot] = value;
    }
  }

  /** Sets a timestamp in microseconds, the unit of simple_switch; 48 and 32 bit fields wrap. */
  static void setMicros(PacketContext c, int slot, long ns, int width) {
    if (slot >= 0) {
      c.f[slot] = (ns / 1000) & Bits.mask(width);
    }
  }

  static long get(PacketContext c, int slot) {
    return slot >= 0 ? c.f[slot] : 0;
  }

  /** A value that is not the drop port; BMv2 writes the drop port plus one. */
  void clearEgressSpec(PacketContext c) {
    c.f[egressSpec] = (Forwarding.DROP_PORT + 1) & egressSpecMask;
  }
}
