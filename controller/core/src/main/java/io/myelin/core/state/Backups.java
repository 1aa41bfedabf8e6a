package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TimeWindow;
import java.util.Map;
import java.util.Set;

/**
 * Bandwidth set aside on a link for backups, shared where no single failure needs it twice: for
 * each failure, what the leases that it would move here need together; the link must hold the most
 * that any one failure needs (Kodialam and Lakshman, INFOCOM 2000: complete information).
 *
 * @param byFailure over time, by the failure's name: see {@link SingleFailures}
 */
public record Backups(PersistentMap<String, Calendar> byFailure) {
  public static final Backups NONE = new Backups(PersistentMap.empty());

  Backups with(Set<String> failures, TimeWindow w, long addBps, long nowMs) {
    PersistentMap<String, Calendar> map = byFailure;
    for (String f : failures) {
      Calendar c = map.getOrDefault(f, Calendar.EMPTY).with(w, addBps, nowMs);
      map = c.peakBps() == 0 ? map.without(f) : map.with(f, c);
    }
    return new Backups(map);
  }

  /** What must be kept free during a window, whichever single failure comes. */
  public long neededBps(TimeWindow w) {
    long most = 0;
    for (Map.Entry<String, Calendar> e : byFailure) {
      most = Math.max(most, e.getValue().peakBps(w));
    }
    return most;
  }

  /** What some failures need already: only this stands in the way of one more backup for them. */
  public long neededBps(TimeWindow w, Set<String> failures) {
    long most = 0;
    for (String f : failures) {
      Calendar c = byFailure.get(f);
      most = c == null ? most : Math.max(most, c.peakBps(w));
    }
    return most;
  }
}
