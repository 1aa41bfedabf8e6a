package io.myelin.core.path;

import io.myelin.core.model.Inventory;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Units;
import io.myelin.core.path.Explanation.Relaxation;
import io.myelin.core.path.PathCheck.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An {@link Explanation} for people: what binds, by how much, and what would do. */
public final class ExplanationText {
  /** Enough to act on, short enough to read. */
  private static final int MAX_LINKS = 2;

  private final Inventory inventory;
  private final PathRequest request;

  public ExplanationText(Inventory inventory, PathRequest request) {
    this.inventory = inventory;
    this.request = request;
  }

  /**
   * One line for each way out.
   *
   * @param slot when all of it would fit; null: unknown, or never
   */
  public List<String> lines(Explanation e, SlotSearch.@Nullable Slot slot) {
    List<String> lines = new ArrayList<>();
    if (e.relaxations().isEmpty()) {
      lines.add(
          "no cables lead from "
              + request.source().attachment().device()
              + " to "
              + request.destination().attachment().device());
    }
    for (Relaxation r : e.relaxations()) {
      lines.add(line(r));
    }
    if (slot != null) {
      lines.add(
          Units.rate(slot.bandwidthBps())
              + " from "
              + Instant.ofEpochMilli(slot.window().startMs())
              + " over "
              + way(slot.path()));
    }
    if (!e.complete()) {
      lines.add("there may be more to it: the search for reasons ran into its bound on work");
    }
    return lines;
  }

  /** What a path breaks, and which way it takes. */
  private String line(Relaxation r) {
    String broken =
        kinds(r.violations()).stream().map(this::text).collect(Collectors.joining(", and "));
    TreeSet<String> regions = new TreeSet<>();
    LinkEvidence.of(inventory, r.path()).forEach(l -> regions.addAll(l.regions()));
    return broken
        + " (over "
        + way(r.path())
        + (regions.isEmpty() ? "" : ", through " + String.join(", ", regions))
        + ")";
  }

  /** Violations of each kind by themselves, the worst of a kind first. */
  private static List<List<Violation>> kinds(List<Violation> all) {
    Map<Kind, List<Violation>> byKind = new TreeMap<>();
    for (Violation v : all) {
      byKind.computeIfAbsent(v.kind(), k -> new ArrayList<>()).add(v);
    }
    for (List<Violation> same : byKind.values()) {
      same.sort(Comparator.comparingLong(v -> -v.missing())); // stable: else as on the path
    }
    return List.copyOf(byKind.values());
  }

  /** The first few of a kind; the structured answer has them all. */
  private String text(List<Violation> same) {
    String shown = same.stream().limit(MAX_LINKS).map(this::text).collect(Collectors.joining(", "));
    int more = same.size() - MAX_LINKS;
    return more <= 0 ? shown : shown + ", and " + more + (more == 1 ? " link" : " links") + " more";
  }

  private static String way(Path path) {
    return path.egress().stream()
        .map(PortRef::device)
        .map(Objects::toString)
        .collect(Collectors.joining(" "));
  }

  /** One violation in a few words. */
  public String text(Violation v) {
    String link = "link " + v.link();
    LinkEvidence known = v.link() == null ? null : LinkEvidence.of(inventory, v.link());
    return switch (v.kind()) {
      case LINK_DOWN -> link + " is down";
      case DRAINED -> link + " is drained";
      case SWITCH_UNAVAILABLE -> "a switch of " + link + " does not answer";
      case AVAILABILITY -> link + " is not there for all of the time";
      case BANDWIDTH ->
          v.have() == 0
              ? "nothing is free on " + link + ", where " + Units.rate(v.need()) + " is asked for"
              : Units.rate(v.have())
                  + " is free on "
                  + link
                  + ", "
                  + Units.rate(v.missing())
                  + " less than "
                  + Units.rate(v.need());
      case REGION ->
          known == null || known.regions().isEmpty()
              ? "regions: it is not known where " + link + " leads through"
              : "regions: " + link + " touches " + String.join(", ", known.regions());
      case ENCRYPTION ->
          "encryption: " + link + " has " + (known == null ? "another" : known.encryption());
      case MEDIUM -> "media: " + link + " is of " + (known == null ? "another" : known.medium());
      case AVOID -> "avoid: " + link + " is to be avoided";
      case DISJOINT -> "disjoint: " + link + " belongs to what it must be disjoint from";
      case LATENCY ->
          v.link() == null
              ? limit("max_latency", v, Units::time)
              : "max_latency: latency unknown on " + link;
      case JITTER ->
          v.link() == null
              ? limit("max_jitter", v, Units::time)
              : "max_jitter: jitter unknown on " + link;
      case LOSS ->
          v.link() == null
              ? limit("max_loss", v, Units::share)
              : "max_loss: loss unknown on " + link;
      case COST -> limit("max_cost", v, n -> n + " micros/GB");
      case HOPS -> limit("max_hops", v, n -> n + " switches");
      case VIA -> "via: it does not pass " + request.constraints().via() + " in this order";
    };
  }

  private static String limit(
      String field, Violation v, java.util.function.LongFunction<String> unit) {
    return field
        + ": +"
        + unit.apply(v.missing())
        + ", "
        + unit.apply(v.have())
        + " where "
        + unit.apply(v.need())
        + " is allowed";
  }
}
