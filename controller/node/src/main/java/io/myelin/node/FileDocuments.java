package io.myelin.node;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.node.inventory.InventoryException;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.northbound.InventoryDocuments;
import java.util.Map;
import java.util.function.Function;

/** Inventories in the YAML that files have; what this node cannot run is refused. */
public final class FileDocuments implements InventoryDocuments {
  private final Function<Device, String> unreachable;
  private final String locked;

  /**
   * @param unreachable why a switch is not to be connected to; empty: it is
   * @param locked why no inventory is applied through the API; empty: it is
   */
  public FileDocuments(Function<Device, String> unreachable, String locked) {
    this.unreachable = unreachable;
    this.locked = locked;
  }

  @Override
  public Inventory read(String text) {
    Inventory inventory;
    try {
      inventory = InventoryFile.parse("inventory", text);
    } catch (InventoryException e) {
      throw new Invalid("inventory", String.valueOf(e.getMessage()));
    }
    requireLabels(inventory);
    for (Map.Entry<DeviceId, Device> e : inventory.devices()) {
      String why = unreachable.apply(e.getValue());
      Invalid.unless(why.isEmpty(), "inventory.devices[" + e.getKey() + "].address", why);
    }
    return inventory;
  }

  /** What is planned with deeper stacks than our program pushes cannot be run. */
  static void requireLabels(Inventory inventory) {
    for (Map.Entry<DeviceId, Device> e : inventory.devices()) {
      int labels = e.getValue().maxLabels();
      Invalid.unless(
          labels <= Device.MYELIN_MAX_LABELS,
          "devices[" + e.getKey() + "].maxLabels",
          labels
              + " is not allowed; p4/myelin.p4 pushes up to "
              + Device.MYELIN_MAX_LABELS
              + " labels");
    }
  }

  @Override
  public String write(Inventory inventory) {
    return InventoryFile.write(inventory);
  }

  @Override
  public String locked() {
    return locked;
  }
}
