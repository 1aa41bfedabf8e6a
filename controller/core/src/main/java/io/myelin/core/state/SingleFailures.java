package io.myelin.core.state;

import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.path.Scope;
import io.myelin.core.path.Topology;
import java.util.Set;
import java.util.TreeSet;

/** The single failures that a protected lease is moved away from, by name. */
final class SingleFailures {
  private SingleFailures() {}

  /**
   * What can break a path, as far as its protection covers: each of its cables; each switch but the
   * first and last with NODE; each shared risk group with SRLG.
   */
  static Set<String> of(Topology topology, Path path, Set<Scope> scopes) {
    Set<String> all = new TreeSet<>();
    for (LinkId id : path.links()) {
      Link link = topology.inventory().links().get(id);
      if (link == null) {
        continue; // an access link: nothing protects from its loss
      }
      LinkId back = link.reverseId();
      all.add("cable " + (id.compareTo(back) < 0 ? id : back));
      if (scopes.contains(Scope.SRLG)) {
        link.facts().srlgs().forEach(s -> all.add("srlg " + s));
      }
    }
    if (scopes.contains(Scope.NODE)) {
      for (PortRef p : path.egress().subList(1, Math.max(1, path.egress().size() - 1))) {
        all.add("switch " + p.device());
      }
    }
    return all;
  }
}
