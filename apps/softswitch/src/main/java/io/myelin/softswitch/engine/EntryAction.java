package io.myelin.softswitch.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a table entry does: an action, or a reference into the table's action profile. */
public sealed interface EntryAction
    permits ActionCall, EntryAction.Member, EntryAction.Group, EntryAction.OneShot {

  /** An action profile member, by the id under which it was inserted. */
  record Member(int memberId) implements EntryAction {}

  /** An action profile group, by the id under which it was inserted. */
  record Group(int groupId) implements EntryAction {}

  /** A group that belongs to this entry alone (P4Runtime §9.2.3). */
  record OneShot(List<WeightedAction> actions) implements EntryAction {
    public OneShot {
      actions = List.copyOf(actions);
    }
  }

  /**
   * An action of a one-shot group.
   *
   * @param weight at least 1
   * @param watchPort the member counts only while this port is up; null: always
   */
  record WeightedAction(ActionCall call, int weight, @Nullable Integer watchPort) {}

  /** A member of a group; weight at least 1, watchPort as in {@link WeightedAction}. */
  record WeightedMember(int memberId, int weight, @Nullable Integer watchPort) {}
}
