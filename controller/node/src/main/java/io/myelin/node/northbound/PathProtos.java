package io.myelin.node.northbound;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Ids;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Constraints.Limits;
import io.myelin.core.path.Explanation;
import io.myelin.core.path.ExplanationText;
import io.myelin.core.path.LinkEvidence;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Scope;
import io.myelin.core.path.SlotSearch;
import io.myelin.core.path.UnknownLinks;
import io.myelin.core.path.Weights;
import io.myelin.core.state.Degradation;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.SeparatedLeases;
import io.myelin.core.state.Terms;
import io.myelin.v1.ComputedPath;
import io.myelin.v1.Hop;
import io.myelin.v1.PathExplanation;
import io.myelin.v1.Relaxation;
import io.myelin.v1.Slot;
import io.myelin.v1.Violation;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Between the API's messages about paths and the core's values. */
final class PathProtos {
  /** Two ports, each of a device's name and a number, and a sign between. */
  private static final int MAX_LINK_NAME = 2 * (Ids.MAX_LENGTH + "/254".length()) + 1;

  private PathProtos() {}

  // ---- into the core -------------------------------------------------------------------------

  static Objective objective(String field, io.myelin.v1.Objective o) {
    return switch (o) {
      case OBJECTIVE_UNSPECIFIED, OBJECTIVE_LATENCY -> Objective.LATENCY;
      case OBJECTIVE_COST -> Objective.COST;
      case OBJECTIVE_BALANCED -> Objective.BALANCED;
      case UNRECOGNIZED ->
          throw new Invalid(field, "is not allowed; allowed: LATENCY, COST, BALANCED");
    };
  }

  /**
   * What becomes of a lease or job when too little is left.
   *
   * @param in the field's prefix in the request
   */
  static Degradation degradation(String in, io.myelin.v1.Degradation d, long minBps) {
    Degradation.Mode mode =
        switch (d) {
          case DEGRADATION_UNSPECIFIED, DEGRADATION_SHARE -> Degradation.Mode.SHARE;
          case DEGRADATION_FIXED -> Degradation.Mode.FIXED;
          case UNRECOGNIZED ->
              throw new Invalid(in + "degradation", "is not allowed; allowed: SHARE, FIXED");
        };
    try {
      return new Degradation(mode, minBps);
    } catch (Invalid e) {
      throw e.under(in + e.field());
    }
  }

  /**
   * Terms of which an update changes what becomes of a lease or job with less or more room.
   *
   * @param in the fields' prefix in the request
   * @param mask the names of the fields that change
   */
  static Terms room(
      String in,
      Terms old,
      Set<String> mask,
      io.myelin.v1.Degradation degradation,
      long minBps,
      long burstBps) {
    Degradation then = old.degradation();
    Terms terms =
        old.with(
            degradation(
                in,
                mask.contains("degradation") ? degradation : degradation(then),
                mask.contains("min_bandwidth_bps") ? minBps : then.minBps()));
    return mask.contains("burst_bandwidth_bps") ? terms.withBurstBps(burstBps) : terms;
  }

  static io.myelin.v1.Degradation degradation(Degradation d) {
    return switch (d.mode()) {
      case SHARE -> io.myelin.v1.Degradation.DEGRADATION_SHARE;
      case FIXED -> io.myelin.v1.Degradation.DEGRADATION_FIXED;
    };
  }

  static io.myelin.v1.Objective objective(Objective o) {
    return switch (o) {
      case LATENCY -> io.myelin.v1.Objective.OBJECTIVE_LATENCY;
      case COST -> io.myelin.v1.Objective.OBJECTIVE_COST;
      case BALANCED -> io.myelin.v1.Objective.OBJECTIVE_BALANCED;
    };
  }

  /** Absent weights, and all zero ones, are the default. */
  static Weights weights(io.myelin.v1.Weights w) {
    return w.getLatency() == 0 && w.getCost() == 0 && w.getLoad() == 0
        ? Weights.DEFAULT
        : new Weights(
            RequestFields.unsigned("weights.latency", w.getLatency()),
            RequestFields.unsigned("weights.cost", w.getCost()),
            RequestFields.unsigned("weights.load", w.getLoad()));
  }

