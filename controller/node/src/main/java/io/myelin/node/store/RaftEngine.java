package io.myelin.node.store;

import io.myelin.node.log.HandshakeFailureLog;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.node.thread.Threads;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ratis as this member runs it, from start to close. What a start opened is closed when it fails:
 * the directory and the port are free again.
 */
final class RaftEngine implements AutoCloseable {
  /** What is under way ends within this, or is given up. */
  private static final long CLOSE_MS = 10_000;

  private static final Logger log = LoggerFactory.getLogger(RaftEngine.class);

  /** All members of all clusters use the same: a member is in one cluster only. */
  static final RaftGroupId GROUP =
      RaftGroupId.valueOf(UUID.fromString("6d79656c-696e-4d79-a656-c696e4d79656"));

  /** A description of 10,000 switches, deflated, must fit. */
  private static final SizeInBytes MAX_ENTRY = SizeInBytes.valueOf("16MB");

  /** An entry and what frames it. */
  private static final SizeInBytes WRITE_BUFFER = SizeInBytes.valueOf("17MB");

  private static final SizeInBytes CHUNK = SizeInBytes.valueOf("4MB");
  private static final SizeInBytes SEGMENT = SizeInBytes.valueOf("32MB");

  /** How often a leader tries to reach a member that is away; by default soon every 5 s only. */
  private static final String RETRY = "1ms,10, 200ms,1000000";

  /** Of elections' times: the longest by the shortest. */
  private static final double SPREAD = 4 / 3.0;

  private static final TimeDuration REQUEST = TimeDuration.valueOf(1, TimeUnit.SECONDS);

  private final RaftServer server;
  private final RaftStateMachine machine;
  private final PeerKeepalive lines;
  private final GuardedExecutor flushes;

  private RaftEngine(
      RaftServer server, RaftStateMachine machine, PeerKeepalive lines, GuardedExecutor flushes) {
    this.server = server;
    this.machine = machine;
    this.lines = lines;
    this.flushes = flushes;
  }

  /**
   * Reads what the disk holds, and takes part.
   *
   * @throws IOException saying what is wrong with its directory or address
   */
  static RaftEngine start(RaftOptions options, Replica replica, RaftStateMachine.Events events)
      throws IOException {
    try {
      Files.createDirectories(options.directory());
    } catch (IOException e) {
      throw new IOException("directory " + options.directory() + " cannot be made: " + e, e);
    }
    HandshakeFailureLog.install();
    RaftStateMachine machine = new RaftStateMachine(replica, events);
    GuardedExecutor flushes = GuardedExecutor.single("flushes");
    RaftServer server = null;
    try {
      server =
          RaftServer.newBuilder()
              .setServerId(RaftPeerId.valueOf(options.member()))
              .setGroup(group(options))
              .setStateMachine(machine)
              .setProperties(properties(options))
              .setParameters(
                  parameters(options, new DurableAckInterceptor(machine::flushed, flushes)))
              .setOption(RaftStorage.StartupOption.RECOVER)
              .build();
      server.start();
      List<RaftPeerId> others =
          options.members().keySet().stream()
              .filter(m -> !m.equals(options.member()))
              .map(RaftPeerId::valueOf)
              .toList();
      return new RaftEngine(server, machine, new PeerKeepalive(server, GROUP, others), flushes);
    } catch (IOException | RuntimeException | LinkageError e) {
      close(server, machine, flushes);
      throw explained(options, e);
    }
  }

  RaftServer server() {
    return server;
  }

  RaftStateMachine machine() {
    return machine;
  }

  @Override
  public void close() {
    lines.close();
    close(server, machine, flushes);
  }

  private static void close(
      @Nullable RaftServer server, RaftStateMachine machine, GuardedExecutor flushes) {
    if (server != null) {
      close(server);
    }
    machine.stop();
    flushes.shutdown();
  }

