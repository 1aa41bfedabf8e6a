package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The LLDP frame (IEEE 802.1AB-2016) by which discovery recognises a cable.
 *
 * @param port that it leaves by
 * @param stamp by which it is told from what others send
 */
record LldpFrame(String device, int port, FrameSeal.Stamp stamp) {
  private static final byte[] NEAREST_BRIDGE = {0x01, (byte) 0x80, (byte) 0xc2, 0, 0, 0x0e};
  private static final int ETHERTYPE = 0x88cc;
  private static final int CHASSIS_ID = 1;
  private static final int PORT_ID = 2;
  private static final int TTL = 3;
  private static final int ORGANISATION = 127;
  private static final int LOCALLY_ASSIGNED = 7;

  /** Locally administered, so nobody else's: "Myl". */
  private static final int OUI = 0x4d796c;

  private static final int SUBTYPE_STAMP = 2;
  private static final int STAMP_TLV = 4 + FrameSeal.Stamp.BYTES;

  /** A frame of this controller. */
  static LldpFrame of(FrameSeal seal, PortRef port, long serial) {
    String device = port.device().value();
    return new LldpFrame(device, port.port(), seal.stamp(claim(device, port.port()), serial));
  }

  private static FrameSeal.Claim claim(String device, int port) {
    return new FrameSeal.Claim(FrameSeal.Purpose.LLDP, device, port, List.of());
  }

  /** Whether we sent it, and from where it says. */
  FrameSeal.Verdict check(FrameSeal seal) {
    return seal.check(claim(device, port), stamp);
  }

  byte[] encode(MacAddress source) {
    byte[] chassis = device.getBytes(StandardCharsets.US_ASCII);
    byte[] portId = String.valueOf(port).getBytes(StandardCharsets.US_ASCII);
    ByteBuffer b =
        ByteBuffer.allocate(14 + 3 + chassis.length + 3 + portId.length + 4 + 2 + STAMP_TLV + 2);
    b.put(NEAREST_BRIDGE);
    b.putShort((short) (source.value() >>> 32)).putInt((int) source.value());
    b.putShort((short) ETHERTYPE);
    tlv(b, CHASSIS_ID, 1 + chassis.length).put((byte) LOCALLY_ASSIGNED).put(chassis);
    tlv(b, PORT_ID, 1 + portId.length).put((byte) LOCALLY_ASSIGNED).put(portId);
    tlv(b, TTL, 2).putShort((short) 10);
    tlv(b, ORGANISATION, STAMP_TLV).putInt(OUI << 8 | SUBTYPE_STAMP);
    stamp.put(b);
    b.putShort((short) 0); // end of LLDPDU
    return b.array();
  }

  private static ByteBuffer tlv(ByteBuffer b, int type, int length) {
    return b.putShort((short) (type << 9 | length));
  }

  /** Reads a frame; empty for anything that does not look like ours. */
  static Optional<LldpFrame> decode(byte[] frame) {
    ByteBuffer b = ByteBuffer.wrap(frame);
    String device = "";
    String port = "";
    FrameSeal.Stamp stamp = null;
    try {
      b.position(12);
      if ((b.getShort() & 0xffff) != ETHERTYPE) {
        return Optional.empty();
      }
      while (b.hasRemaining()) {
        int head = b.getShort() & 0xffff;
        int type = head >>> 9;
        byte[] value = new byte[head & 0x1ff];
        if (type == 0) {
          break;
        }
        b.get(value);
        if (type == CHASSIS_ID && value.length > 1) {
          device = new String(value, 1, value.length - 1, StandardCharsets.US_ASCII);
        } else if (type == PORT_ID && value.length > 1) {
          port = new String(value, 1, value.length - 1, StandardCharsets.US_ASCII);
        } else if (type == ORGANISATION && value.length == STAMP_TLV) {
          ByteBuffer tlv = ByteBuffer.wrap(value);
          if (tlv.getInt() == (OUI << 8 | SUBTYPE_STAMP)) {
            stamp = FrameSeal.Stamp.get(tlv).orElse(null);
          }
        }
      }
    } catch (BufferUnderflowException | IllegalArgumentException truncated) {
      return Optional.empty();
    }
    return stamp != null && port.matches("[0-9]{1,3}")
        ? Optional.of(new LldpFrame(device, Integer.parseInt(port), stamp))
        : Optional.empty();
  }

  /** The port it was sent from, unless it names no possible port. */
  Optional<PortRef> origin() {
    try {
      return Optional.of(new PortRef(new DeviceId(device), port));
    } catch (Invalid notAPort) {
      return Optional.empty();
    }
  }
}
