package io.myelin.cli;

import io.myelin.core.model.Inventory;
import io.myelin.node.inventory.Topologies;
import java.nio.file.Path;

/** A fabric named on the command line: a file, or a generated one such as {@code fat-tree:32}. */
final class TopologyArgument {
  private TopologyArgument() {}

  static Inventory read(String text) {
    return Topologies.read(Path.of(text)).inventory();
  }
}
