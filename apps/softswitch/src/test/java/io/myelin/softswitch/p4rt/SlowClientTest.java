package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SlowClientTest {

  /** A client that reads when told to. */
  private static final class Client extends ServerCallStreamObserver<StreamMessageResponse> {
    boolean ready;
    @Nullable Throwable error;
    Runnable onReady = () -> {};
    final List<StreamMessageResponse> got = new ArrayList<>();

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void setOnReadyHandler(Runnable r) {
      onReady = r;
    }

    @Override
    public void setOnCancelHandler(Runnable r) {}

    @Override
    public void onNext(StreamMessageResponse m) {
      got.add(m);
    }

    @Override
    public void onError(Throwable t) {
      error = t;
    }

    @Override
    public void onCompleted() {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}
  }

  private static final class Gone implements StreamSession.Handler {
    int disconnected;

    @Override
    public void received(StreamSession from, StreamMessageRequest message) {}

    @Override
    public void disconnected(StreamSession session) {
      disconnected++;
    }
  }

  private static StreamMessageResponse message(long timestamp) {
    StreamMessageResponse.Builder m = StreamMessageResponse.newBuilder();
    m.getDigestBuilder().setTimestamp(timestamp);
    return m.build();
  }

  @Test
  void packetsForASlowClientWaitInABoundedQueueThenAreDropped() {
    Client client = new Client();
    StreamSession session = new StreamSession(client, new Gone());
    for (int i = 0; i < StreamSession.MAX_QUEUED; i++) {
      assertTrue(session.offer(message(i)));
    }
    assertFalse(session.offer(message(-1)));
    session.send(message(-2));
    client.ready = true;
    client.onReady.run();
    assertEquals(StreamSession.MAX_QUEUED + 1, client.got.size());
    assertEquals(-2, client.got.get(StreamSession.MAX_QUEUED).getDigest().getTimestamp());
    assertTrue(session.offer(message(0)));
  }

  @Test
  void clientThatNeverReadsIsDisconnected() {
    Client client = new Client();
    Gone gone = new Gone();
    StreamSession session = new StreamSession(client, gone);
    for (int i = 0; client.error == null; i++) {
      assertTrue(i < 10_000, "bounded");
      session.send(message(i));
    }
    assertEquals(1, gone.disconnected);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, Status.fromThrowable(client.error).getCode());
    assertFalse(session.offer(message(0)));
  }
}
