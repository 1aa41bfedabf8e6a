package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.node.control.ManualExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.junit.jupiter.api.Test;

/** What is acknowledged is on disk. */
final class DurableAckInterceptorTest {
  private final AtomicLong flushed = new AtomicLong(10);
  private final ManualExecutor timer = new ManualExecutor();
  private final List<String> said = new ArrayList<>();
  private boolean cancelled;
  private final ServerCall<AppendEntriesRequestProto, AppendEntriesReplyProto> call = held();

  /** A call as the engine sees it. */
  private ServerCall<AppendEntriesRequestProto, AppendEntriesReplyProto> held() {
    List<ServerCall<AppendEntriesRequestProto, AppendEntriesReplyProto>> seen = new ArrayList<>();
    var unused =
        new DurableAckInterceptor(flushed::get, timer.guarded())
            .interceptCall(
                new Wire(),
                new Metadata(),
                (c, headers) -> {
                  seen.add(c);
                  return new ServerCall.Listener<>() {};
                });
    return seen.get(0);
  }

  private final class Wire extends ServerCall<AppendEntriesRequestProto, AppendEntriesReplyProto> {
    @Override
    public void sendMessage(AppendEntriesReplyProto m) {
      said.add(m.getResult() + " " + m.getMatchIndex());
    }

    @Override
    public void close(Status status, Metadata trailers) {
      said.add("closed");
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public MethodDescriptor<AppendEntriesRequestProto, AppendEntriesReplyProto>
        getMethodDescriptor() {
      return RaftServerProtocolServiceGrpc.getAppendEntriesMethod();
    }
  }

  private static AppendEntriesReplyProto reply(AppendResult result, long match) {
    return AppendEntriesReplyProto.newBuilder().setResult(result).setMatchIndex(match).build();
  }

  @Test
  void whatIsOnDiskIsAcknowledgedAtOnce() {
    call.sendMessage(reply(AppendResult.SUCCESS, 10));
    assertEquals(List.of("SUCCESS 10"), said);
  }

  @Test
  void whatIsNotWaitsAndWhatComesAfterItToo() {
    call.sendMessage(reply(AppendResult.SUCCESS, 12));
    call.sendMessage(reply(AppendResult.INCONSISTENCY, RaftLog.INVALID_LOG_INDEX));
    call.sendMessage(reply(AppendResult.SUCCESS, 13));
    call.close(Status.OK, new Metadata());
    timer.advanceMs(5);
    flushed.set(11);
    timer.advanceMs(5);
    assertEquals(List.of(), said);
    flushed.set(12);
    timer.advanceMs(5);
    assertEquals(List.of("SUCCESS 12", "INCONSISTENCY -1"), said);
    flushed.set(13);
    timer.advanceMs(5);
    assertEquals(List.of("SUCCESS 12", "INCONSISTENCY -1", "SUCCESS 13", "closed"), said);
  }

  @Test
  void nothingIsSaidToWhoeverWentAway() {
    call.sendMessage(reply(AppendResult.SUCCESS, 12));
    cancelled = true;
    flushed.set(12);
    timer.advanceMs(5);
    assertEquals(List.of(), said);
  }

  /** Beats acknowledge nothing. */
  @Test
  void beatsDoNotWait() {
    call.sendMessage(reply(AppendResult.SUCCESS, RaftLog.INVALID_LOG_INDEX));
    assertEquals(List.of("SUCCESS -1"), said);
  }
}
