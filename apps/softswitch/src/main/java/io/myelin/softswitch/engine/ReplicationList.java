package io.myelin.softswitch.engine;

import java.util.List;

/**
 * Where copies of a packet go.
 *
 * @param truncateBytes longest copy
 */
record ReplicationList(List<SwitchControl.Replica> replicas, int truncateBytes) {
  ReplicationList {
    replicas = List.copyOf(replicas);
  }
}
