package io.myelin.core.model;

/**
 * How many frames a second a switch lets through to the controller, of each kind and from each port
 * by itself: no host can flood the controller, and none takes what another, or the fabric, is let
 * through. As many as pass in a second may come at once.
 *
 * @param hostPps ARP and neighbour discovery of a host, frames a second each
 * @param fabricPps LLDP and probes that come over a link between switches, frames a second each
 */
public record PuntLimits(long hostPps, long fabricPps) {

  /**
   * A host asks for each of its peers once in a while: a hundred a second fill the cache of one
   * that has just started within seconds. Of the controller's own frames ten a second and link are
   * usual; a thousand stop a loop.
   */
  public static final PuntLimits DEFAULT = new PuntLimits(100, 1_000);

  private static final long MAX_PPS = 1_000_000;

  public PuntLimits {
    check("hostPps", hostPps);
    check("fabricPps", fabricPps);
  }

  private static void check(String field, long pps) {
    Invalid.unless(
        pps >= 1 && pps <= MAX_PPS, field, pps + " is not allowed; 1 to " + MAX_PPS + " a second");
  }
}
