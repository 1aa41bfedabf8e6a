package io.myelin.sim.cluster;

import io.myelin.core.path.Path;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a switch makes of a probe that it is to send straight back: p4/include/headers.p4. */
final class Echo {
  private static final int ETHERNET = 14;
  private static final int ETHERTYPE_PROBE = 0x88b5;
  private static final int LABEL = 4;
  private static final int CHANNEL_AND_ID = 8;
  private static final int PROBE = 10;
  private static final int RECORD = 27;

  private Echo() {}

  /** With the switch's record, all zero; null: the probe is to go further. */
  static byte @Nullable [] home(byte[] probe) {
    if (ByteBuffer.wrap(probe).getInt(ETHERNET) >>> 12 != Path.CONTROLLER_LABEL) {
      return null;
    }
    int behind = ETHERNET + LABEL + PROBE;
    ByteBuffer b = ByteBuffer.allocate(probe.length - LABEL + RECORD);
    b.put(probe, 0, ETHERNET - 2).putShort((short) ETHERTYPE_PROBE);
    b.put(probe, ETHERNET + LABEL, CHANNEL_AND_ID).put((byte) 1).put((byte) 0);
    b.position(b.position() + RECORD);
    b.put(probe, behind, probe.length - behind);
    return b.array();
  }
}
