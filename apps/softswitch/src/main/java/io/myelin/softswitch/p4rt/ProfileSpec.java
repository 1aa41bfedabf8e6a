package io.myelin.softswitch.p4rt;

import io.myelin.p4.config.v1.ActionProfile;
import io.myelin.softswitch.engine.EntryAction;

/**
 * An action profile or selector.
 *
 * @param size members, or what {@code sumOfMembers} says; 0: unlimited
 * @param maxGroupSize 0: unlimited
 * @param sumOfMembers sizes count members; otherwise the weights of members in groups
 * @param maxMemberWeight only with {@code sumOfMembers}; 0: unlimited
 * @param weightsDisallowed the switch chooses the weights: here, all alike
 */
record ProfileSpec(
    int id,
    String name,
    String engineName,
    boolean withSelector,
    long size,
    int maxGroupSize,
    boolean sumOfMembers,
    int maxMemberWeight,
    boolean weightsDisallowed) {

  static ProfileSpec of(ActionProfile p) {
    return new ProfileSpec(
        p.getPreamble().getId(),
        PipelineInfo.shortName(p.getPreamble()),
        p.getPreamble().getName(),
        p.getWithSelector(),
        p.getSize(),
        p.getMaxGroupSize(),
        p.hasSumOfMembers(),
        p.getSumOfMembers().getMaxMemberWeight(),
        p.getWeightsDisallowed());
  }

  String what() {
    return (withSelector ? "action selector '" : "action profile '") + name + "'";
  }

  /** §9.2.2.1. */
  void checkMaxSize(int max, String group) {
    if (max < 0 || (maxGroupSize > 0 && (max == 0 || max > maxGroupSize))) {
      throw Refusal.invalid(
          group
              + " has max_size "
              + max
              + "; valid: "
              + (maxGroupSize > 0 ? "1 to " + maxGroupSize : "0 or more"));
    }
    if (size > 0 && max > size) {
      throw Refusal.exhausted(group + " has max_size " + max + "; " + what() + " has " + size);
    }
  }

  /** The weight to use for the one given (§9.2.2, §9.2.3). */
  int weight(int given, String owner) {
    if (weightsDisallowed) {
      if (given != 0) {
        throw Refusal.invalid(
            owner + " has weight " + given + "; valid: 0, for " + what() + " disallows weights");
      }
      return 1;
    }
    int max = sumOfMembers ? maxMemberWeight : 0;
    if (given <= 0 || (max > 0 && given > max)) {
      throw Refusal.invalid(
          owner + " has weight " + given + "; valid: 1 " + (max > 0 ? "to " + max : "or more"));
    }
    return given;
  }

  /** What the size of a group counts, if it does not say so itself. */
  EntryAction.GroupSize groupSize() {
    return sumOfMembers ? EntryAction.GroupSize.MEMBERS : EntryAction.GroupSize.WEIGHTS;
  }
}
