package io.myelin.core.state;

import java.util.List;

/**
 * A moment at which something becomes of a lease: it starts, expires, or is forgotten. The agenda
 * of these is what {@link Command.Tick} works off.
 */
public record AgendaItem(long timeMs, LeaseName lease) implements Comparable<AgendaItem> {
  @Override
  public int compareTo(AgendaItem o) {
    int c = Long.compare(timeMs, o.timeMs);
    return c != 0 ? c : lease.compareTo(o.lease);
  }

  static List<AgendaItem> of(Lease lease) {
    return switch (lease.state()) {
      case SCHEDULED ->
          lease.spec().expireTimeMs() == LeaseSpec.NEVER
              ? List.of(at(lease.spec().startTimeMs(), lease))
              : List.of(
                  at(lease.spec().startTimeMs(), lease), at(lease.spec().expireTimeMs(), lease));
      case PROVISIONING, ACTIVE, REDUCED, DEGRADED ->
          lease.spec().expireTimeMs() == LeaseSpec.NEVER
              ? List.of()
              : List.of(at(lease.spec().expireTimeMs(), lease));
      case RELEASING -> List.of();
      case RELEASED, EXPIRED, FAILED ->
          List.of(at(lease.updateTimeMs() + RequestRecord.KEPT_MS, lease));
    };
  }

  private static AgendaItem at(long timeMs, Lease lease) {
    return new AgendaItem(timeMs, lease.name());
  }
}
