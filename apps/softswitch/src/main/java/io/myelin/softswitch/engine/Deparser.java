package io.myelin.softswitch.engine;

import java.util.Arrays;
import java.util.List;

/** Updates checksums and writes the valid headers, in the program's order, before the payload. */
final class Deparser {
  private final HeaderRef[] order;
  private final Checksum[] checksums;
  private final Primitive[] primitives;

  Deparser(List<HeaderRef> order, List<Checksum> checksums, List<Primitive> primitives) {
    this.order = order.toArray(HeaderRef[]::new);
    this.checksums = checksums.toArray(Checksum[]::new);
    this.primitives = primitives.toArray(Primitive[]::new);
  }

  byte[] deparse(PacketContext c) {
    for (Checksum s : checksums) {
      s.update(c);
    }
    for (Primitive p : primitives) {
      p.run(c);
    }
    long[] f = c.f;
    int most = 0;
    for (HeaderRef h : order) {
      most += f[h.base] != 0 ? h.wireBytes(f) : 0;
    }
    byte[] work = c.workspace.bytes(most);
    int bit = 0;
    for (HeaderRef h : order) {
      if (f[h.base] != 0) {
        bit = h.emit(f, work, bit);
      }
    }
    int headers = bit >>> 3;
    int payload = c.length - c.payload;
    int total = Math.min(headers + payload, c.truncateBytes);
    byte[] frame = Arrays.copyOf(work, total);
    if (total > headers) {
      System.arraycopy(c.in, c.payload, frame, headers, total - headers);
    }
    return frame;
  }
}
