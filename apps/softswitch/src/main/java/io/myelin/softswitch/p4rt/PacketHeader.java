package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.PacketOut;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * The controller header in front of a packet-in or packet-out (§6.4.6, §16.1): packs metadata into
 * bits and back. Without such a header in the P4Info, frames pass as they are. Metadata that are
 * not whole bytes are followed by padding, which is 0 towards the switch and ignored from there, as
 * in BMv2.
 */
final class PacketHeader {
  private final String name;
  private final List<Field> fields;
  private final int bytes;

  private record Field(int id, String name, int bitOffset, int bitwidth, String what) {}

  private PacketHeader(String name, List<Field> fields, int bits) {
    this.name = name;
    this.fields = List.copyOf(fields);
    this.bytes = (bits + 7) / 8;
  }

  static PacketHeader of(P4Info p, String name) {
    List<Field> fields = new ArrayList<>();
    int bits = 0;
    for (ControllerPacketMetadata c : p.getControllerPacketMetadataList()) {
      if (!c.getPreamble().getName().equals(name)) {
        continue;
      }
      for (ControllerPacketMetadata.Metadata m : c.getMetadataList()) {
        String what = "metadata '" + m.getName() + "' of " + name;
        KeySpec.checkWidth(m.getBitwidth(), m.getTypeName(), what);
        fields.add(new Field(m.getId(), m.getName(), bits, m.getBitwidth(), what));
        bits += m.getBitwidth();
      }
    }
    return new PacketHeader(name, fields, bits);
  }

  /** The frame for the pipeline: header, then payload. */
  byte[] pack(PacketOut packet) {
    byte[] frame = new byte[bytes + packet.getPayload().size()];
    packet.getPayload().copyTo(frame, bytes);
    long seen = 0;
    for (PacketMetadata m : packet.getMetadataList()) {
      int index = indexOf(m.getMetadataId());
      Field f = fields.get(index);
      if ((seen & 1L << index) != 0) {
        throw Refusal.invalid(f.what + " is given twice");
      }
      seen |= 1L << index;
      putBits(frame, f, Bytestrings.canonical(m.getValue(), f.bitwidth, f.what));
    }
    for (int i = 0; i < fields.size(); i++) {
      if ((seen & 1L << i) == 0) {
        throw Refusal.invalid(fields.get(i).what + " is missing");
      }
    }
    return frame;
  }

  private int indexOf(int id) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).id == id) {
        return i;
      }
    }
    throw Refusal.invalid(
        name
            + " has no metadata id "
            + Integer.toUnsignedString(id)
            + "; valid: "
            + Options.list(fields.stream().map(f -> f.id + " (" + f.name + ")").toList()));
  }

  private static void putBits(byte[] frame, Field f, ByteString canonical) {
    int size = canonical.size();
    for (int i = 0; i < Math.min(f.bitwidth, size * 8); i++) {
      if ((canonical.byteAt(size - 1 - i / 8) >> i % 8 & 1) != 0) {
        int bit = f.bitOffset + f.bitwidth - 1 - i;
        frame[bit / 8] |= (byte) (0x80 >> bit % 8);
      }
    }
  }

  /**
   * A frame from the pipeline as a packet-in.
   *
   * @throws Refusal when the frame is shorter than the header
   */
  PacketIn unpack(byte[] frame) {
    if (frame.length < bytes) {
      throw Refusal.invalid(
          "a frame of " + frame.length + " bytes has no room for " + name + " of " + bytes);
    }
    PacketIn.Builder out = PacketIn.newBuilder();
    for (Field f : fields) {
      out.addMetadataBuilder().setMetadataId(f.id).setValue(bits(frame, f));
    }
    return out.setPayload(ByteString.copyFrom(frame, bytes, frame.length - bytes)).build();
  }

  private static ByteString bits(byte[] frame, Field f) {
    if (f.bitwidth > Long.SIZE - 1) {
      int last = f.bitOffset + f.bitwidth;
      BigInteger all = new BigInteger(1, frame, 0, (last + 7) / 8);
      BigInteger value =
          all.shiftRight((8 - last % 8) % 8)
              .and(BigInteger.ONE.shiftLeft(f.bitwidth).subtract(BigInteger.ONE));
      return Bytestrings.canonical(value.toByteArray());
    }
    long v = 0;
    for (int bit = f.bitOffset; bit < f.bitOffset + f.bitwidth; bit++) {
      v = v << 1 | (frame[bit / 8] >> (7 - bit % 8) & 1);
    }
    byte[] out = new byte[8];
    for (int i = 0; i < 8; i++) {
      out[i] = (byte) (v >>> (56 - 8 * i));
    }
    return Bytestrings.canonical(out);
  }
}