  /**
   * @param field of the message, for errors
   */
  static Constraints constraints(String field, io.myelin.v1.Constraints m) {
    try {
      return new Constraints(
          limits(m),
          new Constraints.Regions(
              names("allowed_regions", m.getAllowedRegionsList()),
              names("denied_regions", m.getDeniedRegionsList())),
          set(m.getEncryptionList(), Encryption.class, PathProtos::encryption),
          set(m.getExcludedMediaList(), Medium.class, PathProtos::medium),
          new Constraints.Avoid(
              devices("avoid.devices", m.getAvoid().getDevicesList()),
              links(m.getAvoid().getLinksList()),
              names("avoid.srlgs", m.getAvoid().getSrlgsList())),
          List.copyOf(m.getViaList().stream().map(d -> device("via", d)).toList()));
    } catch (Invalid e) {
      throw e.under(field + "." + e.field());
    }
  }

  private static Set<String> names(String field, List<String> list) {
    list.forEach(name -> Ids.require(field, name));
    return new HashSet<>(list);
  }

  private static Limits limits(io.myelin.v1.Constraints m) {
    return new Limits(
        m.hasMaxLatencyNs() ? m.getMaxLatencyNs() : Limits.UNLIMITED,
        m.hasMaxJitterNs() ? m.getMaxJitterNs() : Limits.UNLIMITED,
        m.hasMaxLossPpb() ? m.getMaxLossPpb() : Limits.UNLIMITED,
        m.hasMaxCostMicrosPerGb() ? m.getMaxCostMicrosPerGb() : Limits.UNLIMITED,
        m.hasMaxHops() ? hops(m.getMaxHops()) : 0);
  }

  private static int hops(int bits) {
    Invalid.unless(
        bits != 0, "max_hops", "0 is not allowed; at least 1, or leave it out for no limit");
    return RequestFields.unsigned("max_hops", bits);
  }

  /** The leases of a tenant that a path must be disjoint from. */
  static SeparatedLeases apart(String field, io.myelin.v1.Constraints.DisjointFrom m) {
    Set<LeaseName> leases = new HashSet<>();
    for (String name : m.getLeasesList()) {
      leases.add(LeaseName.parse(field + ".leases", name));
    }
    try {
      return new SeparatedLeases(leases, scopes(field + ".scopes", m.getScopesList()));
    } catch (Invalid e) {
      throw e.under(e.field().startsWith(field) ? e.field() : field + ".leases");
    }
  }

  static Set<Scope> scopes(String field, List<io.myelin.v1.Scope> list) {
    return set(
        list,
        Scope.class,
        s ->
            switch (s) {
              case SCOPE_LINK -> Scope.LINK;
              case SCOPE_NODE -> Scope.NODE;
              case SCOPE_SRLG -> Scope.SRLG;
              case SCOPE_UNSPECIFIED, UNRECOGNIZED ->
                  throw new Invalid(field, s + " is not allowed; allowed: LINK, NODE, SRLG");
            });
  }

  private static <M, T extends Enum<T>> Set<T> set(
      List<M> list, Class<T> type, Function<M, T> value) {
    EnumSet<T> set = EnumSet.noneOf(type);
    list.forEach(m -> set.add(value.apply(m)));
    return set;
  }

  private static Encryption encryption(io.myelin.v1.Encryption e) {
    return switch (e) {
      case ENCRYPTION_NONE -> Encryption.NONE;
      case ENCRYPTION_MACSEC -> Encryption.MACSEC;
      case ENCRYPTION_IPSEC -> Encryption.IPSEC;
      case ENCRYPTION_WIREGUARD -> Encryption.WIREGUARD;
      case ENCRYPTION_UNSPECIFIED, UNRECOGNIZED ->
          throw new Invalid("encryption", e + " is not allowed; allowed: MACSEC, IPSEC, WIREGUARD");
    };
  }

  static io.myelin.v1.Encryption encryption(Encryption e) {
    return switch (e) {
      case UNKNOWN -> io.myelin.v1.Encryption.ENCRYPTION_UNSPECIFIED;
      case NONE -> io.myelin.v1.Encryption.ENCRYPTION_NONE;
      case MACSEC -> io.myelin.v1.Encryption.ENCRYPTION_MACSEC;
      case IPSEC -> io.myelin.v1.Encryption.ENCRYPTION_IPSEC;
      case WIREGUARD -> io.myelin.v1.Encryption.ENCRYPTION_WIREGUARD;
    };
  }

