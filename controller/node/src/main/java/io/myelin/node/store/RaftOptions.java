package io.myelin.node.store;

import io.myelin.core.model.Invalid;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A member of the cluster, and the others.
 *
 * @param member id of this one
 * @param members all, by id, with the address at which the others reach each
 * @param directory of this member's log and snapshots; made if missing
 * @param election silence of the leader after which another is elected, at least; at most twice
 *     that
 * @param snapshotEvery commands between snapshots; the log before the last but one is deleted
 * @param tls with which members speak to each other; null: in the clear, on loopback only
 */
public record RaftOptions(
    String member,
    SortedMap<String, InetSocketAddress> members,
    Path directory,
    Duration election,
    long snapshotEvery,
    @Nullable RaftTls tls) {
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
    this(member, new TreeMap<>(members), directory, ELECTION, SNAPSHOT_EVERY, null);
  }

  /** In the clear, on loopback only. */
  public RaftOptions(
      String member,
      SortedMap<String, InetSocketAddress> members,
      Path directory,
      Duration election,
      long snapshotEvery) {
    this(member, members, directory, election, snapshotEvery, null);
  }

  /**
   * With mutual TLS.
   *
   * @param by accepts members only
   */
  public RaftOptions secured(RaftTls by) {
    return new RaftOptions(member, members, directory, election, snapshotEvery, by);
  }

  /** What members show each other, and whom they believe. */
  public record RaftTls(KeyManager key, TrustManager trust) {}

  /** The only member of its cluster. */
  public static RaftOptions alone(Path directory) {
    String id = "n1";
    return new RaftOptions(
        id, Map.of(id, InetSocketAddress.createUnresolved("127.0.0.1", 0)), directory);
  }
}
