package io.myelin.node.control;

import io.myelin.core.model.MacAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A probe: probe_t and probe_hop_t of p4/include/headers.p4. It leaves under a label stack whose
 * last label leads to the controller, and comes back with a record of every switch.
 *
 * @param id tells probes apart, 32 bits
 * @param overflow some switch found no room for its record
 * @param hops oldest first
 * @param stamp by which it is told from what others send: behind the records, where switches carry
 *     it along unseen
 */
record ProbeFrame(int id, boolean overflow, List<Hop> hops, FrameSeal.Stamp stamp) {
  private static final int ETHERTYPE_MPLS = 0x8847;
  private static final int ETHERTYPE_PROBE = 0x88b5;
  private static final int CHANNEL = 0x1000_7ff8;
  private static final int TTL = 64;
  private static final int PROBE_BYTES = 10;

  /**
   * A switch's record; times are microseconds of its own clock.
   *
   * @param depth packets in the RoCE queue of the egress port
   * @param txBytes sent by the egress port since the switch started
   */
  record Hop(
      long switchId,
      int ingressPort,
      int egressPort,
      long depth,
      long ingressUs,
      long egressUs,
      long txBytes) {}

  ProbeFrame {
    hops = List.copyOf(hops);
  }

  /** A probe to send. */
  static byte[] encode(int id, MacAddress source, List<Integer> labels, FrameSeal.Stamp stamp) {
    ByteBuffer b =
        ByteBuffer.allocate(14 + 4 * labels.size() + PROBE_BYTES + FrameSeal.Stamp.BYTES);
    b.putShort((short) (source.value() >>> 32)).putInt((int) source.value());
    b.putShort((short) (source.value() >>> 32)).putInt((int) source.value());
    b.putShort((short) ETHERTYPE_MPLS);
    for (int i = 0; i < labels.size(); i++) {
      int bottom = i == labels.size() - 1 ? 1 : 0;
      b.putInt(labels.get(i) << 12 | bottom << 8 | TTL);
    }
    b.putInt(CHANNEL).putInt(id).put((byte) 0).put((byte) 0);
    stamp.put(b);
    return b.array();
  }

  /** Reads a probe that came back; empty for anything else. */
  static Optional<ProbeFrame> decode(byte[] frame) {
    ByteBuffer b = ByteBuffer.wrap(frame);
    try {
      b.position(12);
      if ((b.getShort() & 0xffff) != ETHERTYPE_PROBE || b.getInt() != CHANNEL) {
        return Optional.empty();
      }
      int id = b.getInt();
      int count = b.get() & 0xff;
      boolean overflow = b.get() != 0;
      List<Hop> hops = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        hops.add(0, hop(b));
      }
      return FrameSeal.Stamp.get(b).map(stamp -> new ProbeFrame(id, overflow, hops, stamp));
    } catch (BufferUnderflowException | IllegalArgumentException truncated) {
      return Optional.empty();
    }
  }

  private static Hop hop(ByteBuffer b) {
    long switchId = b.getInt() & 0xffff_ffffL;
    long packed = (b.getInt() & 0xffff_ffffL) << 8 | (b.get() & 0xff); // 9 + 9 + 19 + 2 + 1 bits
    return new Hop(
        switchId,
        (int) (packed >>> 31),
        (int) (packed >>> 22) & 0x1ff,
        packed >>> 3 & 0x7ffff,
        u48(b),
        u48(b),
        u48(b));
  }

  static long u48(ByteBuffer b) {
    return (b.getShort() & 0xffffL) << 32 | (b.getInt() & 0xffff_ffffL);
  }
}
