package io.myelin.core.path;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Availability;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An inventory in the form that searches read: switches and links by dense numbers, in order of
 * their ids. Immutable; built once per inventory.
 *
 * <p>Links between switches come first, in order of their ids, so that a smaller number is a
 * smaller id; then up- and downlink of each endpoint.
 */
public final class Topology {
  private final Inventory inventory;
  private final DeviceId[] devices;
  private final int[] maxLabels;
  private final Map<DeviceId, Integer> deviceNumbers = new HashMap<>();
  private final LinkId[] ids;
  private final Link[] fabric;
  private final Map<LinkId, Integer> numbers = new HashMap<>();
  private final Map<EndpointId, Integer> uplinks = new HashMap<>();
  private final int fabricLinks;
  private final int[] from;
  private final int[] to;
  private final int[] reverse;
  private final long[] capacityBps;
  private final long[] reservableBps;
  private final long[][] floor = new long[Metric.values().length][];
  private final BitSet[] unknown = new BitSet[Metric.values().length];
  private final Availability[] availability;
  private final LinkClass[] classes;
  private final int[] classOf;
  private final Map<String, int[]> srlgMembers = new HashMap<>();
  private final Incidence out;
  private final Incidence in;
  private final LowerBounds bounds;

  /** What a path adds up along its links. */
  enum Metric {
    LATENCY(0),
    COST(1),
    JITTER(2),
    LOSS(3),
    HOPS(4);

    /** Its place in arrays of one element per metric. */
    final int index;

    Metric(int index) {
      this.index = index;
    }
  }

  /**
   * What links have in common as far as constraints look at them: few differ, and each search
   * judges each once.
   *
   * @param regions of the link and of the switches at its ends; empty: not all of them are known
   * @param access whether these are links to endpoints
   */
  record LinkClass(List<String> regions, Encryption encryption, Medium medium, boolean access) {}

  /** Links by the switch at one of their ends: those of switch d are at start[d] to start[d+1]. */
  public record Incidence(int[] start, int[] links) {}

  public Topology(Inventory inventory) {
    this.inventory = inventory;
    devices = new DeviceId[inventory.devices().size()];
    maxLabels = new int[devices.length];
    inventory
        .devices()
        .forEach(
            (id, d) -> {
              devices[deviceNumbers.size()] = id;
              maxLabels[deviceNumbers.size()] = d.maxLabels();
              deviceNumbers.put(id, deviceNumbers.size());
            });
    fabricLinks = inventory.links().size();
    int links = fabricLinks + 2 * inventory.endpoints().size();
    ids = new LinkId[links];
    fabric = new Link[fabricLinks];
    from = new int[links];
    to = new int[links];
    reverse = new int[links];
    capacityBps = new long[links];
    reservableBps = new long[links];
    classOf = new int[links];
    availability = new Availability[links];
    Arrays.fill(availability, Availability.ALWAYS);
    for (Metric m : Metric.values()) {
      floor[m.index] = new long[fabricLinks];
      unknown[m.index] = new BitSet(fabricLinks);
    }
    Map<LinkClass, Integer> known = new HashMap<>();
    Map<String, List<Integer>> srlgs = new HashMap<>();
    List<LinkClass> distinct = new ArrayList<>();
    int[] n = {0};
    inventory.links().forEach((id, link) -> addLink(n[0]++, id, link, known, distinct, srlgs));
    inventory.endpoints().forEach((id, e) -> n[0] = addAccess(n[0], e, known, distinct));
    for (int l = 0; l < links; l++) {
      numbers.put(ids[l], l);
      reservableBps[l] = (long) (capacityBps[l] * inventory.reservableShare());
    }
    for (int l = 0; l < links; l++) {
      reverse[l] = l < fabricLinks ? numbers.getOrDefault(link(l).reverseId(), -1) : l ^ 1;
    }
    classes = distinct.toArray(LinkClass[]::new);
    srlgs.forEach(
        (name, list) -> srlgMembers.put(name, list.stream().mapToInt(Integer::intValue).toArray()));
    out = incidence(from);
    in = incidence(to);
    bounds = new LowerBounds(this);
  }

  private void addLink(
      int n,
      LinkId id,
      Link link,
      Map<LinkClass, Integer> known,
      List<LinkClass> distinct,
      Map<String, List<Integer>> srlgs) {
    LinkFacts facts = link.facts();
    ids[n] = id;
    fabric[n] = link;
    from[n] = number(link.from().device());
    to[n] = number(link.to().device());
    capacityBps[n] = link.capacityBps();
    availability[n] = facts.availability();
    add(Metric.LATENCY, n, link.latencyNs());
    floor[Metric.COST.index][n] = link.costMicrosPerGb();
    add(Metric.JITTER, n, facts.jitterNs());
    add(Metric.LOSS, n, facts.lossPpb());
    floor[Metric.HOPS.index][n] = 1;
    LinkClass c =
        new LinkClass(
            LinkEvidence.touched(inventory, link), facts.encryption(), facts.medium(), false);
    classOf[n] = intern(c, known, distinct);
    for (String srlg : facts.srlgs()) {
      srlgs.computeIfAbsent(srlg, s -> new ArrayList<>()).add(n);
    }
  }

  private void add(Metric metric, int link, Amount amount) {
    floor[metric.index][link] = amount.orElse(0);
    unknown[metric.index].set(link, !amount.known());
  }

