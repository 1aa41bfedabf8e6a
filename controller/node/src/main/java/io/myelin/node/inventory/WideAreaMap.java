package io.myelin.node.inventory;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Ids;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.Medium;
import io.myelin.core.model.NameList;
import io.myelin.core.model.PortRef;
import io.myelin.core.topology.FabricBuilder;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Places and the cables between them, as published maps of wide-area networks give them: without
 * latencies, costs, ports and addresses. Becomes an inventory for planning by the rules of {@link
 * GraphMl}.
 */
final class WideAreaMap {
  /** Where the map does not know. */
  static final long DEFAULT_CAPACITY_BPS = 100_000_000_000L;

  /** The last port is the endpoint's. */
  static final int MAX_LINKS = FabricBuilder.PORTS - 1;

  private static final String ENDPOINT_SUFFIX = "-gpu";
  private static final int MAX_NAME = Ids.MAX_LENGTH;

  /** Light in fibre: 200 km/ms, a refractive index of 1.5. */
  private static final double FIBRE_NS_PER_KM = 5_000;

  private static final long MIN_LATENCY_NS = 1_000;

  private final Map<String, Place> places = new LinkedHashMap<>();
  private final List<Edge> edges = new ArrayList<>();
  private int selfLoops;

  /** A point on the globe, in degrees. */
  record Position(double latitude, double longitude) {
    private static final double EARTH_RADIUS_KM = 6371;

    /** Great-circle distance by the haversine formula; StrictMath: the same on every machine. */
    double kmTo(Position o) {
      double lat1 = StrictMath.toRadians(latitude);
      double lat2 = StrictMath.toRadians(o.latitude);
      double sinLat = StrictMath.sin((lat2 - lat1) / 2);
      double sinLon = StrictMath.sin(StrictMath.toRadians(o.longitude - longitude) / 2);
      double h = sinLat * sinLat + StrictMath.cos(lat1) * StrictMath.cos(lat2) * sinLon * sinLon;
      return 2 * EARTH_RADIUS_KM * StrictMath.asin(Math.min(1, StrictMath.sqrt(h)));
    }
  }

  /** A node of the map; empty texts are unknown. */
  private static final class Place {
    final String id;
    final String label;
    final @Nullable Position position;
    final String region;
    int links;

    Place(String id, String label, @Nullable Position position, String region) {
      this.id = id;
      this.label = label;
      this.position = position;
      this.region = region;
    }
  }

  private record Edge(Place a, Place b, MapAttributes.Edge facts) {
    /** Negative: the position of an end is not known. */
    double km() {
      return a.position == null || b.position == null ? -1 : a.position.kmTo(b.position);
    }

    /** Empty where one of the countries is not known: half of them would look like all. */
    Set<String> regions() {
      return a.region.isEmpty() || b.region.isEmpty()
          ? Set.of()
          : new TreeSet<>(List.of(a.region, b.region));
    }
  }

  /**
   * Adds a node.
   *
   * @param attributes of which label, latitude, longitude and country are used; all are optional
   */
  void place(String id, MapAttributes attributes) {
    Invalid.unless(!places.containsKey(id), "id", "'" + id + "' is there twice");
    places.put(
        id,
        new Place(
            id,
            attributes.text(MapAttributes.LABEL),
            position(attributes),
            slug(attributes.text(MapAttributes.COUNTRY), MAX_NAME)));
  }

  private static @Nullable Position position(MapAttributes attributes) {
    Double lat = attributes.degrees(MapAttributes.LATITUDE, 90);
    Double lon = attributes.degrees(MapAttributes.LONGITUDE, 180);
    return lat == null || lon == null ? null : new Position(lat, lon);
  }

  /** Adds an edge between two nodes that are there; one from a node to itself is only counted. */
  void edge(String source, String target, MapAttributes.Edge facts) {
    Place a = placeOf("source", source);
    Place b = placeOf("target", target);
    if (a == b) {
      selfLoops++;
      return;
    }
    for (Place p : List.of(a, b)) {
      Invalid.unless(
          ++p.links <= MAX_LINKS,
          p == a ? "source" : "target",
          "node '"
              + p.id
              + "' has more than "
              + MAX_LINKS
              + " links; a switch has "
              + FabricBuilder.PORTS
              + " ports, the last for its endpoint");
    }
    edges.add(new Edge(a, b, facts));
  }

