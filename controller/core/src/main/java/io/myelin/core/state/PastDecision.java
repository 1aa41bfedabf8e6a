package io.myelin.core.state;

import io.myelin.core.model.LinkId;
import java.util.List;

/**
 * A decision of the loops as the log keeps it: what operators read, and what keeps the next leader
 * calm.
 *
 * @param id rises, over all leaderships
 * @param timeMs when it was made, milliseconds since 1970
 * @param kind name of its kind
 * @param subjects what moved, for people; at most {@link #SUBJECTS}
 * @param routes groups of routes that moved
 * @param before utilisation of the link
 * @param after the same, as predicted
 * @param acted whether something was done
 * @param reactionUs until the switches had acknowledged; 0: not yet, or nothing was to be done
 */
public record PastDecision(
    long id,
    long timeMs,
    String kind,
    LinkId link,
    List<String> subjects,
    List<RoutePair> routes,
    double before,
    double after,
    boolean acted,
    String reason,
    long reactionUs) {

  /** The loops decide 20 times a second at most: those of the dwell time, three times over. */
  public static final int MOST = 128;

  /** A hundred leases may move at once; how many more they were is the last entry. */
  public static final int SUBJECTS = 16;

  public PastDecision {
    subjects = List.copyOf(subjects);
    routes = List.copyOf(routes);
  }
}
