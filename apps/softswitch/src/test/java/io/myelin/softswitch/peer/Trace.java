package io.myelin.softswitch.peer;

import io.myelin.softswitch.engine.Frames;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a switch did with a sequence of packets, without what only its clock says: timestamps in
 * packet-ins and congestion events, and in the newest record of a probe the times, the queue depth
 * and the bytes sent until then (BMv2's threads overtake each other).
 */
final class Trace {
  private static final int PACKET_IN = 8;
  private static final int EVENT_TIME = 16;
  private static final int RECORD = 27;

  /** "port:frame", sorted, by the number of the packet that came in. */
  final Map<Integer, List<String>> outputs = new TreeMap<>();

  /** Frames from packet-outs, by port, in order. */
  final Map<Integer, List<String>> fromController = new TreeMap<>();

  final List<String> packetIns = new ArrayList<>();

  /** Values by "counter[index]" or "table entry"; zeros are left out. */
  final Map<String, String> counters = new TreeMap<>();

  synchronized void sent(long id, int port, byte[] frame) {
    String masked = Frames.hex(maskProbe(frame, 0));
    if (id == 0) {
      fromController.computeIfAbsent(port, p -> new ArrayList<>()).add(masked);
    } else {
      List<String> all = outputs.computeIfAbsent((int) id, i -> new ArrayList<>());
      all.add(port + ":" + masked);
      Collections.sort(all);
    }
  }

  /** A packet-in with its header of 8 bytes in front. */
  synchronized void packetIn(byte[] bytes) {
    byte[] b = bytes.clone();
    for (int i = 2; i < PACKET_IN; i++) {
      b[i] = 0;
    }
    if ((b[1] & 0x7f) == 5) {
      for (int i = 0; i < 6; i++) {
        b[PACKET_IN + EVENT_TIME + i] = 0;
      }
    }
    packetIns.add(Frames.hex(maskProbe(b, PACKET_IN)));
  }

  synchronized int packetInCount() {
    return packetIns.size();
  }

  /** Zeroes what depends on time in the newest record of a probe that begins at an offset. */
  private static byte[] maskProbe(byte[] frame, int ethernet) {
    int at = ethernet + 14;
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
            && Frames.hex(java.util.Arrays.copyOfRange(frame, at, at + 4)).equals("10007ff8")
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

  /** Everything about one packet, for comparison and for people. */
  String of(int id) {
    return String.join(" ", outputs.getOrDefault(id, List.of()));
  }

  /** Packet-ins in a fixed order: priorities and threads make the real one. */
  synchronized List<String> sortedPacketIns() {
    List<String> sorted = new ArrayList<>(packetIns);
    Collections.sort(sorted);
    return sorted;
  }
}
