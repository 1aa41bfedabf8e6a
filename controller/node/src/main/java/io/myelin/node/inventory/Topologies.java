package io.myelin.node.inventory;

import io.myelin.core.topology.FabricBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Reads a fabric from whichever file describes it; the ending of its name says how. */
public final class Topologies {
  private Topologies() {}

  /**
   * Reads {@code .yaml} or {@code .yml} as {@link InventoryFile}, {@code .graphml} as {@link
   * GraphMl}, {@code .json} as {@link NodeLinkJson}.
   *
   * @throws InventoryException with file and line of whatever is wrong
   */
  public static ImportedTopology read(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    String ending = name.substring(name.lastIndexOf('.') + 1);
    return switch (ending) {
      case "yaml", "yml" -> new ImportedTopology(InventoryFile.read(file), List.of());
      case "graphml" -> GraphMl.read(file, FabricBuilder.MAX_LABELS);
      case "json" -> NodeLinkJson.read(file, FabricBuilder.MAX_LABELS);
      default ->
          throw new InventoryException(
              file + ": its name does not say what it is; allowed: .yaml, .yml, .graphml, .json");
    };
  }
}