  private Place placeOf(String field, String id) {
    Place place = places.get(id);
    if (place == null) {
      throw new Invalid(
          field, "'" + id + "' is not a node; nodes: " + NameList.some(places.keySet()));
    }
    return place;
  }

  /**
   * The inventory.
   *
   * @param fileName becomes the fabric's name, without its ending
   * @param source who says so, for all links
   */
  ImportedTopology inventory(String fileName, String source, int maxLabels) {
    Invalid.unless(!places.isEmpty(), "nodes", "there are none");
    String name = slug(fileName.replaceFirst("\\.[^.]*$", ""), MAX_NAME);
    FabricBuilder fabric = new FabricBuilder(name.isEmpty() ? "map" : name, maxLabels);
    Map<Place, DeviceId> devices = addDevices(fabric);
    List<String> notes = new ArrayList<>();
    if (selfLoops > 0) {
      notes.add("edges from a node to itself, dropped: " + selfLoops);
    }
    addCables(fabric, devices, source, notes);
    for (DeviceId d : devices.values()) {
      fabric.endpoint(
          new EndpointId(d + ENDPOINT_SUFFIX),
          new PortRef(d, FabricBuilder.PORTS),
          DEFAULT_CAPACITY_BPS,
          "",
          d.value(),
          0,
          Encryption.UNKNOWN);
    }
    return new ImportedTopology(fabric.build(), notes);
  }

  private Map<Place, DeviceId> addDevices(FabricBuilder fabric) {
    Map<Place, DeviceId> devices = new LinkedHashMap<>();
    Set<String> taken = new HashSet<>();
    for (Place p : places.values()) {
      devices.put(
          p,
          fabric.device(
              uniqueName(p, taken), Device.Role.BORDER, p.region, shown(p.label, Ids.MAX_LENGTH)));
    }
    return devices;
  }

  /** A text of the map as far as an inventory may have it. */
  private static String shown(String text, int most) {
    String plain = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return plain.length() <= most ? plain : plain.substring(0, most - 1).strip() + "…";
  }

  /** The label; with the id where that is missing or taken, with a number where even that is. */
  private static String uniqueName(Place p, Set<String> taken) {
    int max = MAX_NAME - ENDPOINT_SUFFIX.length();
    String label = slug(p.label, max);
    String name = label;
    for (int i = 1; name.isEmpty() || !taken.add(name); i++) {
      String tail = "-" + slug(p.id, max / 2) + (i == 1 ? "" : "-" + i);
      name = slug(slug(label.isEmpty() ? "node" : label, max - tail.length()) + tail, max);
    }
    return name;
  }

  /** Lower-case letters and digits without their accents, all else as single hyphens. */
  private static String slug(String text, int maxLength) {
    String plain = Normalizer.normalize(text, Normalizer.Form.NFKD).replaceAll("\\p{M}+", "");
    String slug = plain.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String cut = slug.replaceFirst("^-", "");
    return cut.substring(0, Math.min(cut.length(), maxLength)).replaceFirst("-$", "");
  }

  private void addCables(
      FabricBuilder fabric, Map<Place, DeviceId> devices, String source, List<String> notes) {
    LinkFacts facts = LinkFacts.UNKNOWN.withMedium(Medium.FIBRE);
    int unknown = 0;
    int assumed = 0;
    for (Edge e : edges) {
      double km = e.km();
      String says = source;
      Amount latencyNs = e.facts.latencyNs();
      if (!latencyNs.known() && km >= 0) {
        latencyNs = Amount.of(Math.max(MIN_LATENCY_NS, Math.round(km * FIBRE_NS_PER_KM)));
      } else if (!latencyNs.known()) {
        unknown++;
        says += "; an end without coordinates: latency unknown";
      }
      if (!e.facts.capacityBps().known()) {
        assumed++;
        says += "; no capacity: 100 Gb/s assumed";
      }
      fabric.cable(
          Objects.requireNonNull(devices.get(e.a)),
          Objects.requireNonNull(devices.get(e.b)),
          new FabricBuilder.Cable(
              e.facts.capacityBps().orElse(DEFAULT_CAPACITY_BPS),
              latencyNs.orElse(0),
              km < 0 ? 0 : Math.round(km),
              facts.withRegions(e.regions()).withSource(shown(says, Ids.MAX_TEXT))));
    }
    if (assumed > 0) {
      notes.add("links without a capacity, 100 Gb/s assumed: " + assumed);
    }
    if (unknown > 0) {
      notes.add("links with an end without coordinates, latency unknown and cost 0: " + unknown);
    }
  }
}
