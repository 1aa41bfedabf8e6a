package io.myelin.node.inventory;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.NameList;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads maps of wide-area networks in GraphML as the Internet Topology Zoo (Knight et al., IEEE
 * JSAC 2011) publishes them. They say where nodes stand and which are joined, little else; an
 * inventory for planning follows by these rules:
 *
 * <ul>
 *   <li>Latency: great-circle distance (haversine, earth radius 6371 km) at 200 km/ms, at least 1
 *       µs; or {@code latency} or {@code delay} with a unit. With an end without coordinates it is
 *       unknown, and its source says so.
 *   <li>Cost: one micro per gigabyte per kilometre of that distance; 0 where that is unknown.
 *   <li>Capacity: {@code LinkSpeedRaw} in bits per second, {@code LinkSpeed} in {@code
 *       LinkSpeedUnits}, or {@code capacity} or {@code bandwidth} with a unit; else 100 Gb/s, which
 *       its source and a note say. What contradicts itself or has no unit is refused.
 *   <li>Names of attributes count in any case.
 *   <li>Region of a node: its country as a name of a-z, 0-9 and hyphens, else unknown. Regions of a
 *       link: those of its two ends; unknown where one of them is.
 *   <li>Medium: fibre, which is what the Zoo maps. Encryption: unknown. Source: {@code Topology
 *       Zoo} and the file's name.
 *   <li>Each edge is a cable, so duplicates are parallel cables; self loops are dropped and
 *       counted.
 *   <li>Names: labels as names of a-z, 0-9 and hyphens; with the node's id where a label is missing
 *       or taken.
 *   <li>Each node has one endpoint, {@code NAME-gpu}, of 100 Gb/s on its last port, 254, and
 *       belongs to tenant {@code planning}. So a node has at most 253 links.
 * </ul>
 */
public final class GraphMl {
  /** GraphML says nothing of units: a capacity must have its own. */
  private static final long NO_BARE_NUMBERS = 0;

  private final String file;
  private final XMLStreamReader xml;
  private final WideAreaMap map = new WideAreaMap();
  private final Map<String, Key> keys = new HashMap<>();
  private final List<Element> edges = new ArrayList<>();
  private boolean inGraph;
  private @Nullable Element current;
  private @Nullable Key currentKey;

  /** What a data key stands for: {@code attr.name} of a node, an edge or all. */
  private static final class Key {
    final String name;
    final String domain;
    @Nullable String otherwise;

    Key(String name, String domain) {
      this.name = name;
      this.domain = domain;
    }
  }

  /** A node (its id) or an edge (its two ends) and its data. */
  private record Element(String kind, List<String> ids, int line, MapAttributes data) {}

  private GraphMl(String file, XMLStreamReader xml) {
    this.file = file;
    this.xml = xml;
  }

  /**
   * Reads a file.
   *
   * @param maxLabels deepest label stack that the switches of the plan push
   * @throws InventoryException with file and line of whatever is wrong
   */
  public static ImportedTopology read(Path file, int maxLabels) {
    return parse(file.toString(), SourceFile.bytes(file), maxLabels);
  }

  /** Parses a document, in the encoding it declares; {@code file} stands in messages. */
  static ImportedTopology parse(String file, byte[] document, int maxLabels) {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    // A map needs neither document types nor entities; who wants our files or memory does
    // (CWE-611, CWE-776).
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    try {
      XMLStreamReader xml = factory.createXMLStreamReader(new ByteArrayInputStream(document));
      return new GraphMl(file, xml).topology(maxLabels);
    } catch (XMLStreamException e) {
      String reason = String.valueOf(e.getMessage()).replaceFirst("(?s)^.*\nMessage: ", "");
      throw error(file, e.getLocation().getLineNumber(), "not XML: " + reason);
    }
  }