  /**
   * Ratis waits for entries that it counts as committed to be applied; of those that a full disk
   * did not take it would wait for ever.
   */
  private static void close(RaftServer server) {
    Thread closing =
        Threads.start(
            "close-log",
            () -> {
              try {
                server.close();
              } catch (IOException | RuntimeException e) {
                log.info("closing the log", e);
              }
            });
    try {
      closing.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (closing.isAlive()) {
      log.warn(
          "member {}: the log was not closed within {} s; its directory stays locked until this"
              + " process ends",
          server.getId(),
          CLOSE_MS / 1000);
    }
  }

  private static IOException explained(RaftOptions options, Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String where = "member " + options.member() + " in " + options.directory();
    if (root instanceof OverlappingFileLockException
        || String.valueOf(root.getMessage()).contains("in_use.lock")) {
      return new IOException(where + ": another process uses this directory", e);
    }
    return new IOException(
        where
            + " cannot start: "
            + root
            + "; what is on disk was not changed. If the disk is damaged: in a cluster, empty the"
            + " directory and start the member again, it fetches everything from the others; a"
            + " member alone: myelin cluster restore",
        e);
  }

  private static RaftGroup group(RaftOptions o) {
    List<RaftPeer> peers = new ArrayList<>();
    for (Map.Entry<String, InetSocketAddress> e : o.members().entrySet()) {
      peers.add(
          RaftPeer.newBuilder()
              .setId(e.getKey())
              .setAddress(e.getValue().getHostString() + ":" + e.getValue().getPort())
              .build());
    }
    return RaftGroup.valueOf(GROUP, peers);
  }

  private static Parameters parameters(RaftOptions o, DurableAckInterceptor flushedFirst) {
    Parameters p = new Parameters();
    GrpcConfigKeys.Server.setServicesCustomizer(
        p, (builder, types) -> builder.intercept(flushedFirst));
    RaftOptions.RaftTls tls = o.tls();
    if (tls != null) {
      GrpcConfigKeys.TLS.setConf(p, new GrpcTlsConfig(tls.key(), tls.trust(), true));
    }
    return p;
  }

  private static RaftProperties properties(RaftOptions o) {
    RaftProperties p = new RaftProperties();
    RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
    InetSocketAddress own = o.members().get(o.member());
    if (own == null) {
      throw new IllegalStateException("checked by RaftOptions");
    }
    GrpcConfigKeys.Server.setHost(p, own.getHostString());
    GrpcConfigKeys.Server.setPort(p, own.getPort());
    GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf("64MB"));
    RaftServerConfigKeys.setStorageDir(p, List.of(o.directory().toFile()));

    boolean alone = o.members().size() == 1;
    TimeDuration min = TimeDuration.valueOf(o.election().toMillis(), TimeUnit.MILLISECONDS);
    TimeDuration first = alone ? TimeDuration.valueOf(10, TimeUnit.MILLISECONDS) : min;
    RaftServerConfigKeys.Rpc.setTimeoutMin(p, min);
    // The engine sleeps for an election's time and then looks: two sleeps may pass until it sees
    // that a leader is gone. Little spread suffices, for members do not look at the same time.
    RaftServerConfigKeys.Rpc.setTimeoutMax(p, min.multiply(SPREAD));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, first);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, first.multiply(2));
    RaftServerConfigKeys.Rpc.setRequestTimeout(p, REQUEST);
    // A leader that was paused steps down and by default would not be elected for 10 s: too long
    // if the next leader dies meanwhile and no other member has all entries.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, min);

    RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
    // Composed, an append that begins like one under way is taken for the same, and acknowledged
    // with all that it has more, which is then in no log.
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(p, false);
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, RETRY);
    RaftServerConfigKeys.Log.setSegmentSizeMax(p, SEGMENT);
    RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("1MB"));
    RaftServerConfigKeys.Log.setWriteBufferSize(p, WRITE_BUFFER);
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, MAX_ENTRY);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
    RaftServerConfigKeys.Log.setPurgeGap(p, 1);
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(p, true);
    RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(p, CHUNK);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, o.snapshotEvery());
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, 2);
    RaftServerConfigKeys.Write.setElementLimit(p, 1 << 16);
    return p;
  }
}
