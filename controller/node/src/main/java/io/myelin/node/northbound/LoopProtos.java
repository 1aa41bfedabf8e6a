package io.myelin.node.northbound;

import io.myelin.core.loop.Decision;
import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.v1.LinkEstimate;

/** What the loops know and did, as messages. */
final class LoopProtos {
  private LoopProtos() {}

  static LinkEstimate estimate(Estimate e) {
    return LinkEstimate.newBuilder()
        .setUtilisation(e.utilisation())
        .setQueueingNs(e.queueingNs())
        .setLossShare(e.loss())
        .setMarkedShare(e.marked())
        .setConfidence(e.confidence())
        .setAgeMs(e.ageMs())
        .build();
  }

  static io.myelin.v1.Decision decision(RecordedDecision decided) {
    Decision d = decided.decision();
    io.myelin.v1.Decision.Builder b =
        io.myelin.v1.Decision.newBuilder()
            .setId(decided.id())
            .setDecideTime(Protos.timestamp(decided.timeMs()))
            .setKind(
                switch (d.kind()) {
                  case GUIDE -> io.myelin.v1.Decision.Kind.KIND_GUIDE;
                  case MOVE -> io.myelin.v1.Decision.Kind.KIND_MOVE;
                  case WEIGHTS -> io.myelin.v1.Decision.Kind.KIND_WEIGHTS;
                  case SLOW -> io.myelin.v1.Decision.Kind.KIND_SLOW;
                  case REPLACE -> io.myelin.v1.Decision.Kind.KIND_REPLACE;
                  case NONE -> io.myelin.v1.Decision.Kind.KIND_NONE;
                })
            .setLink(d.link().value())
            .setUtilisationBefore(d.before())
            .setUtilisationAfter(d.after())
            .setReason(d.reason())
            .setReactionUs(decided.reactionUs());
    if (!d.estimate().isUnknown()) {
      b.setEstimate(estimate(d.estimate()));
    }
    d.subjects().forEach(s -> b.addSubjects(s.toString()));
    return b.build();
  }
}
