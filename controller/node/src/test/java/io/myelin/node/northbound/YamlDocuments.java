package io.myelin.node.northbound;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.node.inventory.InventoryException;
import io.myelin.node.inventory.InventoryFile;

/** Inventories as a node reads and writes them. */
final class YamlDocuments implements InventoryDocuments {
  @Override
  public Inventory read(String text) {
    try {
      return InventoryFile.parse("inventory", text);
    } catch (InventoryException e) {
      throw new Invalid("inventory", String.valueOf(e.getMessage()));
    }
  }

  @Override
  public String write(Inventory inventory) {
    return InventoryFile.write(inventory);
  }

  @Override
  public String locked() {
    return "";
  }
}
