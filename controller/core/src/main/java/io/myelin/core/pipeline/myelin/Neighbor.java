package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.Device;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import java.util.List;
import java.util.function.Consumer;

/** {@code neighbor}: MAC addresses of the endpoints behind a port. */
final class Neighbor {
  private Neighbor() {}

  static void fill(Device device, Endpoint e, Consumer<Entry> out) {
    out.accept(
        new Entry(
            new EntryKey(
                MyelinTable.NEIGHBOR,
                List.of(
                    FieldMatch.exact("egress_port", e.attachment().port()),
                    FieldMatch.exact("dst_addr", e.ip().value())),
                0),
            new EntryAction.Call(
                "set_dst_mac",
                List.of(
                    new EntryAction.Arg("src_mac", U128.of(device.mac().value())),
                    new EntryAction.Arg("dst_mac", U128.of(e.mac().value()))))));
  }
}
