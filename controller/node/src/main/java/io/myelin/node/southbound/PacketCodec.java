package io.myelin.node.southbound;

import com.google.protobuf.UnsafeByteOperations;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.port.Southbound.Listener;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.PacketOut;
import java.util.ArrayList;
import java.util.List;

/**
 * Packet-outs and packet-ins with the controller headers of p4/include/headers.p4, whose fields are
 * found by name in the P4Info. P4Runtime wants every field in a packet-out (§16.1), so those that
 * mean nothing to us, such as padding, are 0; it is not for us to know whether a header has any.
 */
final class PacketCodec {
  private final int egressPortId;
  private final CompiledProgram program;
  private final int submitId;
  private final List<PacketMetadata> zeros = new ArrayList<>();
  private final int ingressPortId;
  private final int reasonId;
  private final int timestampId;

  PacketCodec(CompiledProgram program) {
    this.program = program;
    egressPortId = program.packetMetadataId("packet_out", "egress_port");
    submitId = program.packetMetadataId("packet_out", "submit");
    for (int id : program.packetMetadataIds("packet_out")) {
      if (id != egressPortId && id != submitId) {
        zeros.add(metadata(id, 0));
      }
    }
    ingressPortId = program.packetMetadataId("packet_in", "ingress_port");
    reasonId = program.packetMetadataId("packet_in", "reason");
    timestampId = program.packetMetadataId("packet_in", "timestamp");
  }

  /** A frame that leaves by a port, past ingress. */
  PacketOut toPort(int port, byte[] frame) {
    return encode(port, 0, frame);
  }

  /** A frame that goes through ingress as if it came from the fabric. */
  PacketOut submit(byte[] frame) {
    return encode(0, 1, frame);
  }

  private PacketOut encode(int port, int submit, byte[] frame) {
    return PacketOut.newBuilder()
        .setPayload(UnsafeByteOperations.unsafeWrap(frame))
        .addMetadata(metadata(egressPortId, port))
        .addMetadata(metadata(submitId, submit))
        .addAllMetadata(zeros)
        .build();
  }

  private static PacketMetadata metadata(int id, long value) {
    return PacketMetadata.newBuilder()
        .setMetadataId(id)
        .setValue(UnsafeByteOperations.unsafeWrap(U128.of(value).canonicalBytes()))
        .build();
  }

  void decode(DeviceId device, PacketIn packet, Listener listener) {
    long port = 0;
    long reason = 0;
    long timestamp = 0;
    for (PacketMetadata m : packet.getMetadataList()) {
      long value = EntryDecoder.value(m.getValue()).lo();
      if (m.getMetadataId() == ingressPortId) {
        port = value;
      } else if (m.getMetadataId() == reasonId) {
        reason = value;
      } else if (m.getMetadataId() == timestampId) {
        timestamp = value;
      }
    }
    listener.packetIn(
        device,
        (int) port,
        program.pipeline().reason((int) reason),
        timestamp,
        packet.getPayload().toByteArray());
  }
}
