package io.myelin.softswitch.p4rt;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One client's stream. Messages wait in a bounded queue while the client is slow; when it is full,
 * packets and notifications are lost and counted, and a client that does not even read arbitration
 * messages is disconnected. Senders never wait.
 */
final class StreamSession implements StreamObserver<StreamMessageRequest> {
  /** Messages that wait for a slow client: at 1,500 bytes each, 1.5 MB. */
  static final int MAX_QUEUED = 1024;

  /** Room beyond that for arbitration messages, which are never dropped. */
  private static final int MAX_ARBITRATION_QUEUED = 256;

  private final ServerCallStreamObserver<StreamMessageResponse> client;
  private final Handler handler;
  private final Queue<StreamMessageResponse> queue = new ArrayDeque<>();
  private boolean closed;

  /** What a stream is connected to. */
  interface Handler {
    /** A {@link Refusal} ends the stream. */
    void received(StreamSession from, StreamMessageRequest message);

    void disconnected(StreamSession session);
  }

  StreamSession(StreamObserver<StreamMessageResponse> client, Handler handler) {
    this.client = (ServerCallStreamObserver<StreamMessageResponse>) client;
    this.handler = handler;
    this.client.setOnReadyHandler(this::drain);
    this.client.setOnCancelHandler(this::gone);
  }

  synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void drain() {
    while (!closed && client.isReady()) {
      StreamMessageResponse m = queue.poll();
      if (m == null) {
        return;
      }
      client.onNext(m);
    }
  }

  /** Sends, or queues; false if the message is lost. */
  synchronized boolean offer(StreamMessageResponse m) {
    if (closed || (!client.isReady() && queue.size() >= MAX_QUEUED)) {
      return false;
    }
    if (queue.isEmpty() && client.isReady()) {
      client.onNext(m);
    } else {
      queue.add(m);
      drain();
    }
    return true;
  }

  /** Sends what must not be lost. */
  void send(StreamMessageResponse m) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (queue.size() < MAX_QUEUED + MAX_ARBITRATION_QUEUED) {
        queue.add(m);
        drain();
        return;
      }
    }
    close(Refusal.exhausted("the client does not read its stream"));
  }

  private void close(Refusal r) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      queue.clear();
      client.onError(Errors.rpc(r));
    }
    handler.disconnected(this);
  }

  private void gone() {
    synchronized (this) {
      closed = true;
      queue.clear();
    }
    handler.disconnected(this);
  }

  @Override
  public void onNext(StreamMessageRequest message) {
    try {
      handler.received(this, message);
    } catch (Refusal r) {
      close(r);
    }
  }

  @Override
  public void onError(Throwable t) {
    gone();
  }

  @Override
  public void onCompleted() {
    synchronized (this) {
      if (!closed) {
        closed = true;
        queue.clear();
        client.onCompleted();
      }
    }
    handler.disconnected(this);
  }
}
