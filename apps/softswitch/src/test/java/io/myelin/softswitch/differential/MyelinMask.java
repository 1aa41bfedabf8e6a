package io.myelin.softswitch.differential;

import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.softswitch.engine.Frames;
import java.util.Arrays;

/**
 * Hides also what only a clock says, or how packets happen to meet: in congestion events time and
 * depth, in the newest record of a probe times, depth and the bytes sent until then (BMv2's threads
 * overtake each other).
 */
final class MyelinMask extends Mask {
  private static final int REASON_CONGESTION = 5;
  private static final int EVENT_DEPTH = 7;
  private static final int EVENT_TIME = 16;
  private static final int RECORD = 27;

  private final int reasonId;

  MyelinMask(Program program) {
    super(program);
    reasonId =
        program.info.getControllerPacketMetadataList().stream()
            .filter(c -> c.getPreamble().getAlias().equals("packet_in"))
            .flatMap(c -> c.getMetadataList().stream())
            .filter(m -> m.getName().equals("reason"))
            .mapToInt(ControllerPacketMetadata.Metadata::getId)
            .findFirst()
            .orElseThrow();
  }

  @Override
  byte[] frame(byte[] frame) {
    return maskProbe(frame);
  }

  @Override
  byte[] payload(PacketIn p) {
    byte[] payload = super.payload(p);
    if (reason(p) == REASON_CONGESTION) {
      Arrays.fill(payload, EVENT_DEPTH, EVENT_DEPTH + 3, (byte) 0);
      Arrays.fill(payload, EVENT_TIME, EVENT_TIME + 6, (byte) 0);
      return payload;
    }
    return maskProbe(payload);
  }

  private int reason(PacketIn p) {
    for (PacketMetadata m : p.getMetadataList()) {
      if (m.getMetadataId() == reasonId && m.getValue().size() == 1) {
        return m.getValue().byteAt(0);
      }
    }
    return -1;
  }

  /** Zeroes what depends on time in the newest record of a probe . */
  private static byte[] maskProbe(byte[] frame) {
    int at = 14;
    if (frame.length < at + 14) {
      return frame;
    }
    int type = (frame[at - 2] & 0xff) << 8 | (frame[at - 1] & 0xff);
    if (type == 0x8847) {
      boolean bottom = false;
      while (!bottom && frame.length >= at + 4) {
        bottom = (frame[at + 2] & 1) != 0;
        at += 4;
      }
    } else if (type != 0x88b5) {
      return frame;
    }
    boolean probe =
        frame.length >= at + 10 + RECORD
            && Frames.hex(Arrays.copyOfRange(frame, at, at + 4)).equals("10007ff8")
            && frame[at + 8] != 0;
    if (!probe) {
      return frame;
    }
    byte[] masked = frame.clone();
    int record = at + 10;
    masked[record + 6] &= (byte) 0xc0; // depth: 19 bits behind 18
    masked[record + 7] = 0;
    masked[record + 8] &= 7;
    for (int i = 9; i < RECORD; i++) {
      masked[record + i] = 0;
    }
    return masked;
  }
}
