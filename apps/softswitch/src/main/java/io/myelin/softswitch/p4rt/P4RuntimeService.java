package io.myelin.softswitch.p4rt;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.v1.CapabilitiesRequest;
import io.myelin.p4.v1.CapabilitiesResponse;
import io.myelin.p4.v1.DigestListAckError;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Error;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.GetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.IdleTimeoutNotification;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.PacketOutError;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.ReadResponse;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.StreamError;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import io.myelin.p4.v1.WriteResponse;
import io.myelin.softswitch.engine.InvalidProgramException;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.SwitchControl;
import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The P4Runtime service of one device, to the letter of specification 1.4; docs/P4RUNTIME.md maps
 * its requirements to tests.
 *
 * <p>One lock: writes, pipeline changes and arbitration hold it exclusively, reads share it. A read
 * therefore never sees half a batch, and a new primary waits for the old one's writes.
 */
public final class P4RuntimeService extends P4RuntimeGrpc.P4RuntimeImplBase {
  private static final String API_VERSION = "1.4.0";
  private static final String ERROR_SPACE = "myelin.io/softswitch";

  /** Entities a response message: about 100 KiB. */
  private static final int READ_CHUNK = 1_000;

  /** Messages that wait for one slow controller; more are dropped and counted. */
  private static final int MAX_QUEUED = 4_096;

  private static final long IDLE_CHECK_NS = 100_000_000;

  private final SwitchControl control;
  private final Scheduler scheduler;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final Arbitration arbitration;
  private final AtomicLong droppedToControllers = new AtomicLong();
  private volatile List<Stream> primaries = List.of();
  private volatile @Nullable ControllerHeaders headers;
  private @Nullable ForwardingPipelineConfig config;
  private @Nullable ForwardingState state;
  private @Nullable P4Program savedProgram;
  private boolean idleChecking;

  /**
   * @param control the switch
   * @param scheduler for digest and idle timeouts
   */
  public P4RuntimeService(long deviceId, SwitchControl control, Scheduler scheduler) {
    this.control = control;
    this.scheduler = scheduler;
    this.arbitration = new Arbitration(deviceId);
    control.listener(
        new SwitchControl.Listener() {
          @Override
          public void packetIn(byte[] frame) {
            fromSwitch(frame);
          }

          @Override
          public void digest(String digest, List<byte[]> fields) {
            ForwardingState s = state;
            if (s != null) {
              s.digests().digest(digest, fields);
            }
          }
        });
  }

  /** Packet-ins and digests that slow controllers never got. */
  public long droppedToControllers() {
    return droppedToControllers.get();
  }

  // ---- Write (§12) ---------------------------------------------------------------------------

  @Override
  public void write(WriteRequest m, StreamObserver<WriteResponse> out) {
    List<@Nullable RpcException> results = new ArrayList<>(m.getUpdatesCount());
    boolean failed = false;
    lock.writeLock().lock();
    try {
      arbitration.requireDevice(m.getDeviceId());
      arbitration.requirePrimary(m.getRole(), m.hasElectionId() ? m.getElectionId() : null);
      if (m.getAtomicity() != WriteRequest.Atomicity.CONTINUE_ON_ERROR) {
        throw RpcException.unimplemented(
            "atomicity " + m.getAtomicity() + "; allowed: CONTINUE_ON_ERROR");
      }
      ForwardingState s = state();
      for (Update u : m.getUpdatesList()) {
        @Nullable RpcException result = apply(s, u);
        failed |= result != null;
        results.add(result);
      }
    } catch (RpcException e) {
      out.onError(status(e));
      return;
    } finally {
      lock.writeLock().unlock();
    }
    if (failed) {
      out.onError(batchStatus(results));
    } else {
      out.onNext(WriteResponse.getDefaultInstance());
      out.onCompleted();
    }
  }

  /** Null: applied. */
  private @Nullable RpcException apply(ForwardingState s, Update u) {
    try {
      s.write(u);
      if (u.getEntity().getTableEntry().getIdleTimeoutNs() > 0) {
        watchIdle();
      }
      return null;
    } catch (RpcException e) {
      return e;
    }
  }

  /** §12.3: UNKNOWN, with one detail per update, in order, successful ones included. */
  private static StatusRuntimeException batchStatus(List<@Nullable RpcException> results) {
    com.google.rpc.Status.Builder b =
        com.google.rpc.Status.newBuilder().setCode(Code.UNKNOWN_VALUE);
    int failed = 0;
    for (RpcException r : results) {
      Error.Builder e = Error.newBuilder().setCanonicalCode(Code.OK_VALUE);
      if (r != null) {
        failed++;
        e.setCanonicalCode(r.code().getNumber())
            .setMessage(String.valueOf(r.getMessage()))
            .setSpace(ERROR_SPACE);
      }
      b.addDetails(Any.pack(e.build()));
    }
    return StatusProto.toStatusRuntimeException(
        b.setMessage(failed + " of " + results.size() + " updates failed").build());
  }

