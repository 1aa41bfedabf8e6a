package io.myelin.node.southbound;

import com.google.protobuf.UnsafeByteOperations;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.port.Southbound.Listener;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.PacketOut;

/** Packet-outs and packet-ins with the controller headers of p4/include/headers.p4. */
final class PacketCodec {
  private final int egressPortId;
  private final int submitId;
  private final int padId;
  private final int ingressPortId;
  private final int reasonId;
  private final int timestampId;

  PacketCodec(Pipeline pipeline) {
    egressPortId = pipeline.packetMetadataId("packet_out", "egress_port");
    submitId = pipeline.packetMetadataId("packet_out", "submit");
    padId = pipeline.packetMetadataId("packet_out", "_pad");
    ingressPortId = pipeline.packetMetadataId("packet_in", "ingress_port");
    reasonId = pipeline.packetMetadataId("packet_in", "reason");
    timestampId = pipeline.packetMetadataId("packet_in", "timestamp");
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
        .addMetadata(metadata(padId, 0)) // P4Runtime wants every field (§16.1)
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
        device, (int) port, (int) reason, timestamp, packet.getPayload().toByteArray());
  }
}
