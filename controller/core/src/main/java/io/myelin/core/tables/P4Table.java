package io.myelin.core.tables;

/**
 * The tables of p4/myelin.p4, in the order in which they are filled; they are emptied in the
 * reverse order.
 *
 * <p>Why this order makes before it breaks (invariant 4). Say a switch comes up empty while hosts
 * already send. First the hash seed, the adjacencies and the neighbours: state that a packet needs
 * once it is on its way. Then what decides where to: tenants of destinations, the ACL, routes,
 * explicit paths. The classifier comes last: until it knows a port, every packet of that port is
 * dropped and counted, so none meets a half-filled pipeline. Emptying runs backwards: first nobody
 * enters, then paths go, then what the last packets on the way still needed.
 */
public enum P4Table {
  HASH_CONFIG("hash_config"),
  ADJACENCY("adjacency"),
  NEIGHBOR("neighbor"),
  PUNT("punt"),
  ENDPOINT_TENANT("endpoint_tenant"),
  ISOLATION_ACL("isolation_acl"),
  ROUTING("routing"),
  PATH_STEERING("path_steering"),
  TENANT_CLASSIFIER("tenant_classifier");

  private final String p4Name;

  P4Table(String name) {
    p4Name = name;
  }

  /** Name in the P4Info. */
  public String p4Name() {
    return p4Name;
  }
}
