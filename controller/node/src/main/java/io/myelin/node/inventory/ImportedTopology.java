package io.myelin.node.inventory;

import io.myelin.core.model.Inventory;
import java.util.List;

/**
 * An inventory, and what its file does not say by itself.
 *
 * @param notes sentences for whoever asked: what was dropped, what was assumed; empty: nothing
 */
public record ImportedTopology(Inventory inventory, List<String> notes) {
  public ImportedTopology {
    notes = List.copyOf(notes);
  }
}