  private ImportedTopology topology(int maxLabels) throws XMLStreamException {
    for (int event = xml.getEventType();
        event != XMLStreamConstants.END_DOCUMENT;
        event = xml.next()) {
      if (event == XMLStreamConstants.DTD) {
        throw error("a document type (DOCTYPE) is not allowed");
      } else if (event == XMLStreamConstants.START_ELEMENT) {
        start(xml.getLocalName());
      } else if (event == XMLStreamConstants.END_ELEMENT) {
        end(xml.getLocalName());
      }
    }
    if (!inGraph) {
      throw new InventoryException(file + ": there is no <graph>");
    }
    for (Element e : edges) {
      checked(e, () -> join(e));
    }
    try {
      String name = String.valueOf(Path.of(file).getFileName());
      return map.inventory(name, "Topology Zoo " + name, maxLabels);
    } catch (Invalid e) {
      throw new InventoryException(file + ": " + e.getMessage());
    }
  }

  private void start(String element) throws XMLStreamException {
    switch (element) {
      case "key" -> {
        Key key = new Key(attribute("attr.name", ""), attribute("for", "all"));
        keys.put(required("id"), key);
        currentKey = key;
      }
      case "default" -> {
        if (currentKey != null && MapAttributes.reads(currentKey.name)) {
          currentKey.otherwise = xml.getElementText();
        }
      }
      case "graph" -> graph();
      case "node" -> begin(List.of(required("id")));
      case "edge" -> begin(List.of(required("source"), required("target")));
      case "data" -> data(required("key"));
      case "hyperedge" -> throw error("<hyperedge> is not supported; allowed: <edge>");
      default -> {} // descriptions, ports and what tools add
    }
  }

  private void graph() {
    if (inGraph) {
      throw error("a second <graph> is not supported");
    }
    inGraph = true;
    undirected("edgedefault", attribute("edgedefault", "undirected"), "undirected");
  }

  private void undirected(String name, String value, String allowed) {
    if (!value.equals(allowed)) {
      throw error(name + ": '" + value + "' is not supported; allowed: " + allowed);
    }
  }

  private void begin(List<String> ids) {
    String kind = xml.getLocalName();
    undirected("directed", attribute("directed", "false"), "false");
    current = new Element(kind, ids, line(), new MapAttributes());
  }

  private void data(String id) throws XMLStreamException {
    Key key = keys.get(id);
    if (key == null) {
      throw error(
          "data key '"
              + id
              + "' is not declared; declared: "
              + NameList.some(keys.keySet().stream().sorted().toList()));
    }
    if (current != null && MapAttributes.reads(key.name)) {
      add(current, key.name, xml.getElementText());
    }
  }

  private void end(String element) {
    Element e = current;
    if (e == null || !e.kind.equals(element)) {
      return;
    }
    current = null;
    for (Key k : keys.values()) {
      String otherwise = k.otherwise;
      if (otherwise != null && (k.domain.equals("all") || k.domain.equals(e.kind))) {
        checked(e, () -> e.data.addDefault(k.name, otherwise));
      }
    }
    if (e.kind.equals("edge")) {
      edges.add(e); // may stand before its nodes
    } else {
      checked(e, () -> map.place(e.ids.get(0), e.data));
    }
  }

  private void add(Element e, String name, String text) {
    checked(e, () -> e.data.add(name, text));
  }

  private void join(Element edge) {
    map.edge(edge.ids.get(0), edge.ids.get(1), edge.data.edge(NO_BARE_NUMBERS));
  }

  private String attribute(String name, String otherwise) {
    String value = xml.getAttributeValue(null, name);
    return value == null ? otherwise : value;
  }

  private String required(String name) {
    String value = xml.getAttributeValue(null, name);
    if (value == null) {
      throw error("<" + xml.getLocalName() + "> has no " + name);
    }
    return value;
  }

  private void checked(Element e, Runnable action) {
    try {
      action.run();
    } catch (Invalid i) {
      throw error(
          file, e.line, "<" + e.kind + " " + String.join(" to ", e.ids) + ">: " + i.getMessage());
    }
  }

  private int line() {
    return xml.getLocation().getLineNumber();
  }

  private InventoryException error(String problem) {
    return error(file, line(), problem);
  }

  private static InventoryException error(String file, int line, String problem) {
    return new InventoryException(file + ":" + line + ": " + problem);
  }
}
