package io.myelin.node.store;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
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

  /** Between looks at what the engine says of who leads, should an event have been missed. */
  private static final long LOOK_MS = 50;

  /** A follower asks the leader so many times an election's time what it has committed. */
  private static final long ASKS = 2;

  /** Elections' times: whoever has heard nothing for longer follows nobody. */
  private static final long FRESH_FACTOR = 2;

  /** Between looks whether there is room again. */
  private static final long REOPEN_MS = 1_000;

  /** A segment of the log, a snapshot of a small fabric, and what the engine notes of itself. */
  static final long ROOM_BYTES = 4 << 20;

  /**
   * Starts in vain, for another reason than room, after which it is given up: the port may wait.
   */
  private static final int MANY = 5;

  private final RaftOptions options;

  /** Anew for each: the engine answers a call that it knows of its log as it did then. */
  private final ClientId client = ClientId.randomId();

  private final AtomicLong calls = new AtomicLong();
  private final GuardedExecutor recovery = GuardedExecutor.single("recovery");
  private final Map<Long, CompletableFuture<Applied>> waiting = new ConcurrentHashMap<>();
  private volatile boolean closing;
  private final AtomicBoolean opening = new AtomicBoolean();
  private boolean asked; // the events' thread's, as is askedNs
  private long askedNs;
  private int failures; // the recovery thread's

  /** What runs; each is closed before the next is started. */
  private volatile @Nullable Running running;

  /** An engine, and who hears of it. */
  private record Running(RaftEngine engine, Turns turns) {}

  /**
   * Starts a member: reads what its disk holds, and takes part.
   *
   * @throws IOException saying what is wrong with its directory or address
   */
  public RaftStateLog(RaftOptions options) throws IOException {
    super(new Replica(), options.member(), options.election().multipliedBy(FRESH_FACTOR));
    this.options = options;
    try {
      running = start();
    } catch (IOException | RuntimeException | LinkageError e) {
      events().shutdown();
      recovery.shutdown();
      throw e;
    }
    events().scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  private Running start() throws IOException {
    Turns turns = new Turns();
    return new Running(RaftEngine.start(options, replica(), turns), turns);
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
    Running now = running;
    if (now == null) {
      return CompletableFuture.failedFuture(new NotCommitted("this member is starting"));
    }
    long call = calls.incrementAndGet();
    CompletableFuture<Applied> result = new CompletableFuture<>();
    waiting.put(call, result);
    RaftStateMachine machine = now.engine.machine();
    CompletableFuture<Applied> applied = machine.expect(call, entry);
    reply(now.engine.server(), call, entry)
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

  private CompletableFuture<RaftClientReply> reply(RaftServer server, long call, LogRecord entry) {
    return request(
        server,
        RaftClientRequest.writeRequestType(),
        call,
        Message.valueOf(ByteString.copyFrom(entry.encode())));
  }

  private CompletableFuture<RaftClientReply> request(
      RaftServer server, RaftClientRequest.Type type, long call, Message message) {
    try {
      return server.submitClientRequestAsync(
          RaftClientRequest.newBuilder()
              .setClientId(client)
              .setServerId(server.getId())
              .setGroupId(RaftEngine.GROUP)
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
    Running now = running;
    if (now == null) {
      return;
    }
    try {
      RaftServer server = now.engine.server();
      DivisionInfo info = server.getDivision(RaftEngine.GROUP).getInfo();
      RaftPeerId leader = info.getLeaderId();
      if (info.isLeader()) {
        if (info.isLeaderReady() && !leadership().leads()) {
          open();
        }
      } else {
        now.turns.follows(leader == null || leader.equals(server.getId()) ? "" : leader.toString());
        ask(server);
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
  private void ask(RaftServer server) {
    long now = System.nanoTime();
    if (asked && now - askedNs < options.election().toNanos() / ASKS) {
      return;
    }
    asked = true;
    askedNs = now;
    request(server, RaftClientRequest.readRequestType(), calls.incrementAndGet(), Message.EMPTY)
        .whenComplete(
            (r, t) -> {
              if (t == null && r.isSuccess()) {
                completeAsOf(now);
              }
            });
  }

  @Override
  public SnapshotFile.Content content() {
    Running now = running;
    return now == null ? super.content() : now.engine.machine().content();
  }

  // ---- a disk without room ---------------------------------------------------------------------

  /** The engine has ended; another is started when there is room. */
  private void recover() {
    closeEngine();
    recovery.schedule(this::reopen, this::recover, REOPEN_MS, TimeUnit.MILLISECONDS);
  }

  private void reopen() {
    if (closing) {
      return;
    }
    try {
      if (options.directory().toFile().getUsableSpace() < ROOM_BYTES) {
        recovery.schedule(this::reopen, this::recover, REOPEN_MS, TimeUnit.MILLISECONDS);
        return;
      }
      replica().restart();
      running = start();
      failures = 0;
      recovered();
      log.info("member {} takes part again", options.member());
    } catch (IOException e) {
      if (DiskSpaceErrors.isCauseOf(e) || ++failures < MANY) {
        recovery.schedule(this::reopen, this::recover, REOPEN_MS, TimeUnit.MILLISECONDS);
      } else {
        stop(String.valueOf(e.getMessage()));
      }
    }
    if (closing) {
      closeEngine();
    }
  }

  private void closeEngine() {
    Running now = running;
    if (now != null) {
      now.engine.close();
    }
  }

  private void stop(String why) {
    log.error("member {} stops: {}", options.member(), why);
    stopped(why);
    giveUp(why);
  }

  @Override
  public void close() {
    closing = true;
    recovery.shutdownNow();
    closeEngine();
    end();
    giveUp("closed");
  }

  /** Nobody will answer any more. */
  private void giveUp(String why) {
    for (CompletableFuture<Applied> w : waiting.values()) {
      w.completeExceptionally(unknown(why, null));
    }
  }

  /** As the engine knows it; while it starts it does not. */
  private long currentTerm(long otherwise) {
    Running now = running;
    if (now == null) {
      return otherwise;
    }
    try {
      return now.engine.server().getDivision(RaftEngine.GROUP).getInfo().getCurrentTerm();
    } catch (IOException | RuntimeException e) {
      log.debug("the engine does not say which term it is", e);
      return otherwise;
    }
  }

  private long currentEpoch(long otherwise) {
    Running now = running;
    return now == null ? otherwise : now.engine.machine().epoch();
  }

  /** What an engine tells of who leads. */
  private final class Turns implements RaftStateMachine.Events {
    /** It has ended: nothing that it tells counts any more. */
    private boolean over;

    @Override
    public void elected() {
      open();
    }

    @Override
    public synchronized void opened(long epoch, long term) {
      if (over) {
        return;
      }
      log.info("member {} leads, term {} of epoch {}", options.member(), term, epoch);
      turn(new Leadership(Leadership.Role.LEADER, epoch, term, options.member()));
    }

    @Override
    public synchronized void follows(String leader) {
      Leadership now = leadership();
      long term = currentTerm(now.term());
      long epoch = currentEpoch(now.epoch());
      boolean same = now.leader().equals(leader) && now.term() == term && now.epoch() == epoch;
      if (over || (!now.leads() && same)) {
        return;
      }
      if (now.leads()) {
        log.info("member {} leads no more", options.member());
      }
      RaftStateLog.this.follows(epoch, term, leader);
    }

    @Override
    public synchronized void stopped(String why, @Nullable Throwable cause) {
      if (over || closing) {
        return;
      }
      over = true;
      if (cause == null || !DiskSpaceErrors.isCauseOf(cause)) {
        stop(why);
        return;
      }
      String paused = why + "; it goes on when there is room in " + options.directory();
      log.error("member {} takes no part: {}", options.member(), paused);
      Leadership now = leadership();
      paused(now.epoch(), now.term(), paused);
      giveUp(why);
      recovery.execute(RaftStateLog.this::recover, RaftStateLog.this::recover);
    }
  }
}
