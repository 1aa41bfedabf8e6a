package io.myelin.softswitch.p4rt;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.v1.CapabilitiesRequest;
import io.myelin.p4.v1.CapabilitiesResponse;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.GetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.ReadResponse;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.Uint128;
import io.myelin.p4.v1.WriteRequest;
import io.myelin.p4.v1.WriteResponse;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * P4Runtime 1.5 for one device. docs/P4RUNTIME.md maps the specification's requirements to tests.
 *
 * <p>Locks, in the order in which they are taken: arbitration (one update at a time); the state
 * lock (writers of pipeline and entities exclude each other and readers, so a read never sees half
 * a batch; held while state is collected, not while a client is sent to); the digest streamer's; a
 * stream's. The switch's thread takes only the last two, briefly.
 */
public final class P4RuntimeService extends P4RuntimeGrpc.P4RuntimeImplBase {
  static final String API_VERSION = "1.5.0";

  /** A scan for idle entries that finds the state being written comes back this much later. */
  private static final long IDLE_RETRY_NS = 1_000_000;

  private final P4RuntimeOptions options;
  private final SwitchControl control;
  private final ReentrantReadWriteLock stateLock = new ReentrantReadWriteLock(true);
  private final StreamHub hub;
  private final Pipelines pipelines;
  private long idleArmedNs = Long.MAX_VALUE;

  /** Takes over as the switch's listener. */
  public P4RuntimeService(SwitchControl control, P4RuntimeOptions options) {
    this.control = control;
    this.options = options;
    this.hub =
        new StreamHub(
            options.deviceId(),
            stateLock,
            control,
            options,
            h ->
                new Pipelines(
                    control,
                    () -> new IdleTimeouts(control, options::epochNs, h::sendIdle, this::armIdle),
                    h.digests()::configure,
                    h.digests()::clear));
    this.pipelines = hub.pipelines();
    control.listener(hub);
  }

  /** What passed over the streams. */
  public P4RuntimeStats stats() {
    return hub.stats();
  }

  private void checkDevice(long deviceId) {
    if (deviceId != options.deviceId()) {
      throw Refusal.notFound(
          "device_id "
              + Long.toUnsignedString(deviceId)
              + " is not served here; valid: "
              + Long.toUnsignedString(options.deviceId()));
    }
  }

  private void checkPrimary(boolean hasElectionId, Uint128 electionId, String role) {
    hub.checkPrimary(role, hasElectionId ? ElectionId.of(electionId) : null);
  }

  /** Answers, or turns what was thrown into a status. */
  private static <T> void answer(StreamObserver<T> client, Supplier<T> body) {
    T response;
    try {
      response = body.get();
    } catch (StatusRuntimeException e) {
      client.onError(e);
      return;
    } catch (RuntimeException e) {
      client.onError(Errors.rpc(Errors.refusal(e)));
      return;
    }
    client.onNext(response);
    client.onCompleted();
  }

  @Override
  public void capabilities(CapabilitiesRequest r, StreamObserver<CapabilitiesResponse> client) {
    answer(
        client,
        () -> {
          UnknownFields.refuse(r, "");
          if (r.getDeviceId() != 0) {
            checkDevice(r.getDeviceId());
          }
          return CapabilitiesResponse.newBuilder().setP4RuntimeApiVersion(API_VERSION).build();
        });
  }

  // ---- write -----------------------------------------------------------------------------------

  @Override
  public void write(WriteRequest r, StreamObserver<WriteResponse> client) {
    answer(
        client,
        () -> {
          checkDevice(r.getDeviceId());
          checkPrimary(r.hasElectionId(), r.getElectionId(), r.getRole());
          UnknownFields.refuse(r.toBuilder().clearUpdates().build(), "");
          stateLock.writeLock().lock();
          try {
            // Again: the primary may have changed while this write waited.
            checkPrimary(r.hasElectionId(), r.getElectionId(), r.getRole());
            apply(r);
          } finally {
            stateLock.writeLock().unlock();
          }
          return WriteResponse.getDefaultInstance();
        });
  }

  private void apply(WriteRequest r) {
    BatchWriter writer = new BatchWriter(pipelines.state());
    switch (r.getAtomicity()) {
      case CONTINUE_ON_ERROR -> writer.continueOnError(r.getUpdatesList());
      case ROLLBACK_ON_ERROR -> writer.rollbackOnError(r.getUpdatesList());
      case DATAPLANE_ATOMIC ->
          throw Refusal.unimplemented(
              "DATAPLANE_ATOMIC; valid: CONTINUE_ON_ERROR, ROLLBACK_ON_ERROR");
      case UNRECOGNIZED ->
          throw Refusal.invalid(
              "atomicity "
                  + r.getAtomicityValue()
                  + " is not known; valid: CONTINUE_ON_ERROR, ROLLBACK_ON_ERROR");
    }
  }

  // ---- read ------------------------------------------------------------------------------------

