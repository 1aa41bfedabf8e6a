package io.myelin.node.store;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Outcome;
import io.myelin.node.thread.GuardedExecutor;
import java.io.File;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the replicated log does to the state: applies entries, writes and reads snapshots. */
final class RaftStateMachine extends BaseStateMachine {
  private static final Logger log = LoggerFactory.getLogger(RaftStateMachine.class);

  /** What the engine tells, in its order. Must return at once. */
  interface Events {
    /** Elected: all that was committed before is applied. An opening must be appended. */
    void elected();

    /** Our opening is applied. */
    void opened(long epoch, long term);

    /**
     * Does not lead.
     *
     * @param leader empty: nobody known
     */
    void follows(String leader);

    /**
     * Can take no further part.
     *
     * @param cause null: it was closed
     */
    void stopped(String why, @Nullable Throwable cause);
  }

  /** An entry that this member appended and waits for. */
  private record Expected(LogRecord entry, CompletableFuture<Applied> applied) {}

  private final Replica replica;
  private final Events events;
  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
  private final Map<Long, Expected> expected = new ConcurrentHashMap<>();
  private final GuardedExecutor writer = GuardedExecutor.single("snapshots");
  private volatile long epoch;
  private volatile boolean failed;
  private volatile boolean writing;
  private volatile long written = RaftLog.INVALID_LOG_INDEX;

  RaftStateMachine(Replica replica, Events events) {
    this.replica = replica;
    this.events = events;
  }

  // ---- entries ---------------------------------------------------------------------------------

  CompletableFuture<Applied> expect(long call, LogRecord entry) {
    Expected e = new Expected(entry, new CompletableFuture<>());
    expected.put(call, e);
    return e.applied;
  }

  void forget(long call) {
    expected.remove(call);
  }

  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    TransactionContext t = super.startTransaction(request);
    Expected e = expected.get(request.getCallId());
    return e == null ? t : t.setStateMachineContext(e);
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext t) {
    LogEntryProto entry = t.getLogEntry();
    if (failed) {
      return CompletableFuture.failedFuture(new IOException("stopped at an earlier entry"));
    }
    Expected mine = t.getStateMachineContext() instanceof Expected e ? e : null;
    try {
      LogRecord r =
          mine != null
              ? mine.entry
              : LogRecord.decode(entry.getStateMachineLogEntry().getLogData().toByteArray());
      apply(r, entry, mine);
    } catch (IOException | RuntimeException | AssertionError e) {
      // To go on would be to hold another state than the others (invariant 7).
      failed = true;
      log.error("entry {} cannot be applied", entry.getIndex(), e);
      events.stopped("log entry " + entry.getIndex() + " cannot be applied: " + e.getMessage(), e);
      return CompletableFuture.failedFuture(e);
    }
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  /** Of the cluster, as far as it is applied here. */
  long epoch() {
    return epoch;
  }

  private void apply(LogRecord r, LogEntryProto entry, @Nullable Expected mine) {
    if (r.command() != null) {
      Applied applied = replica.apply(r.command());
      if (mine != null) {
        mine.applied.complete(applied);
      }
      return;
    }
    epoch = r.epochAfter(epoch);
    if (mine != null) {
      events.opened(epoch, entry.getTerm());
      mine.applied.complete(
          new Applied(replica.state(), replica.state(), new Outcome.Done(), List.of()));
    }
  }

  // ---- who leads -------------------------------------------------------------------------------

  @Override
  public void notifyLeaderReady() {
    events.elected();
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    events.follows("");
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    if (!member.getPeerId().equals(leader)) {
      events.follows(leader == null ? "" : leader.toString());
    }
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    failed = true;
    events.stopped("the log cannot be written: " + DiskSpaceErrors.withFirst(cause), cause);
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto role, boolean allServers) {
    events.stopped("closed", null);
  }

  /** Nothing is asked but whether all is applied that was committed: the engine answers after. */
  @Override
  public CompletableFuture<Message> query(Message request) {
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  /** The last entry of the log that is on disk. */
  long flushed() {
    try {
      RaftServer server = getServer().getNow(null);
      return server == null
          ? RaftLog.INVALID_LOG_INDEX
          : server.getDivision(getGroupId()).getRaftLog().getFlushIndex();
    } catch (IOException e) {
      return RaftLog.INVALID_LOG_INDEX;
    }
  }

  // ---- snapshots -------------------------------------------------------------------------------

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
      throws IOException {
    super.initialize(server, group, raftStorage);
    storage.init(raftStorage);
    // RUNNING from here: only what runs can be paused to take over a leader's snapshot.
    getLifeCycle().startAndTransition(this::load, IOException.class);
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  @Override
  public void reinitialize() throws IOException {
    load();
    getLifeCycle().transition(LifeCycle.State.STARTING);
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  private void load() throws IOException {
    SingleFileSnapshotInfo info = storage.loadLatestSnapshot();
    if (info == null) {
      return;
    }
    SnapshotFile.Content content = SnapshotFile.read(info.getFile().getPath());
    epoch = content.epoch();
    replica.install(content.state(), content.index(), content.timeMs());
    setLastAppliedTermIndex(TermIndex.valueOf(info.getTerm(), info.getIndex()));
    log.info("snapshot {}: {} leases", info.getIndex(), content.state().leases().size());
  }

  /**
   * Writes a snapshot beside the work and not in its way: the state never changes, only which one
   * is the newest. The engine hears of it when it asks next.
   */
  @Override
  public long takeSnapshot() {
    long done = written;
    written = RaftLog.INVALID_LOG_INDEX;
    TermIndex last = getLastAppliedTermIndex();
    if (done == RaftLog.INVALID_LOG_INDEX && !writing && !failed && last.getIndex() >= 0) {
      writing = true;
      SnapshotFile.Content content = content();
      writer.execute(() -> write(last, content));
    }
    return done;
  }

  SnapshotFile.Content content() {
    return replica.content(epoch);
  }

  private void write(TermIndex last, SnapshotFile.Content content) {
    try {
      File file = storage.getSnapshotFile(last.getTerm(), last.getIndex());
      SnapshotFile.write(file.toPath(), content);
      MD5Hash md5 = MD5FileUtil.computeAndSaveMd5ForFile(file);
      storage.updateLatestSnapshot(
          new SingleFileSnapshotInfo(
              new FileInfo(file.toPath(), md5), last.getTerm(), last.getIndex()));
      written = last.getIndex();
    } catch (IOException | RuntimeException e) {
      log.error("snapshot {} cannot be written; the log stays longer", last.getIndex(), e);
    } finally {
      writing = false;
    }
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  void stop() {
    writer.shutdown();
  }
}