  private int addAccess(
      int n, Endpoint e, Map<LinkClass, Integer> known, List<LinkClass> distinct) {
    Device device = inventory.devices().get(e.attachment().device());
    List<String> regions =
        device == null || device.region().isEmpty() ? List.of() : List.of(device.region());
    LinkClass c = new LinkClass(regions, e.encryption(), Medium.UNKNOWN, true);
    uplinks.put(e.id(), n);
    for (LinkId id : List.of(e.uplink(), e.downlink())) {
      ids[n] = id;
      from[n] = number(e.attachment().device());
      to[n] = from[n];
      capacityBps[n] = e.capacityBps();
      classOf[n++] = intern(c, known, distinct);
    }
    return n;
  }

  private static int intern(LinkClass c, Map<LinkClass, Integer> known, List<LinkClass> distinct) {
    Integer number = known.get(c);
    if (number == null) {
      number = distinct.size();
      known.put(c, number);
      distinct.add(c);
    }
    return number;
  }

  private Incidence incidence(int[] end) {
    int[] start = new int[devices.length + 1];
    for (int l = 0; l < fabricLinks; l++) {
      start[end[l] + 1]++;
    }
    for (int d = 0; d < devices.length; d++) {
      start[d + 1] += start[d];
    }
    int[] next = Arrays.copyOf(start, devices.length);
    int[] links = new int[fabricLinks];
    for (int l = 0; l < fabricLinks; l++) {
      links[next[end[l]]++] = l;
    }
    return new Incidence(start, links);
  }

  public Inventory inventory() {
    return inventory;
  }

  /** How many switches there are. */
  public int devices() {
    return devices.length;
  }

  public DeviceId device(int number) {
    return devices[number];
  }

  /** The deepest stack that a switch can push. */
  int maxLabels(int device) {
    return maxLabels[device];
  }

  /**
   * The number of a switch.
   *
   * @throws IllegalArgumentException when it is not of this fabric
   */
  public int number(DeviceId device) {
    Integer n = deviceNumbers.get(device);
    if (n == null) {
      throw new IllegalArgumentException("no such device: " + device);
    }
    return n;
  }

  /** How many links there are, access links included. */
  public int links() {
    return ids.length;
  }

  /** How many of them are between switches; these have the smallest numbers. */
  public int fabricLinks() {
    return fabricLinks;
  }

  /** The number of a link or access link; null: it is not of this fabric. */
  public @Nullable Integer number(LinkId link) {
    return numbers.get(link);
  }

  /**
   * The numbers of a path's links, access links included.
   *
   * @throws IllegalArgumentException when one is not of this fabric
   */
  public int[] numbers(Path path) {
    int[] all = new int[path.links().size()];
    for (int i = 0; i < all.length; i++) {
      Integer n = number(path.links().get(i));
      if (n == null) {
        throw new IllegalArgumentException("no such link: " + path.links().get(i));
      }
      all[i] = n;
    }
    return all;
  }

  public LinkId id(int link) {
    return ids[link];
  }

  /** A link between switches. */
  public Link link(int number) {
    return fabric[number];
  }

  /** The switch that a link leaves; of an access link the switch it is attached to. */
  public int from(int link) {
    return from[link];
  }

  public int to(int link) {
    return to[link];
  }

  /** The other direction of the same cable. */
  public int reverse(int link) {
    return reverse[link];
  }

  public long capacityBps(int link) {
    return capacityBps[link];
  }

  /** Bits per second that leases may take. */
  public long reservableBps(int link) {
    return reservableBps[link];
  }

  /** 0: the inventory does not say. */
  public long declaredLatencyNs(int link) {
    return floor(Metric.LATENCY, link);
  }

  /** Whether the inventory says what a link between switches adds to a metric. */
  boolean declares(Metric m, int link) {
    return !unknown[m.index].get(link);
  }

  /** Whether it says so of all of them. */
  boolean declaresAll(Metric m) {
    return unknown[m.index].isEmpty();
  }

  /** When a link is there; access links always are. */
  public Availability availability(int link) {
    return availability[link];
  }

  /** The number of an endpoint's uplink; its downlink is the next. */
  public int uplink(Endpoint e) {
    Integer n = uplinks.get(e.id());
    if (n == null) {
      throw new IllegalArgumentException("no such endpoint: " + e.id());
    }
    return n;
  }

  /** The endpoint of a name; null: there is none. */
  public @Nullable Endpoint endpoint(EndpointId id) {
    return inventory.endpoints().get(id);
  }

  /** Links between switches that any path from one switch to another has at least. */
  public long leastLinks(DeviceId source, DeviceId destination) {
    return bounds.to(Metric.HOPS, number(destination))[number(source)];
  }

  /** Links of a shared risk group; empty: no such group. */
  int[] srlg(String name) {
    return srlgMembers.getOrDefault(name, new int[0]);
  }

  public Incidence out() {
    return out;
  }

  public Incidence in() {
    return in;
  }

  /** The least that a link can ever add to a metric; 0 where the inventory does not say. */
  long floor(Metric m, int link) {
    return floor[m.index][link];
  }

  int classes() {
    return classes.length;
  }

  LinkClass linkClass(int number) {
    return classes[number];
  }

  int classOf(int link) {
    return classOf[link];
  }

  @Override
  public String toString() {
    return "topology of " + inventory.name();
  }

  LowerBounds bounds() {
    return bounds;
  }
}
