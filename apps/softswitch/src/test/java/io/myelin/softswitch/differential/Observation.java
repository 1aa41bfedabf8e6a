package io.myelin.softswitch.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * What a batch brought about, in a form that two switches share: per packet its outputs, sorted by
 * port (in order within a port), and the packet-ins of the whole batch, sorted by content: BMv2
 * sends them from queues of different priority, and says of none which packet it comes from.
 */
record Observation(List<List<Sent>> outputs, List<byte[]> packetIns) {
  /** A frame that left, times hidden. */
  record Sent(int port, byte[] frame) {
    @Override
    public String toString() {
      return "port " + port + ": " + HexFormat.of().formatHex(frame);
    }
  }

  static Observation of(Subject.Result result, int packets, Mask mask) {
    List<List<Sent>> outputs = new ArrayList<>();
    for (int i = 0; i < packets; i++) {
      outputs.add(new ArrayList<>());
    }
    for (Subject.Output o : result.outputs()) {
      outputs.get(o.cause()).add(new Sent(o.port(), mask.frame(o.frame())));
    }
    outputs.forEach(o -> o.sort(Comparator.comparingInt(Sent::port)));
    List<byte[]> ins = new ArrayList<>();
    result.packetIns().forEach(p -> ins.add(mask.packetIn(p)));
    ins.sort(Arrays::compare);
    return new Observation(outputs, ins);
  }

  /** A text that is equal exactly if the observations are. */
  String text() {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < outputs.size(); i++) {
      for (Sent s : outputs.get(i)) {
        out.append(i).append(' ').append(s).append('\n');
      }
    }
    packetIns.forEach(p -> out.append("in ").append(HexFormat.of().formatHex(p)).append('\n'));
    return out.toString();
  }
}