  // ---- Read (§13) ----------------------------------------------------------------------------

  @Override
  public void read(ReadRequest m, StreamObserver<ReadResponse> out) {
    List<ReadResponse> chunks = new ArrayList<>();
    ReadResponse.Builder[] chunk = {ReadResponse.newBuilder()};
    lock.readLock().lock();
    try {
      arbitration.requireDevice(m.getDeviceId());
      ForwardingState s = state();
      for (Entity request : m.getEntitiesList()) {
        s.read(
            request,
            e -> {
              chunk[0].addEntities(e);
              if (chunk[0].getEntitiesCount() == READ_CHUNK) {
                chunks.add(chunk[0].build());
                chunk[0] = ReadResponse.newBuilder();
              }
            });
      }
    } catch (RpcException e) {
      out.onError(status(e));
      return;
    } catch (IllegalArgumentException e) {
      out.onError(status(RpcException.invalid(String.valueOf(e.getMessage()))));
      return;
    } finally {
      lock.readLock().unlock();
    }
    if (chunk[0].getEntitiesCount() > 0 || chunks.isEmpty()) {
      chunks.add(chunk[0].build());
    }
    chunks.forEach(out::onNext);
    out.onCompleted();
  }

  private ForwardingState state() {
    if (state == null) {
      throw new RpcException(
          Code.FAILED_PRECONDITION,
          "no pipeline is configured; call SetForwardingPipelineConfig first");
    }
    return state;
  }

  // ---- pipeline (§14, §15) -------------------------------------------------------------------

  @Override
  public void setForwardingPipelineConfig(
      SetForwardingPipelineConfigRequest m,
      StreamObserver<SetForwardingPipelineConfigResponse> out) {
    lock.writeLock().lock();
    try {
      arbitration.requireDevice(m.getDeviceId());
      arbitration.requirePrimary(m.getRole(), m.hasElectionId() ? m.getElectionId() : null);
      set(m);
    } catch (RpcException e) {
      out.onError(status(e));
      return;
    } finally {
      lock.writeLock().unlock();
    }
    out.onNext(SetForwardingPipelineConfigResponse.getDefaultInstance());
    out.onCompleted();
  }

  private void set(SetForwardingPipelineConfigRequest m) {
    switch (m.getAction()) {
      case VERIFY -> verify(m);
      case VERIFY_AND_SAVE -> {
        Verified v = verify(m);
        state = new ForwardingState(v.info, new ShadowControl(v.info), scheduler, d -> {});
        config = m.getConfig();
        savedProgram = v.program;
      }
      case VERIFY_AND_COMMIT -> commit(verify(m), m.getConfig(), null);
      case COMMIT -> {
        if (m.hasConfig()) {
          throw RpcException.invalid("COMMIT takes no config: it commits the saved one");
        }
        if (savedProgram == null || config == null) {
          throw RpcException.notFound("no config was saved; call VERIFY_AND_SAVE first");
        }
        commit(new Verified(state().info(), savedProgram), config, state());
      }
      case RECONCILE_AND_COMMIT -> reconcile(verify(m), m.getConfig());
      case UNSPECIFIED, UNRECOGNIZED ->
          throw RpcException.invalid(
              "action is not set; allowed: VERIFY, VERIFY_AND_SAVE, VERIFY_AND_COMMIT, COMMIT,"
                  + " RECONCILE_AND_COMMIT");
    }
  }

  private record Verified(PipelineInfo info, P4Program program) {}

  private static Verified verify(SetForwardingPipelineConfigRequest m) {
    if (!m.hasConfig()) {
      throw RpcException.invalid(m.getAction() + " needs a config");
    }
    try {
      PipelineInfo info = new PipelineInfo(m.getConfig().getP4Info());
      P4Program program = P4Program.parse(m.getConfig().getP4DeviceConfig().toByteArray());
      info.checkAgainst(program);
      return new Verified(info, program);
    } catch (InvalidProgramException e) {
      throw RpcException.invalid("p4_device_config: " + e.getMessage());
    }
  }

