package io.myelin.node.inventory;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Invalid;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads maps of wide-area networks as node-link JSON, the form in which NetworkX writes graphs and
 * TeaVaR publishes Google's B4: {@code {"directed": …, "nodes": [{"id": …}], "links": [{"source":
 * …, "target": …, "capacity": …}]}}; {@code edges} may stand for {@code links}.
 *
 * <p>The rules are those of {@link GraphMl}, with these of its own:
 *
 * <ul>
 *   <li>Capacity: {@code capacity} in Mb/s where it is only a number, as TeaVaR writes it.
 *   <li>In a directed graph a link and the next one in the opposite direction are one cable, with
 *       the smaller of the two capacities and the longer latency; one without its opposite is an
 *       error.
 *   <li>Nodes may carry label, latitude, longitude and country as the Zoo has them. B4 has none:
 *       its latencies are unknown, its switches are {@code node-0} …
 *   <li>Source: the file's name. Keys that are not named here are passed over.
 * </ul>
 *
 * <p>JSON is read as what it is since YAML 1.2 (§1.3), so that errors have line and column.
 */
public final class NodeLinkJson {
  private static final long MBPS = 1_000_000;

  private final WideAreaMap map = new WideAreaMap();

  /** A link as it stands in the file, and where. */
  private record Link(String source, String target, MapAttributes.Edge facts, String field) {}

  private NodeLinkJson() {}

  /**
   * Reads a file.
   *
   * @param maxLabels deepest label stack that the switches of the plan push
   * @throws InventoryException with file, line and column of whatever is wrong
   */
  public static ImportedTopology read(Path file, int maxLabels) {
    return parse(file.toString(), SourceFile.text(file), maxLabels);
  }

  /** Parses a document; {@code file} stands for the file in messages. */
  static ImportedTopology parse(String file, String text, int maxLabels) {
    // Tabs are white space in JSON, and cannot stand in its strings; YAML has its own mind on them.
    return Yaml.parse(file, "JSON", text.replace('\t', ' '))
        .finish(y -> new NodeLinkJson().topology(y, file, maxLabels));
  }

  private ImportedTopology topology(Yaml y, String file, int maxLabels) {
    y.allowOthers();
    boolean directed = y.value("directed", false, NodeLinkJson::truth);
    y.list("nodes", this::node);
    List<Link> links = new ArrayList<>(y.list("links", NodeLinkJson::link));
    links.addAll(y.list("edges", NodeLinkJson::link));
    for (Link l : directed ? cables(links) : links) {
      try {
        map.edge(l.source, l.target, l.facts);
      } catch (Invalid e) {
        throw e.under(l.field + "." + e.field());
      }
    }
    String name = String.valueOf(Path.of(file).getFileName());
    return map.inventory(name, name, maxLabels);
  }

  private static boolean truth(String text) {
    Invalid.unless(
        text.equals("true") || text.equals("false"),
        "directed",
        "'" + text + "' is not allowed; allowed: true, false");
    return text.equals("true");
  }

  /** Adds a node; its id. */
  private String node(Yaml y) {
    y.allowOthers();
    MapAttributes attributes = attributes(y);
    String id = y.text("id");
    map.place(id, attributes);
    return id;
  }

  private static Link link(Yaml y) {
    y.allowOthers();
    return new Link(y.text("source"), y.text("target"), attributes(y).edge(MBPS), y.path());
  }

  private static MapAttributes attributes(Yaml y) {
    MapAttributes attributes = new MapAttributes();
    for (String name : y.keys()) {
      if (MapAttributes.reads(name)) {
        attributes.add(name, y.text(name));
      }
    }
    return attributes;
  }

  /**
   * One cable for each two links in opposite directions, in the order in which they are complete.
   */
  private static List<Link> cables(List<Link> directed) {
    List<Link> cables = new ArrayList<>();
    Map<List<String>, Deque<Link>> waiting = new HashMap<>();
    for (Link l : directed) {
      Deque<Link> opposite = waiting.get(List.of(l.target, l.source));
      if (l.source.equals(l.target)) {
        cables.add(l);
      } else if (opposite == null || opposite.isEmpty()) {
        waiting.computeIfAbsent(List.of(l.source, l.target), k -> new ArrayDeque<>()).add(l);
      } else {
        Link first = opposite.remove();
        cables.add(new Link(first.source, first.target, worse(first, l), first.field));
      }
    }
    for (Link l : directed) {
      Deque<Link> left = waiting.get(List.of(l.source, l.target));
      Invalid.unless(left == null || !left.contains(l), l.field, "has no opposite direction");
    }
    return cables;
  }

  /** Of two directions: the smaller capacity, the longer latency; known as soon as one is. */
  private static MapAttributes.Edge worse(Link a, Link b) {
    Amount capacity = a.facts.capacityBps();
    Amount other = b.facts.capacityBps();
    return new MapAttributes.Edge(
        capacity.known() && other.known()
            ? Amount.of(Math.min(capacity.value(), other.value()))
            : capacity.known() ? capacity : other,
        Amount.positive(Math.max(a.facts.latencyNs().orElse(0), b.facts.latencyNs().orElse(0))));
  }
}
