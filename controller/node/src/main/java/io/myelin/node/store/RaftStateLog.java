package io.myelin.node.store;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log that outlives crashes: Apache Ratis, an implementation of Raft (Ongaro and Ousterhout,
 * USENIX ATC 2014). An entry is forced to the disks of a majority before it counts. ADR 17 says why
 * Ratis.
 */
public final class RaftStateLog extends ElectedLog {
  private static final Logger log = LoggerFactory.getLogger(RaftStateLog.class);

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

  /** Between looks at what the engine says of who leads, should an event have been missed. */
  private static final long LOOK_MS = 50;

  /** A follower asks the leader so many times an election's time what it has committed. */
  private static final long ASKS = 2;

  /** Elections' times: whoever has heard nothing for longer follows nobody. */
  private static final long FRESH_FACTOR = 2;

  private final RaftOptions options;
  private final RaftServer server;
  private final RaftStateMachine machine;
  private final PeerLines lines;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private final GuardedExecutor flushes = GuardedExecutor.single("flushes");
  private final Map<Long, CompletableFuture<Applied>> waiting = new ConcurrentHashMap<>();
  private volatile boolean closing;
  private final AtomicBoolean opening = new AtomicBoolean();
  private boolean asked; // the events' thread's, as is askedNs
  private long askedNs;
  private final Turns turns = new Turns();

  /**
   * Starts a member: reads what its disk holds, and takes part.
   *
   * @throws IOException saying what is wrong with its directory or address
   */
  public RaftStateLog(RaftOptions options) throws IOException {
    super(new Replica(), options.member(), options.election().multipliedBy(FRESH_FACTOR));
    this.options = options;
    try {
      Files.createDirectories(options.directory());
    } catch (IOException e) {
      throw new IOException("directory " + options.directory() + " cannot be made: " + e, e);
    }
    machine = new RaftStateMachine(replica(), turns);
    try {
      server =
          RaftServer.newBuilder()
              .setServerId(RaftPeerId.valueOf(options.member()))
              .setGroup(group(options))
              .setStateMachine(machine)
              .setProperties(properties(options))
              .setParameters(parameters(options, new FlushedFirst(machine::flushed, flushes)))
              .setOption(RaftStorage.StartupOption.RECOVER)
              .build();
      server.start();
      lines =
          new PeerLines(
              server,
              GROUP,
              options.members().keySet().stream()
                  .filter(m -> !m.equals(options.member()))
                  .map(RaftPeerId::valueOf)
                  .toList());
      events().scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    } catch (IOException | RuntimeException e) {
      events().shutdown();
      flushes.shutdown();
      throw explained(e);
    }
  }