  private void commit(Verified v, ForwardingPipelineConfig c, @Nullable ForwardingState replay) {
    control.load(v.program);
    ForwardingState fresh =
        new ForwardingState(
            v.info,
            control,
            scheduler,
            list -> toPrimaries(StreamMessageResponse.newBuilder().setDigest(list).build()));
    if (replay != null) {
      replay.replayInto(fresh);
    }
    state = fresh;
    config = c;
    savedProgram = null;
    headers = new ControllerHeaders(v.info);
  }

  private void reconcile(Verified v, ForwardingPipelineConfig c) {
    if (state == null || savedProgram != null) {
      commit(v, c, state);
      return;
    }
    // Entries are tried against the new P4Info before the switch is touched.
    ForwardingState trial =
        new ForwardingState(v.info, new ShadowControl(v.info), scheduler, d -> {});
    try {
      state.replayInto(trial);
    } catch (RpcException e) {
      throw RpcException.invalid(
          "the forwarding state does not fit the new pipeline: " + e.getMessage());
    }
    commit(v, c, state);
  }

  @Override
  public void getForwardingPipelineConfig(
      GetForwardingPipelineConfigRequest m,
      StreamObserver<GetForwardingPipelineConfigResponse> out) {
    ForwardingPipelineConfig c;
    lock.readLock().lock();
    try {
      arbitration.requireDevice(m.getDeviceId());
      state();
      c = config == null ? ForwardingPipelineConfig.getDefaultInstance() : config;
    } catch (RpcException e) {
      out.onError(status(e));
      return;
    } finally {
      lock.readLock().unlock();
    }
    ForwardingPipelineConfig.Builder b = ForwardingPipelineConfig.newBuilder();
    if (c.hasCookie()) {
      b.setCookie(c.getCookie());
    }
    switch (m.getResponseType()) {
      case ALL -> b.setP4Info(c.getP4Info()).setP4DeviceConfig(c.getP4DeviceConfig());
      case COOKIE_ONLY -> {
        // The cookie is there already.
      }
      case P4INFO_AND_COOKIE -> b.setP4Info(c.getP4Info());
      case DEVICE_CONFIG_AND_COOKIE -> b.setP4DeviceConfig(c.getP4DeviceConfig());
      case UNRECOGNIZED -> {
        out.onError(
            status(
                RpcException.invalid(
                    "response_type " + m.getResponseTypeValue() + " is not known")));
        return;
      }
    }
    out.onNext(GetForwardingPipelineConfigResponse.newBuilder().setConfig(b).build());
    out.onCompleted();
  }

  @Override
  public void capabilities(CapabilitiesRequest m, StreamObserver<CapabilitiesResponse> out) {
    out.onNext(CapabilitiesResponse.newBuilder().setP4RuntimeApiVersion(API_VERSION).build());
    out.onCompleted();
  }

  // ---- stream (§16) --------------------------------------------------------------------------

  @Override
  public StreamObserver<StreamMessageRequest> streamChannel(
      StreamObserver<StreamMessageResponse> responses) {
    Stream stream = new Stream((ServerCallStreamObserver<StreamMessageResponse>) responses);
    stream.out.setOnCancelHandler(stream::ended);
    stream.out.setOnReadyHandler(stream::drain);
    return stream;
  }

  private final class Stream implements StreamObserver<StreamMessageRequest> {
    private final ServerCallStreamObserver<StreamMessageResponse> out;
    private final Arbitration.Client client;
    private final Deque<StreamMessageResponse> queued = new ArrayDeque<>();
    private boolean closed;

    Stream(ServerCallStreamObserver<StreamMessageResponse> out) {
      this.out = out;
      this.client =
          new Arbitration.Client(
              m -> send(StreamMessageResponse.newBuilder().setArbitration(m).build()));
    }

    @Override
    public void onNext(StreamMessageRequest m) {
      switch (m.getUpdateCase()) {
        case ARBITRATION -> arbitrate(m);
        case PACKET -> packet(m.getPacket());
        case DIGEST_ACK -> ack(m);
        case OTHER -> error(Code.UNIMPLEMENTED, "other messages are not supported", null);
        case UPDATE_NOT_SET -> error(Code.INVALID_ARGUMENT, "the message is empty", null);
      }
    }

    private void arbitrate(StreamMessageRequest m) {
      lock.writeLock().lock();
      try {
        arbitration.update(client, m.getArbitration());
        publishPrimaries(this);
      } catch (RpcException e) {
        close(e);
      } finally {
        lock.writeLock().unlock();
      }
    }

    private void packet(PacketOut packet) {
      ControllerHeaders h = headers;
      if (!primaries.contains(this)) {
        error(Code.PERMISSION_DENIED, "only the primary may send packets", packet);
      } else if (h == null) {
        error(Code.FAILED_PRECONDITION, "no pipeline is configured", packet);
      } else {
        try {
          control.packetOut(h.encode(packet));
        } catch (RpcException e) {
          error(e.code(), String.valueOf(e.getMessage()), packet);
        }
      }
    }

