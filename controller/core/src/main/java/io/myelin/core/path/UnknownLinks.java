package io.myelin.core.path;

/**
 * On how many links of a path something is not known: what the path adds up leaves them out.
 *
 * @param latency links between switches whose propagation is neither declared nor measured
 * @param jitter links between switches that declare no jitter
 * @param loss links between switches that declare no loss
 */
public record UnknownLinks(int latency, int jitter, int loss) {
  public static final UnknownLinks NONE = new UnknownLinks(0, 0, 0);
}
