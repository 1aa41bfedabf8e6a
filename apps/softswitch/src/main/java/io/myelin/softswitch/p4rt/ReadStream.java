package io.myelin.softswitch.p4rt;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.ReadResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends a snapshot in chunks, as fast as the client reads and no faster. */
final class ReadStream {
  /** Entities in one message; at about 200 bytes each well below the usual limit of 4 MB. */
  static final int CHUNK = 1000;

  private final List<Entity> entities;
  private final @Nullable StatusRuntimeException error;
  private final ServerCallStreamObserver<ReadResponse> client;
  private int next;
  private boolean done;

  ReadStream(
      List<Entity> entities,
      @Nullable StatusRuntimeException error,
      ServerCallStreamObserver<ReadResponse> client) {
    this.entities = entities;
    this.error = error;
    this.client = client;
  }

  /** Sends what fits now; called again whenever the client is ready for more. */
  synchronized void pump() {
    while (!done && (client.isReady() || next >= entities.size())) {
      if (client.isCancelled()) {
        done = true;
      } else if (next < entities.size()) {
        int end = Math.min(next + CHUNK, entities.size());
        client.onNext(
            ReadResponse.newBuilder().addAllEntities(entities.subList(next, end)).build());
        next = end;
      } else {
        done = true;
        finish();
      }
    }
  }

  private void finish() {
    if (error == null) {
      client.onCompleted();
    } else {
      client.onError(error);
    }
  }
}
