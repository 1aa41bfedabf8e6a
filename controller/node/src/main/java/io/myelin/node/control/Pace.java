package io.myelin.node.control;

import io.myelin.core.loop.Loops;
import io.myelin.core.model.Invalid;
import java.time.Duration;

/**
 * How often things are done that nobody asks for.
 *
 * @param discovery rounds of LLDP; a dead link that no packet meets is noticed after three
 * @param counters rounds of reading the switches' counters
 * @param optimiser rounds of the slow loop
 * @param loops whether the loops act from the start
 */
public record Pace(Duration discovery, Duration counters, Duration optimiser, Loops.Mode loops) {
  private static final Duration COUNTERS = Duration.ofSeconds(1);
  private static final Duration OPTIMISER = Duration.ofSeconds(10);

  public Pace {
    positive("discovery", discovery);
    positive("counters", counters);
    positive("optimiser", optimiser);
  }

  private static void positive(String field, Duration d) {
    Invalid.unless(
        !d.isNegative() && !d.isZero(), field, d + " is not allowed; it must be positive");
  }

  /** The usual pace of the loops. */
  public static Pace of(Duration discovery) {
    return new Pace(discovery, COUNTERS, OPTIMISER, Loops.Mode.ON);
  }

  /** The same, with the loops on or off. */
  public Pace with(Loops.Mode mode) {
    return new Pace(discovery, counters, optimiser, mode);
  }
}
