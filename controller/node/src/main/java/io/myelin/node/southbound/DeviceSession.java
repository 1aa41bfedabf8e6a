package io.myelin.node.southbound;

import com.google.rpc.Code;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Device;
import io.myelin.core.model.U128;
import io.myelin.core.port.Southbound.Listener;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.StreamError;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.Uint128;
import io.myelin.p4.v1.WriteResponse;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One device's P4Runtime session: arbitration, pipeline, writes, reads, packets; made anew with
 * backoff whenever it breaks.
 *
 * <p>Thread-safe: {@code lock} guards the stream; callbacks of one connection that a newer one has
 * replaced are ignored by comparing {@code epoch}.
 */
final class DeviceSession {
  private static final Logger log = LoggerFactory.getLogger(DeviceSession.class);

  private static final long FIRST_RETRY_MS = 50;
  private static final long LAST_RETRY_MS = 5_000; // a switch is back within its own boot time

  /** Before a switch that another controller drives is looked at again; doubles up to the last. */
  private static final long FIRST_LOOK_MS = 1_000;

  private static final long LAST_LOOK_MS = 30_000;

  /** No call takes this long on a switch that works. */
  static final long CALL_TIMEOUT_S = 30;

  /** Between two lines about what a switch complains of. */
  private static final long COMPLAINTS_NS = 10_000_000_000L;

  private static final int COMPLAINT_CHARS = 200;

  private final Device device;
  private final ProgramCodecs codecs;
  private final Claim claim;
  private final Uint128 electionId;
  private final GuardedExecutor timer;
  private final Listener listener;
  private final Function<Device, ManagedChannel> channels;
  private final Context.CancellableContext calls = Context.ROOT.withCancellation();

  private final Object lock = new Object();
  private volatile Connection connection;
  private @Nullable ClientCallStreamObserver<StreamMessageRequest> stream;
  private long epoch;
  private long retryMs = FIRST_RETRY_MS;
  private boolean asked; // to be primary, in this stream
  private boolean primary;
  private String told = ""; // why it is not, as the listener knows
  private long lookMs = FIRST_LOOK_MS;
  private boolean closed;
  private long droppedPacketOuts;
  private long complaints;
  private long saidNs;

  DeviceSession(
      Device device,
      ProgramCodecs codecs,
      Claim claim,
      GuardedExecutor timer,
      Function<Device, ManagedChannel> channels,
      Listener listener) {
    this.device = device;
    this.codecs = codecs;
    this.claim = claim;
    this.electionId =
        Uint128.newBuilder()
            .setHigh(claim.electionId().hi())
            .setLow(claim.electionId().lo())
            .build();
    this.timer = timer;
    this.listener = listener;
    this.channels = channels;
    this.connection = connect(channels.apply(device));
  }

  void start() {
    open();
  }

  void close() {
    synchronized (lock) {
      closed = true;
      epoch++;
      if (stream != null) {
        stream.cancel("session closed", null);
      }
    }
    calls.cancel(null);
  }

