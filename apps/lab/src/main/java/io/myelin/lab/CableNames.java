package io.myelin.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How people name a cable: by two ends with a space or a hyphen between them, in either order, each
 * the name of a switch or host NIC, with or without its port ({@code leaf1 spine1}, {@code
 * spine1-leaf1}, {@code leaf1/1-spine1/1}); or by one end that has no other cable ({@code leaf1/1},
 * {@code gpu-1-1}).
 */
final class CableNames {
  /** All that a cable may be called, by its name. */
  private final Map<String, Set<String>> spellings = new LinkedHashMap<>();

  private final Map<String, Set<LabCable>> byText = new HashMap<>();

  CableNames(Iterable<LabCable> cables) {
    for (LabCable c : cables) {
      for (String a : texts(c.a())) {
        for (String b : texts(c.b())) {
          for (String between : List.of(" ", "-")) {
            put(a + between + b, c);
            put(b + between + a, c);
          }
        }
      }
      c.ends().forEach(end -> put(end.port(), c));
    }
  }

  private static Set<String> texts(LabCable.End end) {
    return new LinkedHashSet<>(List.of(end.node(), end.port()));
  }

  private void put(String text, LabCable c) {
    byText.computeIfAbsent(text, t -> new LinkedHashSet<>()).add(c);
    spellings.computeIfAbsent(c.name(), n -> new LinkedHashSet<>()).add(text);
  }

  /**
   * The cable of that name.
   *
   * @throws LabRefusal when there is none, or several
   */
  LabCable find(String text) {
    String plain = text.strip().replaceAll("\\s+", " ");
    Set<LabCable> found = byText.getOrDefault(plain, Set.of());
    LabRefusal.unless(
        !found.isEmpty(),
        LabRefusal.Kind.NOT_FOUND,
        "no cable '" + plain + "'; nearest: " + Nearest.to(plain, spellings));
    List<String> all = new ArrayList<>();
    found.forEach(c -> all.add(c.name()));
    LabRefusal.unless(
        found.size() == 1,
        LabRefusal.Kind.INVALID,
        "'" + plain + "' may be any of several cables; say which: " + String.join(", ", all));
    return found.iterator().next();
  }
}
