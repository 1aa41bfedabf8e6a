package io.myelin.node.northbound;

import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What is said of cables that go elsewhere than the inventory says. */
final class Miscabling {
  private Miscabling() {}

  /**
   * By link of the inventory, in words.
   *
   * @param seen by link, the cable that discovery sees at its port
   */
  static SortedMap<LinkId, String> text(Inventory inventory, SortedMap<LinkId, LinkId> seen) {
    Map<PortRef, PortRef> heardAt = new TreeMap<>();
    seen.values().forEach(cable -> heardAt.put(end(cable, 1), end(cable, 0)));
    SortedMap<LinkId, String> all = new TreeMap<>();
    seen.forEach(
        (id, cable) -> {
          Link link = inventory.links().get(id);
          if (link != null) {
            all.put(id, text(inventory, link, end(cable, 1), heardAt));
          }
        });
    return all;
  }

  private static String text(
      Inventory inventory, Link link, PortRef there, Map<PortRef, PortRef> heardAt) {
    boolean known =
        inventory.linkFrom(there) != null
            || inventory.endpointsAt(there.device()).stream()
                .anyMatch(e -> e.attachment().equals(there));
    String text =
        link.from()
            + " is cabled to "
            + there
            + (known ? "" : ", a port that the inventory does not have")
            + "; the inventory says "
            + link.to();
    PortRef other = heardAt.get(link.to());
    if (other == null) {
      return text + ", where nothing is heard of another";
    }
    LinkId its = inventory.linkFrom(other);
    Link expected = its == null ? null : inventory.links().get(its);
    boolean swapped = expected != null && expected.to().equals(there);
    return text + "; " + link.to() + " hears " + other + (swapped ? ": swap?" : "");
  }

  /** Of {@code a/1>b/2}: 0 is a/1, 1 is b/2. */
  private static PortRef end(LinkId cable, int which) {
    return PortRef.parse("cable", cable.value().split(">")[which]);
  }
}
