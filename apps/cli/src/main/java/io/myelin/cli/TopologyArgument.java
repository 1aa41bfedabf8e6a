package io.myelin.cli;

import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import io.myelin.node.inventory.ImportedTopology;
import io.myelin.node.inventory.Topologies;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A fabric named on the command line: a file, or a generated one such as {@code fat-tree:32}. */
public final class TopologyArgument {
  private TopologyArgument() {}

  /** Reads or generates it; what had to be assumed goes to standard error. */
  public static Inventory read(String text) {
    return read(text, n -> System.err.println("myelin: " + n));
  }

  /** Whether a text is meant as a generated fabric, not as a file. */
  static boolean isGenerated(String text) {
    return text.matches("[a-z-]+:[0-9x]+");
  }

  /**
   * As the other.
   *
   * @param notes what had to be assumed
   */
  static Inventory read(String text, Consumer<String> notes) {
    if (isGenerated(text)) {
      return GeneratedFabric.parse("--topology", text).inventory(FabricOptions.DEFAULT);
    }
    ImportedTopology imported = Topologies.read(Path.of(text));
    imported.notes().forEach(notes);
    return imported.inventory();
  }
}