  private static Medium medium(io.myelin.v1.Medium m) {
    return switch (m) {
      case MEDIUM_FIBRE -> Medium.FIBRE;
      case MEDIUM_COPPER -> Medium.COPPER;
      case MEDIUM_RADIO -> Medium.RADIO;
      case MEDIUM_LEO -> Medium.LEO;
      case MEDIUM_CELLULAR -> Medium.CELLULAR;
      case MEDIUM_UNSPECIFIED, UNRECOGNIZED ->
          throw new Invalid(
              "excluded_media",
              m + " is not allowed; allowed: FIBRE, COPPER, RADIO, LEO, CELLULAR");
    };
  }

  static io.myelin.v1.Medium medium(Medium m) {
    return switch (m) {
      case UNKNOWN -> io.myelin.v1.Medium.MEDIUM_UNSPECIFIED;
      case FIBRE -> io.myelin.v1.Medium.MEDIUM_FIBRE;
      case COPPER -> io.myelin.v1.Medium.MEDIUM_COPPER;
      case RADIO -> io.myelin.v1.Medium.MEDIUM_RADIO;
      case LEO -> io.myelin.v1.Medium.MEDIUM_LEO;
      case CELLULAR -> io.myelin.v1.Medium.MEDIUM_CELLULAR;
    };
  }

  private static Set<DeviceId> devices(String field, List<String> names) {
    Set<DeviceId> set = new HashSet<>();
    names.forEach(n -> set.add(device(field, n)));
    return set;
  }

  private static DeviceId device(String field, String name) {
    try {
      return new DeviceId(name);
    } catch (Invalid e) {
      throw e.under(field);
    }
  }

  private static Set<LinkId> links(List<String> names) {
    Set<LinkId> set = new HashSet<>();
    for (String n : names) {
      Invalid.unless(
          n.length() <= MAX_LINK_NAME,
          "avoid.links",
          n.length() + " characters are no name of a link; allowed: up to " + MAX_LINK_NAME);
      set.add(new LinkId(n));
    }
    return set;
  }

  /** The path over these hops of a request; {@link Invalid} where they do not lead on. */
  static Path path(Inventory inventory, PathRequest request, List<Hop> hops) {
    Invalid.unless(!hops.isEmpty(), "hops", "is required: a device and a port for each switch");
    java.util.ArrayList<LinkId> links = new java.util.ArrayList<>();
    java.util.ArrayList<PortRef> egress = new java.util.ArrayList<>();
    links.add(request.source().uplink());
    for (int i = 0; i < hops.size(); i++) {
      String field = "hops[" + i + "]";
      PortRef port;
      try {
        int number = RequestFields.unsigned("port", hops.get(i).getPort());
        port = new PortRef(new DeviceId(hops.get(i).getDevice()), number);
      } catch (Invalid e) {
        throw e.under(field + "." + e.field());
      }
      egress.add(port);
      LinkId link = inventory.linkFrom(port);
      boolean last = i == hops.size() - 1;
      Invalid.unless(
          last ? port.equals(request.destination().attachment()) : link != null,
          field,
          "'"
              + port
              + (last
                  ? "' is not the port of " + request.destination().id()
                  : "' leads to no switch"));
      links.add(last || link == null ? request.destination().downlink() : link);
    }
    return new Path(links, egress, 0, 0, 0, 0, UnknownLinks.NONE);
  }

  // ---- out of the core -----------------------------------------------------------------------

  static io.myelin.v1.Constraints constraints(Constraints c, SeparatedLeases apart) {
    io.myelin.v1.Constraints.Builder b = io.myelin.v1.Constraints.newBuilder();
    Limits l = c.limits();
    limit(l.latencyNs(), b::setMaxLatencyNs);
    limit(l.jitterNs(), b::setMaxJitterNs);
    limit(l.lossPpb(), b::setMaxLossPpb);
    limit(l.costMicrosPerGb(), b::setMaxCostMicrosPerGb);
    if (l.hops() > 0) {
      b.setMaxHops(l.hops());
    }
    b.addAllAllowedRegions(c.regions().allowed()).addAllDeniedRegions(c.regions().denied());
    c.encryption().forEach(e -> b.addEncryption(encryption(e)));
    c.excludedMedia().forEach(m -> b.addExcludedMedia(medium(m)));
    if (!c.avoid().isNothing()) {
      c.avoid().devices().forEach(d -> b.getAvoidBuilder().addDevices(d.value()));
      c.avoid().links().forEach(k -> b.getAvoidBuilder().addLinks(k.value()));
      b.getAvoidBuilder().addAllSrlgs(c.avoid().srlgs());
    }
    c.via().forEach(d -> b.addVia(d.value()));
    apart.from().forEach(n -> b.getDisjointFromBuilder().addLeases(n.toString()));
    apart.scopes().forEach(s -> b.getDisjointFromBuilder().addScopes(scope(s)));
    return b.build();
  }

