package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;

/**
 * What the loops decided, and what of it is in force.
 *
 * @param weights of routed traffic, where it is not divided by capacity
 * @param steered flows without a lease that are led around congested links
 * @param decisions the last ones, by number; at most {@link PastDecision#MOST}
 */
public record LoopRecords(
    PersistentMap<RoutePair, RouteWeights> weights,
    PersistentMap<SteeredFlow.Key, SteeredFlow> steered,
    PersistentMap<Long, PastDecision> decisions) {
  static final LoopRecords EMPTY =
      new LoopRecords(PersistentMap.empty(), PersistentMap.empty(), PersistentMap.empty());

  /** With weights; without members they are those by capacity again. */
  LoopRecords with(RouteWeights w) {
    return new LoopRecords(
        w.members().isEmpty() ? weights.without(w.toward()) : weights.with(w.toward(), w),
        steered,
        decisions);
  }

  LoopRecords with(SteeredFlow flow) {
    return new LoopRecords(weights, steered.with(flow.key(), flow), decisions);
  }

  LoopRecords without(SteeredFlow.Key flow) {
    return new LoopRecords(weights, steered.without(flow), decisions);
  }

  /** With a decision, or what became of it; the oldest is forgotten. */
  LoopRecords with(PastDecision decision) {
    var all = decisions.with(decision.id(), decision);
    return new LoopRecords(
        weights,
        steered,
        all.size() > PastDecision.MOST ? all.without(all.iterator().next().getKey()) : all);
  }
}