  @Override
  public void read(ReadRequest r, StreamObserver<ReadResponse> observer) {
    ServerCallStreamObserver<ReadResponse> client =
        (ServerCallStreamObserver<ReadResponse>) observer;
    ReadStream stream;
    try {
      checkDevice(r.getDeviceId());
      UnknownFields.refuse(r.toBuilder().clearEntities().build(), "");
      stream = snapshot(r, client);
    } catch (RuntimeException e) {
      client.onError(Errors.rpc(Errors.refusal(e)));
      return;
    }
    client.setOnReadyHandler(stream::pump);
    client.setOnCancelHandler(() -> {});
    stream.pump();
  }

  private ReadStream snapshot(ReadRequest r, ServerCallStreamObserver<ReadResponse> client) {
    List<Entity> found = new ArrayList<>();
    BatchErrors errors = new BatchErrors("entity", r.getEntitiesCount());
    stateLock.readLock().lock();
    try {
      ForwardingState state = pipelines.state();
      StateReader reader = new StateReader(state, found::add);
      for (int i = 0; i < r.getEntitiesCount(); i++) {
        int before = found.size();
        try {
          UnknownFields.refuse(r.getEntities(i), "");
          reader.read(r.getEntities(i));
        } catch (RuntimeException ex) {
          found.subList(before, found.size()).clear();
          errors.set(i, Errors.refusal(ex));
        }
      }
    } finally {
      stateLock.readLock().unlock();
    }
    return new ReadStream(found, errors.any() ? errors.status() : null, client);
  }

  // ---- pipeline --------------------------------------------------------------------------------

  @Override
  public void setForwardingPipelineConfig(
      SetForwardingPipelineConfigRequest r,
      StreamObserver<SetForwardingPipelineConfigResponse> client) {
    answer(
        client,
        () -> {
          checkDevice(r.getDeviceId());
          checkPrimary(r.hasElectionId(), r.getElectionId(), r.getRole());
          UnknownFields.refuse(r, "");
          stateLock.writeLock().lock();
          try {
            checkPrimary(r.hasElectionId(), r.getElectionId(), r.getRole());
            pipelines.set(r.getAction(), r.hasConfig() ? r.getConfig() : null);
          } finally {
            stateLock.writeLock().unlock();
          }
          return SetForwardingPipelineConfigResponse.getDefaultInstance();
        });
  }

  @Override
  public void getForwardingPipelineConfig(
      GetForwardingPipelineConfigRequest r,
      StreamObserver<GetForwardingPipelineConfigResponse> client) {
    answer(
        client,
        () -> {
          checkDevice(r.getDeviceId());
          UnknownFields.refuse(r, "");
          Pipelines.Pipeline p = pipelines.committed();
          GetForwardingPipelineConfigResponse.Builder out =
              GetForwardingPipelineConfigResponse.newBuilder();
          return p == null ? out.build() : out.setConfig(select(p.config(), r)).build();
        });
  }

  private static ForwardingPipelineConfig select(
      ForwardingPipelineConfig c, GetForwardingPipelineConfigRequest r) {
    return switch (r.getResponseType()) {
      case ALL -> c;
      case COOKIE_ONLY -> c.toBuilder().clearP4Info().clearP4DeviceConfig().build();
      case P4INFO_AND_COOKIE -> c.toBuilder().clearP4DeviceConfig().build();
      case DEVICE_CONFIG_AND_COOKIE -> c.toBuilder().clearP4Info().build();
      case UNRECOGNIZED ->
          throw Refusal.invalid(
              "response_type "
                  + r.getResponseTypeValue()
                  + " is not known; valid: ALL, COOKIE_ONLY, P4INFO_AND_COOKIE,"
                  + " DEVICE_CONFIG_AND_COOKIE");
    };
  }

  // ---- stream ----------------------------------------------------------------------------------

  @Override
  public StreamObserver<StreamMessageRequest> streamChannel(
      StreamObserver<StreamMessageResponse> client) {
    return new StreamSession(client, hub);
  }

  // ---- idle timeouts ---------------------------------------------------------------------------

  /** Called under the write lock. */
  private void armIdle(long switchTimeNs) {
    if (switchTimeNs >= idleArmedNs) {
      return;
    }
    idleArmedNs = switchTimeNs;
    options
        .scheduler()
        .after(Math.max(0, switchTimeNs - control.nowNs()), () -> wakeIdle(switchTimeNs));
  }

  private void wakeIdle(long armedNs) {
    options
        .timerExecutor()
        .execute(
            () -> {
              if (!stateLock.writeLock().tryLock()) {
                options.scheduler().after(IDLE_RETRY_NS, () -> wakeIdle(armedNs));
                return;
              }
              try {
                scanIdle(armedNs);
              } finally {
                stateLock.writeLock().unlock();
              }
            });
  }

  private void scanIdle(long armedNs) {
    if (armedNs == idleArmedNs) {
      idleArmedNs = Long.MAX_VALUE;
    }
    Pipelines.Pipeline p = pipelines.committed();
    if (p != null) {
      p.state().idle.scan();
    }
  }
}
