package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.PacketOut;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Puts {@code packet_out} metadata before a frame and takes {@code packet_in} metadata off one. */
final class ControllerHeaders {
  private final @Nullable ControllerPacketMetadata in;
  private final @Nullable ControllerPacketMetadata out;

  ControllerHeaders(PipelineInfo info) {
    in = info.controllerHeader("packet_in");
    out = info.controllerHeader("packet_out");
  }

  byte[] encode(PacketOut packet) {
    byte[] header = out == null ? new byte[0] : header(out, packet);
    byte[] frame = new byte[header.length + packet.getPayload().size()];
    System.arraycopy(header, 0, frame, 0, header.length);
    packet.getPayload().copyTo(frame, header.length);
    return frame;
  }

  private static byte[] header(ControllerPacketMetadata layout, PacketOut packet) {
    BigInteger value = BigInteger.ZERO;
    int bits = 0;
    for (ControllerPacketMetadata.Metadata field : layout.getMetadataList()) {
      ByteString given = null;
      for (PacketMetadata m : packet.getMetadataList()) {
        if (m.getMetadataId() == field.getId()) {
          given = m.getValue();
        }
      }
      if (given == null) {
        throw RpcException.invalid("packet_out: metadata '" + field.getName() + "' is missing");
      }
      ByteString v =
          Bytestrings.canonical(
              given, field.getBitwidth(), "packet_out metadata '" + field.getName() + "'");
      value = value.shiftLeft(field.getBitwidth()).or(new BigInteger(1, v.toByteArray()));
      bits += field.getBitwidth();
    }
    if (packet.getMetadataCount() > layout.getMetadataCount()) {
      throw RpcException.invalid(
          "packet_out has "
              + packet.getMetadataCount()
              + " metadata; the program declares "
              + layout.getMetadataCount());
    }
    return fixed(value, (bits + 7) / 8);
  }

  private static byte[] fixed(BigInteger value, int length) {
    byte[] raw = value.toByteArray();
    byte[] result = new byte[length];
    int n = Math.min(raw.length, length);
    System.arraycopy(raw, raw.length - n, result, length - n, n);
    return result;
  }

  /** Null when the frame is shorter than its header. */
  @Nullable PacketIn decode(byte[] frame) {
    if (in == null) {
      return PacketIn.newBuilder().setPayload(ByteString.copyFrom(frame)).build();
    }
    int bits =
        in.getMetadataList().stream()
            .mapToInt(ControllerPacketMetadata.Metadata::getBitwidth)
            .sum();
    int length = (bits + 7) / 8;
    if (frame.length < length) {
      return null;
    }
    PacketIn.Builder b =
        PacketIn.newBuilder().setPayload(ByteString.copyFrom(frame, length, frame.length - length));
    int at = 0;
    for (ControllerPacketMetadata.Metadata field : in.getMetadataList()) {
      b.addMetadata(
          PacketMetadata.newBuilder()
              .setMetadataId(field.getId())
              .setValue(Bytestrings.of(bits(frame, at, field.getBitwidth()))));
      at += field.getBitwidth();
    }
    return b.build();
  }

  private static byte[] bits(byte[] frame, int from, int width) {
    byte[] result = new byte[(width + 7) / 8];
    for (int i = 0; i < width; i++) {
      int src = from + width - 1 - i;
      if ((frame[src >> 3] >> (7 - (src & 7)) & 1) != 0) {
        result[result.length - 1 - (i >> 3)] |= (byte) (1 << (i & 7));
      }
    }
    return result;
  }
}
