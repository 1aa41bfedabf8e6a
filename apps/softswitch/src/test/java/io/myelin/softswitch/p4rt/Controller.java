package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.Uint128;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One stream of a client: what arrives is awaited, never slept for. */
final class Controller implements StreamObserver<StreamMessageResponse> {
  private static final long TIMEOUT_S = 10;

  private final BlockingQueue<StreamMessageResponse> received = new LinkedBlockingQueue<>();
  private final BlockingQueue<Status> ended = new LinkedBlockingQueue<>();
  final StreamObserver<StreamMessageRequest> stream;

  Controller(P4RuntimeGrpc.P4RuntimeStub stub) {
    stream = stub.streamChannel(this);
  }

  static Uint128 id(long low) {
    return Uint128.newBuilder().setLow(low).build();
  }

  void arbitrate(MasterArbitrationUpdate.Builder m) {
    stream.onNext(StreamMessageRequest.newBuilder().setArbitration(m).build());
  }

  void arbitrate(@Nullable Uint128 electionId, String role) {
    MasterArbitrationUpdate.Builder m =
        MasterArbitrationUpdate.newBuilder().setDeviceId(Fixture.DEVICE);
    if (electionId != null) {
      m.setElectionId(electionId);
    }
    if (!role.isEmpty()) {
      m.getRoleBuilder().setName(role);
    }
    arbitrate(m);
  }

  StreamMessageResponse await() {
    try {
      StreamMessageResponse m = received.poll(TIMEOUT_S, TimeUnit.SECONDS);
      assertNotNull(m, () -> "nothing came; ended: " + ended);
      return m;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  MasterArbitrationUpdate awaitArbitration(int code) {
    StreamMessageResponse m = await();
    assertTrue(m.hasArbitration(), m::toString);
    assertEquals(code, m.getArbitration().getStatus().getCode(), m::toString);
    return m.getArbitration();
  }

  MasterArbitrationUpdate awaitPrimary() {
    return awaitArbitration(Code.OK_VALUE);
  }

  MasterArbitrationUpdate awaitBackupWithPrimary() {
    return awaitArbitration(Code.ALREADY_EXISTS_VALUE);
  }

  MasterArbitrationUpdate awaitBackupWithoutPrimary() {
    return awaitArbitration(Code.NOT_FOUND_VALUE);
  }

  Status awaitEnd() {
    try {
      Status s = ended.poll(TIMEOUT_S, TimeUnit.SECONDS);
      assertNotNull(s, "the stream did not end");
      return s;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  boolean hasReceivedNothing() {
    return received.isEmpty();
  }

  @Override
  public void onNext(StreamMessageResponse m) {
    received.add(m);
  }

  @Override
  public void onError(Throwable t) {
    ended.add(Status.fromThrowable(t));
  }

  @Override
  public void onCompleted() {
    ended.add(Status.OK);
  }
}
