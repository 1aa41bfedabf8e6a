package io.myelin.core.pipeline.myelin;

import io.myelin.core.pipeline.Table;
import java.util.Locale;

/**
 * The tables of p4/myelin.p4, in the order in which they are filled; they are emptied in the
 * reverse order.
 *
 * <p>Why this order makes before it breaks (invariant 4). Say a switch comes up empty while hosts
 * already send. First the switch's own settings, queues, adjacencies, detours and neighbours: state
 * that a packet needs once it is on its way. Then what decides where to: tenants of destinations,
 * the ACL, routes, explicit paths. The classifier comes last: until it knows a port, every packet
 * of that port is dropped and counted, so none meets a half-filled pipeline. Emptying runs
 * backwards: first nobody enters, then paths go, then what the last packets on the way still
 * needed.
 */
public enum MyelinTable implements Table {
  CLONE_SESSION,
  SWITCH_CONFIG,
  TRAFFIC_CLASS,
  QUEUE_PROFILE,
  ADJACENCY,
  BYPASS,
  NODE_BYPASS,
  PORT_STATUS,
  NEIGHBOR,
  PUNT,
  ENDPOINT_TENANT,
  ISOLATION_ACL,
  ROUTING,
  PATH_STEERING,
  TENANT_CLASSIFIER;

  @Override
  @SuppressWarnings("EnumOrdinal") // the order of the constants is what this says
  public int stage() {
    return ordinal();
  }

  @Override
  public String p4Name() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public boolean isCloneSessions() {
    return this == CLONE_SESSION;
  }

  @Override
  public boolean takesFirst() {
    return this == PORT_STATUS;
  }
}
