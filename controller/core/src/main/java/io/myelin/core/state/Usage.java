package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.DeviceId;
import org.jspecify.annotations.Nullable;

/**
 * What a lease has carried, added up from readings of its entries' counters. Each reading says how
 * much an entry has counted since it was made; what is added is what it counted since the reading
 * before, so that the same reading may come twice, from two leaders, and counts once.
 *
 * @param packets in all
 * @param bytes in all, of Ethernet frames
 * @param timeMs of the last reading that changed it
 * @param counters as they stood then
 */
public record Usage(
    long packets, long bytes, long timeMs, PersistentMap<Counter, Standing> counters) {
  public static final Usage NONE = new Usage(0, 0, 0, PersistentMap.empty());

  /**
   * An entry that counts.
   *
   * @param entry tells it from the device's others; what the pipeline calls it
   */
  public record Counter(DeviceId device, String entry) implements Comparable<Counter> {
    @Override
    public int compareTo(Counter o) {
      int c = device.compareTo(o.device);
      return c != 0 ? c : entry.compareTo(o.entry);
    }
  }

  /**
   * What it had counted.
   *
   * @param made which entry it was: another number, another entry, which began at 0
   */
  public record Standing(long made, long packets, long bytes) {}

  /**
   * One more reading.
   *
   * @param made null: whoever read it did not see the entry made, and takes it for the one before
   *     unless it counts less
   */
  Usage with(Counter counter, @Nullable Long made, long nowPackets, long nowBytes, long atMs) {
    Standing last = counters.get(counter);
    boolean other =
        last == null
            || (made != null && made != last.made)
            || nowPackets < last.packets
            || nowBytes < last.bytes;
    long morePackets = other || last == null ? nowPackets : nowPackets - last.packets;
    long moreBytes = other || last == null ? nowBytes : nowBytes - last.bytes;
    long is = made != null ? made : last == null ? 0 : last.made;
    Standing next = new Standing(is, nowPackets, nowBytes);
    return next.equals(last)
        ? this
        : new Usage(packets + morePackets, bytes + moreBytes, atMs, counters.with(counter, next));
  }
}
