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

  /** Why its inventory file is not applied although it is to be; empty: it is, or is not to be. */
  String inventoryRefused();

  /** In how much its inventory file differs from the one in force; empty: in nothing. */
  String inventoryDiffers();

  /** Where its web door is; empty: it has none. */
  String webUrl();

  /** Writes the whole state. */
  void backup(OutputStream out) throws IOException;
}
