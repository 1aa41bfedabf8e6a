package io.myelin.cli;

import io.myelin.v1.Decision;
import io.myelin.v1.Device;
import io.myelin.v1.Fabric;
import io.myelin.v1.Link;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A picture of a fabric at work: its hottest links and what was done about them. */
final class FabricTop {
  private static final int BAR = 8; // so that all fits into 80 columns
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private FabricTop() {}

  /**
   * Renders.
   *
   * @param decisions newest first
   * @param rows at most so many links, and so many decisions
   */
  static String render(Fabric fabric, List<Decision> decisions, int rows) {
    StringBuilder out = new StringBuilder();
    long ready =
        fabric.getDevicesList().stream()
            .filter(d -> d.getState() == Device.State.STATE_READY)
            .count();
    long up = fabric.getLinksList().stream().filter(Link::getUp).count();
    long drained = fabric.getLinksList().stream().filter(Link::getDrained).count();
    out.append(
        String.format(
            Locale.ROOT,
            "fabric %s: %d of %d switches ready, %d of %d links up, %d drained%n%n",
            fabric.getName(),
            ready,
            fabric.getDevicesCount(),
            up,
            fabric.getLinksCount(),
            drained));
    out.append(links(fabric, rows)).append(System.lineSeparator());
    out.append(decisions(decisions, rows));
    return out.toString();
  }

  private static Columns links(Fabric fabric, int rows) {
    Columns t =
        new Columns("LINK", "LOAD", "", "HELD", "QUEUE us", "MARK", "LOST", "N", "AGE", "STATE");
    fabric.getLinksList().stream()
        .sorted(
            Comparator.comparingDouble((Link l) -> -l.getEstimate().getUtilisation())
                .thenComparing(l -> -l.getReservedBps())
                .thenComparing(Link::getName))
        .limit(rows)
        .forEach(l -> row(t, l));
    return t;
  }

  private static void row(Columns t, Link l) {
    double load = l.getEstimate().getUtilisation();
    int filled = (int) Math.round(BAR * Math.max(0, Math.min(1, load)));
    t.row(
        l.getName(),
        l.hasEstimate() ? percent(load) : "-",
        "#".repeat(filled) + ".".repeat(BAR - filled),
        percent((double) l.getReservedBps() / Math.max(1, l.getCapacityBps())),
        String.format(Locale.ROOT, "%.0f", l.getEstimate().getQueueingNs() / 1e3),
        percent(l.getEstimate().getMarkedShare()),
        percent(l.getEstimate().getLossShare()),
        l.getLeases(),
        l.hasEstimate()
            ? String.format(Locale.ROOT, "%.1fs", l.getEstimate().getAgeMs() / 1e3)
            : "-",
        (l.getUp() ? "up" : "DOWN")
            + (l.getDrained() ? " drained" : "")
            + (l.getSlowed() ? " slowed" : ""));
  }

  private static Columns decisions(List<Decision> decisions, int rows) {
    Columns t = new Columns("TIME", "DECISION", "LINK", "LOAD", "ms", "WHY");
    for (Decision d : decisions.subList(0, Math.min(rows, decisions.size()))) {
      t.row(
          CLOCK.format(
              Instant.ofEpochSecond(d.getDecideTime().getSeconds(), d.getDecideTime().getNanos())),
          d.getKind().name().replace("KIND_", "").toLowerCase(Locale.ROOT),
          d.getLink(),
          d.getUtilisationBefore() > 0
              ? percent(d.getUtilisationBefore()) + " > " + percent(d.getUtilisationAfter())
              : "",
          d.getReactionUs() > 0 ? String.format(Locale.ROOT, "%.1f", d.getReactionUs() / 1e3) : "-",
          d.getReason());
    }
    return t;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f%%", 100 * share);
  }
}
