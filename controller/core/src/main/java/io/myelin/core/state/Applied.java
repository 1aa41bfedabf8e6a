package io.myelin.core.state;

import io.myelin.core.model.LinkId;
import java.util.List;

/**
 * A command's effect.
 *
 * @param before the state it was applied to
 * @param after the state it led to; the same object when it was refused or changed nothing
 */
public record Applied(
    FabricState before, FabricState after, Outcome outcome, List<Change> changes) {
  public Applied {
    changes = List.copyOf(changes);
  }

  /** What differs between the two states, for those who follow along. */
  public sealed interface Change {
    record LeaseChanged(LeaseName lease) implements Change {}

    record LinkChanged(LinkId link) implements Change {}

    record InventoryChanged() implements Change {}
  }
}
