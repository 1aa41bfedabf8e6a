package io.myelin.node.store;

import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * Lets no acknowledgement of entries out before they are on disk, for a leader may commit on it.
 *
 * <p>The engine waits for entries that it appends. Those that it holds already, because the leader
 * sent them twice, it acknowledges at once, though the first copy may still wait to be written: a
 * member that is killed then has lost what it acknowledged.
 */
final class DurableAckInterceptor implements ServerInterceptor {
  private static final long LOOK_MS = 1;

  private final LongSupplier flushed;
  private final GuardedExecutor timer;

  /**
   * @param flushed the last entry that is on disk
   * @param timer looks again at what is held back
   */
  DurableAckInterceptor(LongSupplier flushed, GuardedExecutor timer) {
    this.flushed = flushed;
    this.timer = timer;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(new Held<>(call), headers);
  }

  /** What is said on a call, and the entry that must be on disk before. */
  private record Said(long entry, Runnable say) {}

  /** Keeps the order: what comes after an acknowledgement that is held back waits as well. */
  private final class Held<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private final Deque<Said> waiting = new ArrayDeque<>();

    Held(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public void sendMessage(R message) {
      say(acknowledged(message), () -> super.sendMessage(message));
    }

    @Override
    public void close(Status status, Metadata trailers) {
      say(RaftLog.INVALID_LOG_INDEX, () -> super.close(status, trailers));
    }

    private synchronized void say(long entry, Runnable what) {
      waiting.add(new Said(entry, what));
      if (waiting.size() == 1) {
        look();
      }
    }

    private synchronized void look() {
      if (isCancelled()) {
        waiting.clear(); // nobody listens
        return;
      }
      while (!waiting.isEmpty() && waiting.element().entry <= flushed.getAsLong()) {
        waiting.remove().say.run();
      }
      if (!waiting.isEmpty()) {
        try {
          var unused = timer.schedule(this::look, LOOK_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closing) {
          waiting.clear(); // the leader hears of it from the connection
        }
      }
    }
  }

  /** The entry up to which a message acknowledges; none: {@link RaftLog#INVALID_LOG_INDEX}. */
  private static long acknowledged(Object message) {
    return message instanceof AppendEntriesReplyProto r && r.getResult() == AppendResult.SUCCESS
        ? r.getMatchIndex()
        : RaftLog.INVALID_LOG_INDEX;
  }
}
