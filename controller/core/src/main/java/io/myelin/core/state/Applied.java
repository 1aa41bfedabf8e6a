package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

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

  /** All that differs between two states, for who missed what led from one to the other. */
  public static Applied between(FabricState before, FabricState after) {
    List<Change> changes = new ArrayList<>();
    if (!before.inventory().equals(after.inventory())) {
      changes.add(new Change.InventoryChanged());
    }
    after
        .inventory()
        .links()
        .forEach(
            (id, link) -> {
              if (!before.link(id).equals(after.link(id))) {
                changes.add(new Change.LinkChanged(id));
              }
            });
    differing(before.leases(), after.leases(), n -> changes.add(new Change.LeaseChanged(n)));
    differing(before.jobs(), after.jobs(), n -> changes.add(new Change.JobChanged(n)));
    differing(
        before.loops().weights(),
        after.loops().weights(),
        n -> changes.add(new Change.WeightsChanged(n)));
    differing(
        before.loops().steered(),
        after.loops().steered(),
        n -> changes.add(new Change.FlowChanged(n)));
    differing(before.lost(), after.lost(), n -> changes.add(new Change.DeviceChanged(n)));
    differing(
        before.loops().decisions(),
        after.loops().decisions(),
        id -> changes.add(new Change.DecisionChanged(id)));
    differing(before.usage(), after.usage(), n -> changes.add(new Change.UsageChanged(n)));
    return new Applied(before, after, new Outcome.Done(), changes);
  }

  private static <K extends Comparable<? super K>, V> void differing(
      PersistentMap<K, V> before, PersistentMap<K, V> after, Consumer<K> changed) {
    after.forEach(
        (k, v) -> {
          if (!v.equals(before.get(k))) {
            changed.accept(k);
          }
        });
    before.forEach(
        (k, v) -> {
          if (!after.containsKey(k)) {
            changed.accept(k);
          }
        });
  }

  /** What differs between the two states, for those who follow along. */
  public sealed interface Change {
    /** Calls what this kind of change is for. */
    void accept(ChangeVisitor v);

    record LeaseChanged(LeaseName lease) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    record JobChanged(JobName job) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    record LinkChanged(LinkId link) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    record InventoryChanged() implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    record WeightsChanged(RoutePair toward) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    record FlowChanged(SteeredFlow.Key flow) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    record UsageChanged(LeaseName lease) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    /** The loops decided, or the switches acknowledged what they did. */
    record DecisionChanged(long id) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }

    /** Whether the leader can say what a device holds. */
    record DeviceChanged(DeviceId device) implements Change {
      @Override
      public void accept(ChangeVisitor v) {
        v.visit(this);
      }
    }
  }
}
