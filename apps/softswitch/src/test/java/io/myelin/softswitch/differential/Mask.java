package io.myelin.softswitch.differential;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Hides what tells the time: metadata of packet-ins named {@code timestamp}, and a range of the
 * bytes of each frame.
 */
class Mask {
  private final Set<Integer> times = new HashSet<>();
  private final int from;
  private final int to;

  /** Hides bytes {@code from} to {@code to - 1} of frames. */
  Mask(Program program, int from, int to) {
    this.from = from;
    this.to = to;
    for (ControllerPacketMetadata c : program.info.getControllerPacketMetadataList()) {
      if (c.getPreamble().getAlias().equals("packet_in")) {
        c.getMetadataList().stream()
            .filter(m -> m.getName().contains("timestamp"))
            .forEach(m -> times.add(m.getId()));
      }
    }
  }

  /** Hides only the times of packet-ins. */
  Mask(Program program) {
    this(program, 0, 0);
  }

  byte[] frame(byte[] frame) {
    if (from == to) {
      return frame;
    }
    byte[] out = frame.clone();
    Arrays.fill(out, Math.min(from, out.length), Math.min(to, out.length), (byte) 0);
    return out;
  }

  byte[] packetIn(PacketIn p) {
    PacketIn.Builder b = p.toBuilder();
    for (int i = 0; i < b.getMetadataCount(); i++) {
      PacketMetadata m = b.getMetadata(i);
      if (times.contains(m.getMetadataId())) {
        b.setMetadata(i, m.toBuilder().setValue(ByteString.EMPTY));
      }
    }
    return b.setPayload(ByteString.copyFrom(payload(p))).build().toByteArray();
  }

  /** The frame of a packet-in. */
  byte[] payload(PacketIn p) {
    return p.getPayload().toByteArray();
  }
}
