package io.myelin.core.tables;

import io.myelin.core.model.Device;
import java.util.function.Consumer;

/** {@code hash_config}: the switch's own seed, so that no two tiers make the same choice. */
final class HashConfig {
  private HashConfig() {}

  static void fill(Device device, Consumer<Entry> out) {
    // Fibonacci hashing spreads consecutive device ids over 32 bits (Knuth, TAOCP 3, §6.4).
    long seed = (device.p4DeviceId() * 0x9e3779b9L) & 0xffff_ffffL;
    out.accept(
        new Entry(
            EntryKey.defaultOf(P4Table.HASH_CONFIG),
            EntryAction.call("set_hash_seed", "seed", seed)));
  }
}
