package io.myelin.node.inventory;

/** The inventory file is not acceptable. The message says where and what would be. */
public final class InventoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InventoryException(String message) {
    super(message);
  }
}
