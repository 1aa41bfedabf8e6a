package io.myelin.node.store;

import io.myelin.core.model.Invalid;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A member of the cluster, and the others.
 *
 * @param member id of this one
 * @param members all, by id, with the address at which the others reach each
 * @param directory of this member's log and snapshots; made if missing
 * @param election silence of the leader after which another is elected, at least; at most twice
 *     that
 * @param snapshotEvery commands between snapshots; the log before the last but one is deleted
 */
public record RaftOptions(
    String member,
    SortedMap<String, InetSocketAddress> members,
    Path directory,
    Duration election,
    long snapshotEvery) {
  private static final Duration ELECTION = Duration.ofMillis(300);

  /** Commands between snapshots. */
  public static final long SNAPSHOT_EVERY = 50_000;

  public RaftOptions {
    members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    Invalid.unless(
        members.containsKey(member),
        "member",
        "'" + member + "' is not among the members: " + String.join(", ", members.keySet()));
    Invalid.unless(
        !election.isNegative() && !election.isZero(),
        "election",
        election + " is not allowed; it must be positive");
    Invalid.unless(
        snapshotEvery > 0, "snapshotEvery", snapshotEvery + " is not allowed; 1 or more");
  }

  public RaftOptions(String member, Map<String, InetSocketAddress> members, Path directory) {
    this(member, new TreeMap<>(members), directory, ELECTION, SNAPSHOT_EVERY);
  }

  /** The only member of its cluster. */
  public static RaftOptions alone(Path directory) {
    String id = "n1";
    return new RaftOptions(
        id, Map.of(id, InetSocketAddress.createUnresolved("127.0.0.1", 0)), directory);
  }
}
