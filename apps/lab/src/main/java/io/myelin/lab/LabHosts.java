package io.myelin.lab;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds NICs by what people call them: a NIC, a host or a rack. */
final class LabHosts {
  private final List<Endpoint> all = new ArrayList<>();
  private final Map<String, Set<Endpoint>> byName = new LinkedHashMap<>();

  LabHosts(Inventory inventory) {
    inventory.endpoints().forEach((id, e) -> all.add(e));
    all.forEach(e -> byName.put(e.id().value(), new LinkedHashSet<>(List.of(e))));
    all.forEach(e -> group(e.host(), e));
    all.forEach(e -> group(e.rack(), e));
  }

  /** A host that has the name of a NIC is that NIC. */
  private void group(String name, Endpoint e) {
    boolean nic = all.stream().anyMatch(other -> other.id().value().equals(name));
    if (!name.isEmpty() && !nic) {
      byName.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(e);
    }
  }

  /** The NICs of all these, each once; of no names, all there are. */
  List<Endpoint> find(List<String> names) {
    if (names.isEmpty()) {
      return all;
    }
    Set<Endpoint> found = new LinkedHashSet<>();
    names.forEach(n -> found.addAll(find(n)));
    return List.copyOf(found);
  }

  private Set<Endpoint> find(String name) {
    Set<Endpoint> found = byName.getOrDefault(name, Set.of());
    LabRefusal.unless(
        !found.isEmpty(),
        LabRefusal.Kind.NOT_FOUND,
        "no NIC, host or rack '" + name + "'; nearest: " + Nearest.to(name, byName.keySet()));
    return found;
  }

  /**
   * Pairs of NICs: of hosts with several, those of the same rail.
   *
   * @param texts {@code FROM:TO} each
   */
  List<Permutation.Pair> pairs(List<String> texts) {
    List<Permutation.Pair> pairs = new ArrayList<>();
    for (String text : texts) {
      String[] ends = text.split(":", -1);
      LabRefusal.unless(
          ends.length == 2,
          LabRefusal.Kind.INVALID,
          "'" + text + "' is not a pair; allowed: FROM:TO, e.g. gpu-1-1:gpu-2-1");
      List<Permutation.Pair> found = pairs(find(ends[0]), find(ends[1]));
      LabRefusal.unless(
          !found.isEmpty(),
          LabRefusal.Kind.INVALID,
          "'" + text + "': no two different NICs of the same rail");
      pairs.addAll(found);
    }
    return pairs;
  }

  private static List<Permutation.Pair> pairs(Set<Endpoint> from, Set<Endpoint> to) {
    List<Permutation.Pair> pairs = new ArrayList<>();
    boolean single = from.size() == 1 && to.size() == 1;
    for (Endpoint a : from) {
      for (Endpoint b : to) {
        if (!a.equals(b) && (single || a.rail() == b.rail())) {
          pairs.add(TrafficPattern.pair(a, b));
        }
      }
    }
    return pairs;
  }
}