  private IOException explained(Exception e) {
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

  private static Parameters parameters(RaftOptions o, FlushedFirst flushedFirst) {
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

  public RaftOptions options() {
    return options;
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    if (!leadership().leads()) {
      return CompletableFuture.failedFuture(notLeading());
    }
    return append(new LogRecord(command, 0));
  }

  private CompletableFuture<Applied> append(LogRecord entry) {
    long call = calls.incrementAndGet();
    CompletableFuture<Applied> result = new CompletableFuture<>();
    waiting.put(call, result);
    CompletableFuture<Applied> applied = machine.expect(call, entry);
    reply(call, entry)
        .whenComplete(
            (r, t) -> {
              machine.forget(call);
              if (t == null && r.isSuccess()) {
                applied.thenAccept(result::complete);
              } else {
                Throwable cause = t == null ? r.getException() : t;
                result.completeExceptionally(unknown(String.valueOf(cause), cause));
              }
            });
    result.whenComplete((a, t) -> waiting.remove(call));
    if (leadership().role() == Leadership.Role.STOPPED) {
      result.completeExceptionally(notLeading());
    }
    return result;
  }

  private CompletableFuture<RaftClientReply> reply(long call, LogRecord entry) {
    return request(
        RaftClientRequest.writeRequestType(),
        call,
        Message.valueOf(ByteString.copyFrom(entry.encode())));
  }

  private CompletableFuture<RaftClientReply> request(
      RaftClientRequest.Type type, long call, Message message) {
    try {
      return server.submitClientRequestAsync(
          RaftClientRequest.newBuilder()
              .setClientId(client)
              .setServerId(server.getId())
              .setGroupId(GROUP)
              .setCallId(call)
              .setMessage(message)
              .setType(type)
              .build());
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static NotCommitted unknown(String why, @Nullable Throwable cause) {
    String message = "it is not known whether the command was committed: " + why;
    return cause == null ? new NotCommitted(message) : new NotCommitted(message, cause);
  }

  /** Events say it sooner; this says it in any case. */
  private void look() {
    try {
      DivisionInfo info = server.getDivision(GROUP).getInfo();
      RaftPeerId leader = info.getLeaderId();
      if (info.isLeader()) {
        if (info.isLeaderReady() && !leadership().leads()) {
          open();
        }
      } else {
        turns.follows(leader == null || leader.equals(server.getId()) ? "" : leader.toString());
        ask();
      }
    } catch (IOException | RuntimeException e) {
      log.debug("the engine does not say who leads", e);
    }
  }

  /** Begins a leadership with an entry of its own: when that is applied, all before it is. */
  private void open() {
    if (opening.compareAndSet(false, true)) {
      append(new LogRecord(null, System.currentTimeMillis() / 1000))
          .whenComplete(
              (a, t) -> {
                opening.set(false);
                if (t != null) {
                  log.info("elected, but not at work yet: {}", t.getMessage());
                }
              });
    }
  }

  @Override
  public CompletableFuture<Void> raiseEpoch(long above) {
    return leadership().leads()
        ? append(LogRecord.raising(above)).thenApply(a -> null)
        : CompletableFuture.failedFuture(notLeading());
  }

  /**
   * Asks the leader how far it has committed, which it says once most members say that it still
   * leads (Raft §6.4, read index). When that much is applied here, nothing was missing when it was
   * asked. What this member itself knows to be committed is not enough: after a restart, or a
   * pause, that is as old as the member.
   */
  private void ask() {
    long now = System.nanoTime();
    if (asked && now - askedNs < options.election().toNanos() / ASKS) {
      return;
    }
    asked = true;
    askedNs = now;
    request(RaftClientRequest.readRequestType(), calls.incrementAndGet(), Message.EMPTY)
        .whenComplete(
            (r, t) -> {
              if (t == null && r.isSuccess()) {
                completeAsOf(now);
              }
            });
  }

  @Override
  public SnapshotFile.Content content() {
    return machine.content();
  }

  @Override
  public void close() {
    closing = true;
    lines.close();
    try {
      server.close();
    } catch (IOException e) {
      log.warn("closing the log", e);
    }
    machine.stop();
    end();
    giveUp("closed");
    flushes.shutdown();
  }

  /** Nobody will answer any more. */
  private void giveUp(String why) {
    for (CompletableFuture<Applied> w : waiting.values()) {
      w.completeExceptionally(unknown(why, null));
    }
  }

  /** As the engine knows it; while it starts it does not. */
  private long currentTerm(long otherwise) {
    try {
      return server.getDivision(GROUP).getInfo().getCurrentTerm();
    } catch (IOException | RuntimeException e) {
      log.debug("the engine does not say which term it is", e);
      return otherwise;
    }
  }

  /** What the engine tells of who leads. */
  private final class Turns implements RaftStateMachine.Events {
    @Override
    public void elected() {
      open();
    }

    @Override
    public synchronized void opened(long epoch, long term) {
      log.info("member {} leads, term {} of epoch {}", options.member(), term, epoch);
      turn(new Leadership(Leadership.Role.LEADER, epoch, term, options.member()));
    }

    @Override
    public synchronized void follows(String leader) {
      Leadership now = leadership();
      long term = currentTerm(now.term());
      boolean same =
          now.leader().equals(leader) && now.term() == term && now.epoch() == machine.epoch();
      if (now.role() == Leadership.Role.STOPPED || (!now.leads() && same)) {
        return;
      }
      if (now.leads()) {
        log.info("member {} leads no more", options.member());
      }
      RaftStateLog.this.follows(machine.epoch(), term, leader);
    }

    @Override
    public synchronized void stopped(String why) {
      if (!closing && leadership().role() != Leadership.Role.STOPPED) {
        log.error("member {} stops: {}", options.member(), why);
        RaftStateLog.this.stopped(why);
        giveUp(why);
      }
    }
  }
}