  static io.myelin.v1.Scope scope(Scope s) {
    return switch (s) {
      case LINK -> io.myelin.v1.Scope.SCOPE_LINK;
      case NODE -> io.myelin.v1.Scope.SCOPE_NODE;
      case SRLG -> io.myelin.v1.Scope.SCOPE_SRLG;
    };
  }

  private static void limit(long value, java.util.function.LongConsumer set) {
    if (value != Limits.UNLIMITED) {
      set.accept(value);
    }
  }

  static io.myelin.v1.Weights weights(Weights w) {
    return io.myelin.v1.Weights.newBuilder()
        .setLatency(w.latency())
        .setCost(w.cost())
        .setLoad(w.load())
        .build();
  }

  /** A path with the evidence that the inventory gives for it now. */
  static io.myelin.v1.Path path(Inventory inventory, Path path) {
    io.myelin.v1.Path.Builder b =
        io.myelin.v1.Path.newBuilder()
            .setLatencyNs(path.latencyNs())
            .setCostMicrosPerGb(path.costMicrosPerGb())
            .setJitterNs(path.jitterNs())
            .setLossPpb(path.lossPpb())
            .setUnknownLatencyLinks(path.unknown().latency())
            .setUnknownJitterLinks(path.unknown().jitter())
            .setUnknownLossLinks(path.unknown().loss());
    for (PortRef p : path.egress()) {
      b.addHops(
          Hop.newBuilder().setDevice(p.device().value()).setPort(p.port()).setLabel(Path.label(p)));
    }
    for (LinkEvidence e : LinkEvidence.of(inventory, path)) {
      b.addLinks(
          io.myelin.v1.LinkEvidence.newBuilder()
              .setLink(e.link().value())
              .addAllRegions(e.regions())
              .setRegionSource(e.regionSource())
              .setEncryption(encryption(e.encryption()))
              .setMedium(medium(e.medium()))
              .setSource(e.source()));
    }
    return b.build();
  }

  static ComputedPath computed(Inventory inventory, PathSearch.Found found) {
    return ComputedPath.newBuilder()
        .setPath(path(inventory, found.path()))
        .setObjectiveValue(found.value())
        .setProvenOptimal(found.provenOptimal())
        .build();
  }

  static PathExplanation explanation(
      Inventory inventory, PathRequest request, Explanation e, SlotSearch.@Nullable Slot slot) {
    ExplanationText text = new ExplanationText(inventory, request);
    PathExplanation.Builder b =
        PathExplanation.newBuilder().setComplete(e.complete()).addAllLines(text.lines(e, slot));
    e.binding().forEach(k -> b.addBinding(k.name()));
    for (Explanation.Relaxation r : e.relaxations()) {
      Relaxation.Builder m = b.addRelaxationsBuilder().setPath(path(inventory, r.path()));
      r.kinds().forEach(k -> m.addKinds(k.name()));
      r.violations().forEach(v -> m.addViolations(violation(text, v)));
    }
    if (slot != null) {
      b.setEarliest(slot(inventory, slot));
    }
    return b.build();
  }

  static Violation violation(ExplanationText text, PathCheck.Violation v) {
    return Violation.newBuilder()
        .setKind(v.kind().name())
        .setLink(v.link() == null ? "" : v.link().value())
        .setHave(v.have())
        .setNeed(v.need())
        .setText(text.text(v))
        .build();
  }

  static Slot slot(Inventory inventory, SlotSearch.Slot slot) {
    Slot.Builder b =
        Slot.newBuilder()
            .setStartTime(Protos.timestamp(slot.window().startMs()))
            .setBandwidthBps(slot.bandwidthBps())
            .setPath(path(inventory, slot.path()));
    if (slot.window().endMs() != TimeWindow.FOREVER) {
      b.setEndTime(Protos.timestamp(slot.window().endMs()));
    }
    return b.build();
  }
}
