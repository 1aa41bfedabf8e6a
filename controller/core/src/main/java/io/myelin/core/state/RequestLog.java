package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TenantId;
import java.util.Map;

/**
 * What became of the requests of the last {@link RequestRecord#KEPT_MS}: who asks again hears the
 * same.
 *
 * @param records by request
 * @param ages the same requests in order of time
 */
public record RequestLog(
    PersistentMap<RequestKey, RequestRecord> records,
    PersistentMap<FabricState.RequestAge, Boolean> ages) {
  static final RequestLog EMPTY = new RequestLog(PersistentMap.empty(), PersistentMap.empty());

  /** By how much the times of two commands, applied one after the other, may be in reverse. */
  private static final long SKEW_MS = 60_000;

  /** Of these records. */
  public static RequestLog of(PersistentMap<RequestKey, RequestRecord> records) {
    RequestLog log = EMPTY;
    for (Map.Entry<RequestKey, RequestRecord> e : records) {
      log = log.with(e.getKey(), e.getValue());
    }
    return log;
  }

  RequestLog with(RequestKey key, RequestRecord record) {
    return new RequestLog(
        records.with(key, record),
        ages.with(new FabricState.RequestAge(record.timeMs(), key), true));
  }

  /** Without those that were made until a moment, inclusive; this one if there are none. */
  RequestLog after(long ms) {
    var rest = records;
    var restAges = ages;
    for (Map.Entry<FabricState.RequestAge, Boolean> e : ages) {
      if (e.getKey().timeMs() > ms) {
        break;
      }
      restAges = restAges.without(e.getKey());
      rest = rest.without(e.getKey().key());
    }
    return rest.size() == records.size() ? this : new RequestLog(rest, restAges);
  }

  /**
   * Requests about something, made while it lived, are about its new name.
   *
   * @param fromMs when its life began
   * @param toMs when it ended
   */
  RequestLog renamed(Named was, Named is, long fromMs, long toMs) {
    TenantId first = new TenantId("0"); // none sorts before it
    var from = new FabricState.RequestAge(fromMs - SKEW_MS, new RequestKey(first, ""));
    var renamed = records;
    for (Map.Entry<FabricState.RequestAge, Boolean> e : ages.tail(from)) {
      if (e.getKey().timeMs() > toMs + SKEW_MS) {
        break;
      }
      RequestRecord record = records.get(e.getKey().key());
      if (record != null && record.about().equals(was)) {
        renamed =
            renamed.with(
                e.getKey().key(), new RequestRecord(record.fingerprint(), is, record.timeMs()));
      }
    }
    return new RequestLog(renamed, ages);
  }
}
