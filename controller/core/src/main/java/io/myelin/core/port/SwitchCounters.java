package io.myelin.core.port;

import io.myelin.core.pipeline.DropReason;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PortCounter;
import io.myelin.core.port.Southbound.Count;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What a switch's pipeline counted since it started. */
public final class SwitchCounters {
  private static final Count NONE = new Count(0, 0);

  private final List<Count> drops;
  private final Map<PortCounter, List<Count>> ports = new EnumMap<>(PortCounter.class);

  private SwitchCounters(List<List<Count>> read) {
    Iterator<List<Count>> each = read.iterator();
    drops = each.next();
    for (PortCounter c : PortCounter.values()) {
      ports.put(c, each.next());
    }
  }

  /** What {@link Southbound#readCounters} is asked for. */
  public static List<String> names(Pipeline pipeline) {
    List<String> names = new ArrayList<>();
    names.add(pipeline.drops());
    for (PortCounter c : PortCounter.values()) {
      names.add(pipeline.counter(c));
    }
    return names;
  }

  /** From what was read under {@link #names}. */
  public static SwitchCounters of(List<List<Count>> read) {
    return new SwitchCounters(read);
  }

  /** Packets that were dropped for a reason. */
  public Count dropped(DropReason reason) {
    return at(drops, reason.index());
  }

  /** What was counted of an egress port; nothing for one that the switch does not have. */
  public Count of(PortCounter counter, int port) {
    return at(ports.getOrDefault(counter, List.of()), port);
  }

  private static Count at(List<Count> counts, int index) {
    return index < counts.size() ? counts.get(index) : NONE;
  }
}
