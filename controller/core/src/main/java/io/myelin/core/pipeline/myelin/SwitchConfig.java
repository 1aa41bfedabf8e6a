package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.Device;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.routing.Spreading;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code switch_config}: the switch's number in what it reports, and its own hash seed, so that no
 * two tiers make the same choice.
 */
final class SwitchConfig {
  private SwitchConfig() {}

  static void fill(Device device, Consumer<Entry> out) {
    out.accept(
        new Entry(
            EntryKey.defaultOf(MyelinTable.SWITCH_CONFIG),
            new EntryAction.Call(
                "set_switch",
                List.of(
                    new EntryAction.Arg("switch_id", U128.of(device.p4DeviceId() & 0xffff_ffffL)),
                    new EntryAction.Arg("hash_seed", U128.of(Spreading.seed(device)))))));
  }
}
