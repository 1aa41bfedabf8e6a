package io.myelin.softswitch.differential;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Hides what tells the time: metadata of packet-ins named {@code …timestamp…} or {@code …delay…},
 * and, of frames, what a program writes there.
 */
class Mask {
  private final Set<Integer> times = new HashSet<>();
  private final int from;
  private final int to;

  private final Set<Integer> times = new HashSet<>();
  private final UnaryOperator<byte[]> frames;

  /**
   * Hides what {@code frames} overwrites.
   *
   * @param frames gets a copy, which it may change and return
   */
  Mask(Program program, UnaryOperator<byte[]> frames) {
    this.frames = frames;
    for (ControllerPacketMetadata c : program.info.getControllerPacketMetadataList()) {
      if (c.getPreamble().getAlias().equals("packet_in")) {
        c.getMetadataList().stream()
            .filter(m -> TIME.matcher(m.getName()).find())
            .forEach(m -> times.add(m.getId()));
      }
    }
  }

  /** Hides only the times of packet-ins. */
  Mask(Program program) {
    this(program, f -> f);
  }

  /** Hides bytes {@code from} to {@code to - 1} of every frame. */
  static Mask bytes(Program program, int from, int to) {
    return new Mask(
        program,
        f -> {
          Arrays.fill(f, Math.min(from, f.length), Math.min(to, f.length), (byte) 0);
          return f;
        });
  }

  byte[] frame(byte[] frame) {
    return frames.apply(frame.clone());
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
