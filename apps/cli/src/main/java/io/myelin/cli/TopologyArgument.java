package io.myelin.cli;

import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import io.myelin.node.inventory.ImportedTopology;
import io.myelin.node.inventory.Topologies;
import java.nio.file.Path;

/** A fabric named on the command line: a file, or a generated one such as {@code fat-tree:32}. */
final class TopologyArgument {
  private TopologyArgument() {}

  /** Reads or generates it; what had to be assumed goes to standard error. */
  static Inventory read(String text) {
    if (text.matches("[a-z-]+:[0-9x]+")) {
      return GeneratedFabric.parse("--topology", text).inventory(FabricOptions.DEFAULT);
    }
    ImportedTopology imported = Topologies.read(Path.of(text));
    imported.notes().forEach(n -> System.err.println("myelin: " + n));
    return imported.inventory();
  }
}