  /** Calls that end when a context does: their connection stays for the next session. */
  private record Within(Context context) implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      Context before = context.attach();
      try {
        return next.newCall(method, options);
      } finally {
        context.detach(before);
      }
    }
  }

  // ---- connection ----------------------------------------------------------------------------

  private void open() {
    long mine;
    synchronized (lock) {
      if (closed) {
        return;
      }
      mine = ++epoch;
      primary = false;
      asked = false;
      told = "";
    }
    // Connections are others', too: who keeps them may have dropped this one meanwhile, for good.
    ManagedChannel now = channels.apply(device);
    Connection c = connection;
    if (!now.equals(c.managed)) {
      c = connect(now);
      connection = c;
    }
    // gRPC would wait up to two minutes, the longer the switch was away.
    now.resetConnectBackoff();
    c.stub.streamChannel(new Stream(mine));
  }

  /** A way to the switch, and what goes over it. */
  private record Connection(
      ManagedChannel managed,
      Channel channel,
      P4RuntimeGrpc.P4RuntimeStub stub,
      DeviceReads reads) {}

  private Connection connect(ManagedChannel managed) {
    Channel channel = ClientInterceptors.intercept(managed, new Within(calls));
    P4RuntimeGrpc.P4RuntimeStub stub = P4RuntimeGrpc.newStub(channel);
    return new Connection(
        managed,
        channel,
        stub,
        new DeviceReads(device.p4DeviceId(), codecs.program(), codecs.decoder(), stub));
  }

  /** Says who is primary, without asking to be it (P4Runtime 1.5 §5: no election id). */
  private MasterArbitrationUpdate look() {
    return MasterArbitrationUpdate.newBuilder().setDeviceId(device.p4DeviceId()).build();
  }

  private MasterArbitrationUpdate bid() {
    return look().toBuilder().setElectionId(electionId).build();
  }

  private final class Stream
      implements ClientResponseObserver<StreamMessageRequest, StreamMessageResponse> {
    private final long mine;

    Stream(long mine) {
      this.mine = mine;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<StreamMessageRequest> requests) {
      synchronized (lock) {
        stream = requests;
      }
      requests.setOnReadyHandler(
          new Runnable() {
            private boolean sent;

            @Override
            public void run() {
              synchronized (lock) {
                if (!sent && mine == epoch) {
                  sent = true;
                  asked = claim.takeover() == Claim.Takeover.ALLOWED;
                  requests.onNext(
                      StreamMessageRequest.newBuilder()
                          .setArbitration(asked ? bid() : look())
                          .build());
                }
              }
            }
          });
    }

    @Override
    public void onNext(StreamMessageResponse message) {
      switch (message.getUpdateCase()) {
        case ARBITRATION -> arbitrated(mine, message.getArbitration());
        case PACKET -> codecs.packets().decode(device.id(), message.getPacket(), listener);
        case ERROR -> complained(message.getError());
        case DIGEST, IDLE_TIMEOUT_NOTIFICATION, OTHER, UPDATE_NOT_SET -> {
          // Our program sends none of these.
        }
      }
    }

    @Override
    public void onError(Throwable t) {
      broken(mine, describe(t));
    }

    @Override
    public void onCompleted() {
      broken(mine, "the switch closed the stream");
    }
  }

  /** Not more often and no longer than anybody reads, however much the switch complains. */
  private void complained(StreamError error) {
    long nowNs = System.nanoTime();
    long unsaid;
    synchronized (lock) {
      if (complaints > 0 && nowNs - saidNs < COMPLAINTS_NS) {
        complaints++;
        return;
      }
      unsaid = Math.max(0, complaints - 1);
      complaints = 1;
      saidNs = nowNs;
    }
    String text = error.getMessage();
    log.warn(
        "{}: {} (code {}); {} others since the last time",
        device.id(),
        text.substring(0, Math.min(text.length(), COMPLAINT_CHARS)),
        error.getCanonicalCode(),
        unsaid);
  }

  private void arbitrated(long mine, MasterArbitrationUpdate update) {
    boolean won = update.getStatus().getCode() == Code.OK_VALUE;
    U128 heard =
        update.hasElectionId()
            ? new U128(update.getElectionId().getHigh(), update.getElectionId().getLow())
            : null;
    boolean bids;
    synchronized (lock) {
      if (mine != epoch || (asked && won && primary)) {
        return;
      }
      bids = asked;
      primary = asked && won;
    }
    if (!bids) {
      looked(mine, update.getStatus().getCode(), heard);
    } else if (won) {
      checkPipeline(mine);
    } else {
      notPrimary(mine, update.getStatus().getCode(), heard);
    }
  }

  /**
   * Decides whether to ask to be primary, by who is or was. BMv2 makes a client without an id
   * primary where nobody else is, and does not say who was: there, too, entries tell whose the
   * switch is.
   */
  private void looked(long mine, int code, @Nullable U128 heard) {
    if (heard != null && claim.isOwn(heard)) {
      ask(mine);
    } else if (heard != null && code == Code.ALREADY_EXISTS_VALUE) {
      leftAlone(
          mine,
          "another controller is primary with election id "
              + Claim.text(heard)
              + ", which is not of this cluster (epoch "
              + Long.toUnsignedString(claim.electionId().hi())
              + "); it is left alone, --take-over deposes it");
    } else {
      connection
          .reads
          .tables()
          .whenComplete(
              (tables, t) -> {
                int strangers = tables == null ? 0 : listener.strangers(device.id(), tables);
                // Without a pipeline there are no tables, and so no entries.
                if (t != null
                    && Status.fromThrowable(t).getCode() != Status.Code.FAILED_PRECONDITION) {
                  broken(mine, "reading what another controller left: " + describe(t));
                } else if (strangers == 0) {
                  ask(mine);
                } else {
                  leftAlone(
                      mine,
                      "it holds "
                          + strangers
                          + (strangers == 1 ? " entry" : " entries")
                          + " of leases that this cluster does not know"
                          + (heard == null || heard.equals(U128.ZERO)
                              ? ""
                              : ", of the controller with election id " + Claim.text(heard))
                          + "; it is left alone, --take-over removes them");
                }
              });
    }
  }

  private void ask(long mine) {
    synchronized (lock) {
      if (mine == epoch && stream != null && !asked) {
        asked = true;
        stream.onNext(StreamMessageRequest.newBuilder().setArbitration(bid()).build());
      }
    }
  }

  /** Looks again from time to time: the switch tells of controllers, not of entries. */
  private void leftAlone(long mine, String why) {
    tell(mine, why);
    long pause;
    synchronized (lock) {
      pause = lookMs;
      lookMs = Math.min(LAST_LOOK_MS, 2 * lookMs);
    }
    later(
        () -> {
          synchronized (lock) {
            if (mine == epoch && stream != null && !asked) {
              stream.onNext(StreamMessageRequest.newBuilder().setArbitration(look()).build());
            }
          }
        },
        pause);
  }

  private void notPrimary(long mine, int code, @Nullable U128 heard) {
    String id = heard == null ? "unknown" : Claim.text(heard);
    if (code == Code.ALREADY_EXISTS_VALUE) {
      tell(mine, "another controller is primary with election id " + id);
      return;
    }
    tell(
        mine,
        "no controller is primary; the switch has heard "
            + id
            + ", ours is lower: "
            + Claim.text(claim.electionId()));
    if (heard != null) {
      listener.outbid(device.id(), heard);
    }
  }

  /** Says why this session is not the primary's: once for each reason. */
  private void tell(long mine, String why) {
    synchronized (lock) {
      if (mine != epoch || why.equals(told)) {
        return;
      }
      told = why;
    }
    log.warn("{}: {}", device.id(), why);
    listener.lost(device.id(), why);
  }

  private void checkPipeline(long mine) {
    CompletableFuture<GetForwardingPipelineConfigResponse> got = new CompletableFuture<>();
    timed().getForwardingPipelineConfig(SwitchChannels.cookie(device), single(got));
    got.whenComplete(
        (r, t) -> {
          boolean same =
              r != null
                  && r.getConfig().hasCookie()
                  && r.getConfig().getCookie().getCookie() == codecs.program().cookie();
          if (same) {
            becomeReady(mine);
          } else if (t == null
              || Status.fromThrowable(t).getCode() == Status.Code.FAILED_PRECONDITION) {
            pushPipeline(mine);
          } else {
            broken(mine, "reading the pipeline's cookie: " + describe(t));
          }
        });
  }

  private void pushPipeline(long mine) {
    log.info("{}: pushing the pipeline", device.id());
    CompletableFuture<Object> done = new CompletableFuture<>();
    timed()
        .setForwardingPipelineConfig(
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(device.p4DeviceId())
                .setElectionId(electionId)
                .setAction(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT)
                .setConfig(codecs.program().config())
                .build(),
            single(done));
    done.whenComplete(
        (r, t) -> {
          if (t == null) {
            becomeReady(mine);
          } else {
            broken(mine, "the switch refused the pipeline: " + describe(t));
          }
        });
  }

  private void becomeReady(long mine) {
    synchronized (lock) {
      if (mine != epoch) {
        return;
      }
      retryMs = FIRST_RETRY_MS;
      lookMs = FIRST_LOOK_MS;
      told = "";
    }
    listener.ready(device.id());
  }

  private void broken(long mine, String why) {
    long delay;
    synchronized (lock) {
      if (mine != epoch || closed) {
        return;
      }
      epoch++; // whatever this connection still says is history
      primary = false;
      if (stream != null) {
        stream.cancel("session broken: " + why, null);
        stream = null;
      }
      delay = retryMs;
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    }
    listener.lost(device.id(), why);
    later(this::open, delay);
  }

  private void later(Runnable task, long delayMs) {
    try {
      timer.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.RejectedExecutionException shuttingDown) {
      log.debug("{}: nothing more is tried, the node stops", device.id());
    }
  }

  // ---- entries -------------------------------------------------------------------------------

  CompletableFuture<List<WriteOutcome>> write(List<TableUpdate> updates) {
    WriteEncoder.Encoded request;
    try {
      request =
          codecs
              .encoder()
              .encode(device.p4DeviceId(), electionId.getHigh(), electionId.getLow(), updates);
    } catch (IllegalArgumentException e) {
      // The pipeline has no such entry; of several nobody knows which.
      String why = String.valueOf(e.getMessage());
      return CompletableFuture.completedFuture(
          Collections.nCopies(
              updates.size(),
              updates.size() == 1 ? WriteOutcome.refused(why) : WriteOutcome.unknown(why)));
    }
    CompletableFuture<List<WriteOutcome>> result = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        connection.channel.newCall(
            WriteCall.METHOD,
            CallOptions.DEFAULT.withDeadlineAfter(CALL_TIMEOUT_S, TimeUnit.SECONDS)),
        request,
        new StreamObserver<WriteResponse>() {
          @Override
          public void onNext(WriteResponse value) {}

          @Override
          public void onError(Throwable t) {
            result.complete(WriteErrors.of(t, updates.size()));
          }

          @Override
          public void onCompleted() {
            result.complete(Collections.nCopies(updates.size(), WriteOutcome.acknowledged()));
          }
        });
    return result;
  }

  DeviceReads reads() {
    return connection.reads;
  }

  // ---- packets -------------------------------------------------------------------------------

  void packetOut(int port, byte[] frame) {
    send(codecs.packets().toPort(port, frame));
  }

  void submitPacket(byte[] frame) {
    send(codecs.packets().submit(frame));
  }

  private void send(PacketOut packet) {
    synchronized (lock) {
      if (stream == null || !primary || !stream.isReady()) {
        droppedPacketOuts++;
        log.debug("{}: {} packet-outs dropped so far", device.id(), droppedPacketOuts);
        return;
      }
      stream.onNext(StreamMessageRequest.newBuilder().setPacket(packet).build());
    }
  }

  // ---- helpers -------------------------------------------------------------------------------

  private P4RuntimeGrpc.P4RuntimeStub timed() {
    return connection.stub.withDeadlineAfter(CALL_TIMEOUT_S, TimeUnit.SECONDS);
  }

  private static String describe(Throwable t) {
    Status s = Status.fromThrowable(t);
    return s.getDescription() == null
        ? s.getCode().name()
        : s.getCode() + ": " + s.getDescription();
  }

  private static <T> StreamObserver<T> single(CompletableFuture<? super T> future) {
    return new StreamObserver<>() {
      private @Nullable T value;

      @Override
      public void onNext(T v) {
        value = v;
      }

      @Override
      public void onError(Throwable t) {
        future.completeExceptionally(t);
      }

      @Override
      @SuppressWarnings("NullAway") // unary calls deliver exactly one value before they complete
      public void onCompleted() {
        future.complete(value);
      }
    };
  }
}
