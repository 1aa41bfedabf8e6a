package io.myelin.core.loop;

import io.myelin.core.state.PastDecision;
import io.myelin.core.state.RoutePair;
import java.util.ArrayList;
import java.util.List;

/**
 * A decision as it went.
 *
 * @param id rises
 * @param timeMs milliseconds since 1970
 * @param reactionUs from hearing of it until the switches had acknowledged; 0: not yet, or nothing
 *     was to be done
 */
public record RecordedDecision(long id, long timeMs, Decision decision, long reactionUs) {

  /** As the log keeps it. */
  public PastDecision past() {
    List<String> subjects = new ArrayList<>();
    List<RoutePair> routes = new ArrayList<>();
    for (Object s : decision.subjects()) {
      if (subjects.size() < PastDecision.SUBJECTS - 1 || decision.subjects().size() == 1) {
        subjects.add(s.toString());
      }
      if (s instanceof RoutePair t) {
        routes.add(t);
      }
    }
    int more = decision.subjects().size() - subjects.size();
    if (more > 0) {
      subjects.add("and " + more + " more");
    }
    return new PastDecision(
        id,
        timeMs,
        decision.kind().name(),
        decision.link(),
        subjects,
        routes,
        decision.before(),
        decision.after(),
        decision.command() != null,
        decision.reason(),
        reactionUs);
  }

  /** One of a leader before; what it had measured is not known any more. */
  public static RecordedDecision of(PastDecision p) {
    Decision d =
        new Decision(
            Decision.Kind.valueOf(p.kind()),
            p.link(),
            Estimate.UNKNOWN,
            List.copyOf(p.subjects()),
            null,
            p.before(),
            p.after(),
            p.reason());
    return new RecordedDecision(p.id(), p.timeMs(), d, p.reactionUs());
  }
}
