package io.myelin.cli;

import io.myelin.v1.Lease;
import io.myelin.v1.LeaseState;
import java.util.List;
import java.util.stream.Collectors;

/** Leases as people read them. */
final class LeaseText {
  private LeaseText() {}

  static String line(Lease l) {
    return l.getName() + " " + state(l) + " " + bandwidth(l) + " " + path(l) + " " + l.getReason();
  }

  /** All of one lease, a line each. */
  static String details(Lease l) {
    StringBuilder out = new StringBuilder();
    line(out, "lease", name(l));
    line(out, "state", state(l));
    line(out, "reason", l.getReason());
    line(out, "from", l.getSource());
    line(out, "to", l.getDestination());
    line(out, "bandwidth", bandwidth(l));
    line(out, "start", start(l));
    line(out, "end", end(l));
    line(out, "used", used(l));
    line(out, "job", l.getJob());
    for (io.myelin.v1.Path p : l.getPathsList()) {
      line(out, "path", PathCommand.way(p));
      line(out, "latency", PathCommand.latency(p));
      line(out, "unknown", PathCommand.unknown(p));
    }
    line(out, "backup", l.hasBackup() ? PathCommand.way(l.getBackup()) : "");
    return out.toString();
  }

  static String table(List<Lease> leases) {
    Columns t = new Columns("LEASE", "STATE", "FROM, TO", "RATE", "START", "END", "USED", "REASON");
    for (Lease l : leases) {
      t.row(
          name(l),
          state(l),
          l.getSource() + " " + l.getDestination(),
          bandwidth(l),
          start(l),
          end(l),
          used(l),
          l.getReason());
    }
    return t.toString();
  }

  private static String state(Lease l) {
    return l.getName().isEmpty() ? "-" : l.getState().name().replace("LEASE_STATE_", "");
  }

  private static String name(Lease l) {
    return l.getName().isEmpty() ? "(dry run)" : l.getName();
  }

  private static String path(Lease l) {
    return l.getPathsList().stream().map(PathCommand::way).collect(Collectors.joining(" "));
  }

  /** What it asks for; what it has, where that is less, or more while it bursts. */
  private static String bandwidth(Lease l) {
    String asked = Columns.rate(l.getBandwidthBps());
    if (l.getGrantedBandwidthBps() > l.getBandwidthBps()) {
      return asked + ", now " + Columns.rate(l.getGrantedBandwidthBps());
    }
    return l.getState() == LeaseState.LEASE_STATE_DEGRADED
        ? Columns.rate(l.getGrantedBandwidthBps()) + " of " + asked
        : asked;
  }

  private static String start(Lease l) {
    return Times.minutes(l.hasStartTime() ? l.getStartTime() : l.getCreateTime());
  }

  private static String end(Lease l) {
    return l.hasExpireTime() ? Times.minutes(l.getExpireTime()) : "never";
  }

  private static void line(StringBuilder out, String name, String value) {
    if (!value.isEmpty()) {
      out.append(String.format("%-11s%s%n", name, value));
    }
  }

  private static String used(Lease l) {
    return l.hasUsage() ? Columns.bytes(l.getUsage().getBytes()) : "-";
  }
}