    private void ack(StreamMessageRequest m) {
      ForwardingState s = state;
      String wrong =
          !primaries.contains(this)
              ? "only the primary may acknowledge digests"
              : s == null ? "no pipeline is configured" : s.digests().ack(m.getDigestAck());
      if (wrong != null) {
        send(
            StreamMessageResponse.newBuilder()
                .setError(
                    streamError(Code.NOT_FOUND, wrong)
                        .setDigestListAck(
                            DigestListAckError.newBuilder().setDigestListAck(m.getDigestAck())))
                .build());
      }
    }

    private void error(Code code, String message, @Nullable PacketOut packet) {
      StreamError.Builder b = streamError(code, message);
      if (packet != null) {
        b.setPacketOut(PacketOutError.newBuilder().setPacketOut(packet));
      }
      send(StreamMessageResponse.newBuilder().setError(b).build());
    }

    private StreamError.Builder streamError(Code code, String message) {
      return StreamError.newBuilder()
          .setCanonicalCode(code.getNumber())
          .setMessage(message)
          .setSpace(ERROR_SPACE);
    }

    synchronized void send(StreamMessageResponse m) {
      if (closed) {
        return;
      }
      if (queued.isEmpty() && out.isReady()) {
        out.onNext(m);
      } else if (queued.size() < MAX_QUEUED || m.hasArbitration()) {
        queued.add(m);
      } else {
        droppedToControllers.incrementAndGet();
      }
    }

    synchronized void drain() {
      while (!closed && !queued.isEmpty() && out.isReady()) {
        out.onNext(queued.remove());
      }
    }

    private void close(RpcException e) {
      ended();
      out.onError(status(e));
    }

    void ended() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
      }
      lock.writeLock().lock();
      try {
        arbitration.remove(client);
        publishPrimaries(this);
      } finally {
        lock.writeLock().unlock();
      }
    }

    @Override
    public void onError(Throwable t) {
      ended();
    }

    @Override
    public void onCompleted() {
      ended();
      out.onCompleted();
    }
  }

  /** Only one stream's standing can have changed for the better; the others are asked again. */
  private void publishPrimaries(Stream changed) {
    List<Stream> now = new ArrayList<>();
    for (Stream s : primaries) {
      if (s != changed && arbitration.isPrimary(s.client)) {
        now.add(s);
      }
    }
    if (arbitration.isPrimary(changed.client)) {
      now.add(changed);
    }
    primaries = List.copyOf(now);
  }

  private void toPrimaries(StreamMessageResponse m) {
    primaries.forEach(s -> s.send(m));
  }

  /** The switch's thread: hands over and returns. */
  private void fromSwitch(byte[] frame) {
    ControllerHeaders h = headers;
    PacketIn packet = h == null ? null : h.decode(frame);
    if (packet != null) {
      toPrimaries(StreamMessageResponse.newBuilder().setPacket(packet).build());
    }
  }

  // ---- idle timeouts (§16.4) -----------------------------------------------------------------

  private void watchIdle() {
    if (!idleChecking) {
      idleChecking = true;
      scheduler.after(IDLE_CHECK_NS, this::checkIdle);
    }
  }

  private void checkIdle() {
    IdleTimeoutNotification.Builder b = IdleTimeoutNotification.newBuilder();
    boolean any = false;
    lock.writeLock().lock();
    try {
      for (TableStore t : state == null ? List.<TableStore>of() : state.tables()) {
        for (TableStore.Stored s : t.stored()) {
          long ttl = s.entry.getIdleTimeoutNs();
          any |= ttl > 0;
          boolean idle = ttl > 0 && t.idleNs(s) >= ttl;
          if (idle && !s.idleReported) {
            b.addTableEntry(TableEntry.newBuilder(s.entry).clearAction());
          }
          s.idleReported = idle;
        }
      }
      idleChecking = any;
    } finally {
      lock.writeLock().unlock();
    }
    if (b.getTableEntryCount() > 0) {
      toPrimaries(
          StreamMessageResponse.newBuilder()
              .setIdleTimeoutNotification(b.setTimestamp(control.nowNs()))
              .build());
    }
    if (any) {
      scheduler.after(IDLE_CHECK_NS, this::checkIdle);
    }
  }

  private static StatusRuntimeException status(RpcException e) {
    return Status.fromCodeValue(e.code().getNumber())
        .withDescription(e.getMessage())
        .asRuntimeException();
  }
}
