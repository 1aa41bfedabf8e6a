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
  record OneShot(List<WeightedAction> actions, Selection selection, GroupSize counted)
      implements EntryAction {
    public OneShot {
      actions = List.copyOf(actions);
    }

    /** As the action selector does it; its size is the sum of the weights. */
    public OneShot(List<WeightedAction> actions) {
      this(actions, Selection.AS_THE_SELECTOR, GroupSize.WEIGHTS);
    }

    /** Of the profile's size, how much the group takes. */
    public long size() {
      return switch (counted) {
        case MEMBERS -> actions.size();
        case WEIGHTS -> actions.stream().mapToLong(WeightedAction::weight).sum();
      };
    }
  }

  /** How a group chooses a member for a packet. */
  enum Selection {
    AS_THE_SELECTOR,
    HASH,
    RANDOM
  }

  /** What a group's size counts. */
  enum GroupSize {
    WEIGHTS,
    MEMBERS
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
