package io.myelin.core.path;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a path must keep to besides bandwidth. What is unknown of a link is no good where a
 * constraint asks for it (fail closed).
 *
 * @param encryption kinds of which every link, access links too, must have one; empty: any or none
 * @param excludedMedia that links between switches may not be made of
 * @param via switches to pass, in this order
 */
public record Constraints(
    Limits limits,
    Regions regions,
    Set<Encryption> encryption,
    Set<Medium> excludedMedia,
    Avoid avoid,
    List<DeviceId> via) {

  /** Bound on waypoints: more than any stack of labels can visit. */
  public static final int MAX_VIA = 8;

  /** Nothing is constrained. */
  public static final Constraints FREE =
      new Constraints(Limits.NONE, Regions.ANY, Set.of(), Set.of(), Avoid.NOTHING, List.of());

  /**
   * What a whole path may add up to; {@link #UNLIMITED} for no limit.
   *
   * @param latencyNs of propagation and known queueing
   * @param lossPpb packets of 10^9
   * @param hops switches on the way; 0: as many as labels that the ingress can push
   */
  public record Limits(
      long latencyNs, long jitterNs, long lossPpb, long costMicrosPerGb, int hops) {
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** No limits but the label stack. */
    public static final Limits NONE = new Limits(UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED, 0);

    public Limits {
      check("max_latency_ns", latencyNs);
      check("max_jitter_ns", jitterNs);
      check("max_loss_ppb", lossPpb);
      check("max_cost_micros_per_gb", costMicrosPerGb);
      check("max_hops", hops);
    }

    private static void check(String field, long value) {
      Invalid.unless(value >= 0, field, value + " is not allowed; 0 or more");
    }

    public Limits withLatencyNs(long ns) {
      return new Limits(ns, jitterNs, lossPpb, costMicrosPerGb, hops);
    }

    public Limits withJitterNs(long ns) {
      return new Limits(latencyNs, ns, lossPpb, costMicrosPerGb, hops);
    }

    public Limits withLossPpb(long ppb) {
      return new Limits(latencyNs, jitterNs, ppb, costMicrosPerGb, hops);
    }

    public Limits withCostMicrosPerGb(long micros) {
      return new Limits(latencyNs, jitterNs, lossPpb, micros, hops);
    }

    public Limits withHops(int h) {
      return new Limits(latencyNs, jitterNs, lossPpb, costMicrosPerGb, h);
    }
  }

  /**
   * Not in the class around it: its constants need the constants of those within, which must be
   * there first, whichever class is used first.
   */
  private static final class Sets {
    private Sets() {}

    /** In an order of their own: the same constraints are the same everywhere (invariant 7). */
    static <T extends Comparable<T>> Set<T> sorted(Collection<T> values) {
      return Collections.unmodifiableSet(new TreeSet<>(values));
    }
  }

  /**
   * Where links and switches may be.
   *
   * @param allowed empty: everywhere
   */
  public record Regions(Set<String> allowed, Set<String> denied) {
    public static final Regions ANY = new Regions(Set.of(), Set.of());

    public Regions {
      allowed = Sets.sorted(allowed);
      denied = Sets.sorted(denied);
      for (String r : denied) {
        Invalid.unless(!allowed.contains(r), "denied_regions", "'" + r + "' is allowed and denied");
      }
    }

    public boolean isAny() {
      return allowed.isEmpty() && denied.isEmpty();
    }

    /** Whether something in all of these regions is where it may be; unknown (empty) is not. */
    public boolean permit(Collection<String> regions) {
      return isAny()
          || (!regions.isEmpty()
              && (allowed.isEmpty() || allowed.containsAll(regions))
              && Collections.disjoint(denied, regions));
    }
  }

  /**
   * What a path may not touch.
   *
   * @param links either direction of their cables
   */
  public record Avoid(Set<DeviceId> devices, Set<LinkId> links, Set<String> srlgs) {
    public static final Avoid NOTHING = new Avoid(Set.of(), Set.of(), Set.of());

    public Avoid {
      devices = Sets.sorted(devices);
      links = Sets.sorted(links);
      srlgs = Sets.sorted(srlgs);
    }

    /** This and that. */
    public Avoid and(Avoid o) {
      if (isNothing()) {
        return o;
      }
      return new Avoid(both(devices, o.devices), both(links, o.links), both(srlgs, o.srlgs));
    }

    private static <T> Set<T> both(Set<T> a, Set<T> b) {
      Set<T> all = new HashSet<>(a);
      all.addAll(b);
      return all;
    }

    public boolean isNothing() {
      return devices.isEmpty() && links.isEmpty() && srlgs.isEmpty();
    }
  }

  public Constraints {
    encryption = kinds(encryption, Encryption.class);
    for (Encryption e : encryption) {
      Invalid.unless(
          e.protects(), "encryption", e + " is not allowed; allowed: MACSEC, IPSEC, WIREGUARD");
    }
    excludedMedia = kinds(excludedMedia, Medium.class);
    Invalid.unless(
        !excludedMedia.contains(Medium.UNKNOWN),
        "excluded_media",
        "UNKNOWN is not allowed; it is excluded with any other");
    via = List.copyOf(via);
    Invalid.unless(
        via.size() <= MAX_VIA, "via", via.size() + " switches; allowed: up to " + MAX_VIA);
    Invalid.unless(new TreeSet<>(via).size() == via.size(), "via", via + " names a switch twice");
  }

  private static <T extends Enum<T>> Set<T> kinds(Set<T> values, Class<T> type) {
    EnumSet<T> copy = EnumSet.noneOf(type);
    copy.addAll(values);
    return Collections.unmodifiableSet(copy);
  }

  /** Whether a link of this kind protects enough. */
  public boolean permits(Encryption e) {
    return encryption.isEmpty() || encryption.contains(e);
  }

  /** Whether a link between switches may be made of this. */
  public boolean permits(Medium m) {
    return excludedMedia.isEmpty() || (m != Medium.UNKNOWN && !excludedMedia.contains(m));
  }

  public Constraints with(Limits l) {
    return new Constraints(l, regions, encryption, excludedMedia, avoid, via);
  }

  public Constraints with(Regions r) {
    return new Constraints(limits, r, encryption, excludedMedia, avoid, via);
  }

  public Constraints withEncryption(Set<Encryption> kinds) {
    return new Constraints(limits, regions, kinds, excludedMedia, avoid, via);
  }

  public Constraints withExcludedMedia(Set<Medium> media) {
    return new Constraints(limits, regions, encryption, media, avoid, via);
  }

  public Constraints with(Avoid a) {
    return new Constraints(limits, regions, encryption, excludedMedia, a, via);
  }

  public Constraints withVia(List<DeviceId> devices) {
    return new Constraints(limits, regions, encryption, excludedMedia, avoid, devices);
  }
}
