package io.myelin.core.path;

import io.myelin.core.model.Device;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one link on a path, and from whom: what an auditor asks for.
 *
 * @param regions that it and the switches at its ends touch; empty: not all of them are known
 * @param regionSource who says so: {@link #DECLARED} or {@link #DERIVED}, or the link's own source
 * @param source of encryption and medium
 */
public record LinkEvidence(
    LinkId link,
    List<String> regions,
    String regionSource,
    Encryption encryption,
    Medium medium,
    String source) {

  /** The inventory states it of the link. */
  public static final String DECLARED = "inventory";

  /** Both switches stand in one region, and the inventory states no other of the cable. */
  public static final String DERIVED = "region of both switches";

  /** Nobody states it. */
  public static final String NOBODY = "";

  /** Evidence for every link of a path, in its order. */
  public static List<LinkEvidence> of(Inventory inventory, Path path) {
    List<LinkEvidence> all = new ArrayList<>();
    for (LinkId id : path.links()) {
      LinkEvidence e = of(inventory, id);
      if (e != null) {
        all.add(e);
      }
    }
    return all;
  }

  /** Evidence for a link or access link; null: the inventory has no such link. */
  public static @Nullable LinkEvidence of(Inventory inventory, LinkId id) {
    Link link = inventory.links().get(id);
    if (link != null) {
      return of(inventory, id, link);
    }
    Endpoint e = inventory.endpointByAccessLink(id);
    return e == null ? null : of(inventory, id, e);
  }

  private static LinkEvidence of(Inventory inventory, LinkId id, Link link) {
    String declared = link.facts().source().isEmpty() ? DECLARED : link.facts().source();
    List<String> regions = touched(inventory, link);
    String regionSource =
        regions.isEmpty() ? NOBODY : link.facts().regions().isEmpty() ? DERIVED : declared;
    boolean known =
        link.facts().encryption() != Encryption.UNKNOWN || link.facts().medium() != Medium.UNKNOWN;
    return new LinkEvidence(
        id,
        regions,
        regionSource,
        link.facts().encryption(),
        link.facts().medium(),
        known ? declared : NOBODY);
  }

  private static LinkEvidence of(Inventory inventory, LinkId id, Endpoint e) {
    String region = region(inventory, e.attachment().device());
    return new LinkEvidence(
        id,
        region.isEmpty() ? List.of() : List.of(region),
        region.isEmpty() ? NOBODY : "region of the switch",
        e.encryption(),
        Medium.UNKNOWN,
        e.encryption() == Encryption.UNKNOWN ? NOBODY : DECLARED);
  }

  /** Regions of a link and of its switches; empty as soon as one of them is unknown. */
  static List<String> touched(Inventory inventory, Link link) {
    String a = region(inventory, link.from().device());
    String b = region(inventory, link.to().device());
    if (a.isEmpty() || b.isEmpty() || (link.facts().regions().isEmpty() && !a.equals(b))) {
      return List.of();
    }
    TreeSet<String> all = new TreeSet<>(link.facts().regions());
    all.add(a);
    all.add(b);
    return List.copyOf(all);
  }

  private static String region(Inventory inventory, io.myelin.core.model.DeviceId id) {
    Device device = inventory.devices().get(id);
    return device == null ? "" : device.region();
  }
}
