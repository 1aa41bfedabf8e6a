package io.myelin.node.northbound;

import io.myelin.core.model.Inventory;

/** Inventories as text, and whether one may come into force. Thread-safe. */
public interface InventoryDocuments {
  /**
   * Reads a document.
   *
   * @throws io.myelin.core.model.Invalid naming what is wrong, or what of it this node cannot run
   */
  Inventory read(String text);

  /** What {@link #read} reads back. */
  String write(Inventory inventory);

  /** Why no inventory is applied through the API; empty: it is. */
  String locked();
}
