package io.myelin.core.tables;

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
public enum P4Table {
  /** Not a table but the packet replication engine's list of clone sessions. */
  CLONE_SESSION(0, "clone_session"),
  SWITCH_CONFIG(1, "switch_config"),
  TRAFFIC_CLASS(2, "traffic_class"),
  QUEUE_PROFILE(3, "queue_profile"),
  ADJACENCY(4, "adjacency"),
  BYPASS(5, "bypass"),
  NODE_BYPASS(6, "node_bypass"),
  PORT_STATUS(7, "port_status"),
  NEIGHBOR(8, "neighbor"),
  PUNT(9, "punt"),
  ENDPOINT_TENANT(10, "endpoint_tenant"),
  ISOLATION_ACL(11, "isolation_acl"),
  ROUTING(12, "routing"),
  PATH_STEERING(13, "path_steering"),
  TENANT_CLASSIFIER(14, "tenant_classifier");

  private final int stage;
  private final String p4Name;

  P4Table(int stage, String name) {
    this.stage = stage;
    this.p4Name = name;
  }

  /** Place in the filling order, from 0. */
  public int stage() {
    return stage;
  }

  /** Name in the P4Info. */
  public String p4Name() {
    return p4Name;
  }
}
