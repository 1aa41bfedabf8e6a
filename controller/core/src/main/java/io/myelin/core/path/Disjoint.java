package io.myelin.core.path;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import java.util.HashSet;
import java.util.Set;

/** What a path has to keep away from to be disjoint from others. */
public final class Disjoint {
  private final Inventory inventory;
  private final Set<DeviceId> devices = new HashSet<>();
  private final Set<LinkId> links = new HashSet<>();
  private final Set<String> srlgs = new HashSet<>();

  public Disjoint(Inventory inventory) {
    this.inventory = inventory;
  }

  /** Keeps away from one more path. */
  public Disjoint add(Path other, Set<Scope> scopes) {
    for (LinkId id : other.links()) {
      Link link = inventory.links().get(id);
      if (link != null) {
        links.add(id);
        if (scopes.contains(Scope.SRLG)) {
          srlgs.addAll(link.facts().srlgs());
        }
      }
    }
    if (scopes.contains(Scope.NODE)) {
      for (PortRef p : other.egress()) {
        devices.add(p.device());
      }
    }
    return this;
  }

  /** For a path between these endpoints, whose own switches cannot be avoided. */
  public Constraints.Avoid between(Endpoint source, Endpoint destination) {
    Set<DeviceId> others = new HashSet<>(devices);
    others.remove(source.attachment().device());
    others.remove(destination.attachment().device());
    return new Constraints.Avoid(others, links, srlgs);
  }
}
