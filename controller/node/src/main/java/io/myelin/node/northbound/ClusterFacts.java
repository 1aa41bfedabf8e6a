package io.myelin.node.northbound;

import java.io.IOException;
import java.io.OutputStream;
import java.util.SortedMap;

/** What a node knows of its cluster beside the log. Thread-safe. */
public interface ClusterFacts {
  /**
   * Where a member is.
   *
   * @param raft HOST:PORT for the other members
   * @param api HOST:PORT for clients; empty: not configured
   */
  record Addresses(String raft, String api) {}

  String member();

  SortedMap<String, Addresses> members();

  /** What its clock for commands says, milliseconds since 1970. */
  long clockMs();

  /** Whether the state is on disk. */
  boolean durable();

  /** Whether this node answers. */
  boolean serving();

  /** Why it stopped; empty: it did not. */
  String trouble();

  /** Why the inventory that it proposed is not taken over; empty: it is, or it proposed none. */
  String inventoryRefused();

  /** Writes the whole state. */
  void backup(OutputStream out) throws IOException;
}
