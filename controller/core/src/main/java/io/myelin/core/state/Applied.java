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

  /**
   * Whether routes or paths can differ: a link went up or down, was drained or put into use again,
   * or the inventory changed. A newly measured latency is a change of a link too, but of nothing
   * that tables or leases hold.
   */
  public boolean changesReachability() {
    for (Change change : changes) {
      if (change instanceof Change.InventoryChanged) {
        return true;
      }
      if (change instanceof Change.LinkChanged c
          && (before.isUp(c.link()) != after.isUp(c.link())
              || before.isDrained(c.link()) != after.isDrained(c.link()))) {
        return true;
      }
    }
    return false;
  }

  /** What differs between the two states, for those who follow along. */
  public sealed interface Change {
    record LeaseChanged(LeaseName lease) implements Change {}

    record JobChanged(JobName job) implements Change {}

    record LinkChanged(LinkId link) implements Change {}

    record InventoryChanged() implements Change {}

    record WeightsChanged(Toward toward) implements Change {}

    record FlowChanged(GuidedFlow.Key flow) implements Change {}
  }
}
