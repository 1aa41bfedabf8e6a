package io.myelin.core.topology;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;

/** A fabric that a few numbers describe: the same numbers, the same inventory. */
public sealed interface GeneratedFabric
    permits LeafSpine, FatTree, RailOptimised, Dragonfly, MultiSiteWan {

  /**
   * A fabric from its short form, e.g. {@code fat-tree:32}.
   *
   * @param field for messages, e.g. the option that the text was given for
   * @throws Invalid naming the text and what is allowed
   */
  static GeneratedFabric parse(String field, String text) {
    return ShortForm.parse(field, text);
  }

  /** What {@link #parse} reads back to the same fabric. */
  String shortForm();

  /** Name of its inventory: the short form as a name, e.g. {@code fat-tree-32}. */
  default String inventoryName() {
    return shortForm().replace(':', '-');
  }

  /**
   * How large a fabric is.
   *
   * @param cables between switches, each counted once
   */
  record Size(long switches, long cables, long endpoints) {}

  /** Its size, without building it; with {@link FabricOptions#DEFAULT} where options count. */
  Size size();

  /** Its switches, cables and endpoints. */
  Inventory inventory(FabricOptions options);
}
