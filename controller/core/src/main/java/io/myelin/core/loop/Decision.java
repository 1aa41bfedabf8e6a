package io.myelin.core.loop;

import io.myelin.core.model.LinkId;
import io.myelin.core.state.Command;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done about a hot link, with what it was decided on.
 *
 * @param subjects leases, flows or groups of routes that move
 * @param command null: nothing would help enough
 * @param before utilisation of the link
 * @param after the same, as predicted
 */
public record Decision(
    Kind kind,
    LinkId link,
    Estimate estimate,
    List<Object> subjects,
    @Nullable Command command,
    double before,
    double after,
    String reason) {

  /** From the cheapest to the dearest: how many packets notice. */
  public enum Kind {
    /** One flow, between two of its messages. */
    GUIDE,
    /** One lease, between two of its messages. */
    MOVE,
    /** The share of all routed traffic towards a leaf; some flows are reordered once. */
    WEIGHTS,
    /** Senders of the lowest classes back off. */
    SLOW,
    /** Leases of links that failed or are to be empty. */
    REPLACE,
    NONE
  }

  public Decision {
    subjects = List.copyOf(subjects);
  }
}
