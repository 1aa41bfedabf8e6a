package io.myelin.onos;

import java.util.Optional;

/** What the application offers inside ONOS: to its commands, its REST resources, and others. */
public interface MyelinService {
  /** The API in JSON; empty while netcfg describes no fabric, or a wrong one. */
  Optional<LeaseDesk> desk();

  /** Port of the gRPC API; 0: it does not listen. */
  int port();

  /** Whether this node answers: it leads, or follows a leader and has caught up. */
  boolean serving();

  /** What keeps it from running, for people; empty: nothing. */
  String trouble();
}
