package io.myelin.onos.southbound;

import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Does what a switch's watch ports would do. ONOS 2.7 has no way to say a watch port, so a switch
 * would send on to a dead port for ever; here members whose port ONOS knows to be down are left out
 * of what is written, and the entry is written anew when a port changes.
 */
final class WatchedPorts {
  private WatchedPorts() {}

  /** Whether what is written of an entry depends on a port's state. */
  static boolean watches(Entry entry, int port) {
    return entry.action() instanceof EntryAction.Weighted w
        && w.members().stream().anyMatch(m -> m.watchPort() == port);
  }

  /**
   * What to write of an entry.
   *
   * @param down whether a port is known to be down
   */
  static Entry effective(Entry entry, IntPredicate down) {
    if (!(entry.action() instanceof EntryAction.Weighted w)) {
      return entry;
    }
    List<EntryAction.Member> alive = new ArrayList<>();
    for (EntryAction.Member m : w.members()) {
      if (m.watchPort() == 0 || !down.test(m.watchPort())) {
        alive.add(new EntryAction.Member(m.call(), m.weight(), 0));
      }
    }
    if (alive.isEmpty()) {
      // A group must never be without members: BMv2 divides by their number.
      EntryAction.Member first = w.members().get(0);
      alive.add(new EntryAction.Member(first.call(), first.weight(), 0));
    }
    // The first member that is there says how the port is; the rest is for when it is not.
    boolean first = entry.key().table().takesFirst();
    return new Entry(
        entry.key(), new EntryAction.Weighted(first ? alive.subList(0, 1) : alive), entry.meter());
  }
}
