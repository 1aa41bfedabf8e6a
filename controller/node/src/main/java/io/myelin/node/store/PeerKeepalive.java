package io.myelin.node.store;

import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a follower's connections to the other members in order, most of which only votes need: one
 * that broke when the other was restarted is otherwise found broken in the next election, which
 * then takes one election's time more, or up to two minutes, for so long gRPC does not try again.
 */
final class PeerKeepalive implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PeerKeepalive.class);
  private static final long EVERY_MS = 500;

  private final RaftServer server;
  private final RaftGroupId group;
  private final List<RaftPeerId> others;
  private final ClientId client = ClientId.randomId();
  private final GuardedExecutor thread = GuardedExecutor.single("lines");
  private long calls;

  PeerKeepalive(RaftServer server, RaftGroupId group, List<RaftPeerId> others) {
    this.server = server;
    this.group = group;
    this.others = others;
    thread.scheduleWithFixedDelay(this::look, EVERY_MS, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      if (server.getDivision(group).getInfo().isLeader()) {
        return; // whoever leads talks to all of them all the time
      }
      for (RaftPeerId other : others) {
        greet(other);
      }
    } catch (IOException | RuntimeException e) {
      log.debug("the other members are not asked", e);
    }
  }

  /** Asks what does no harm, and only a leader can answer; that there is an answer suffices. */
  private void greet(RaftPeerId other) throws IOException {
    RaftClientRequest read =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(other)
            .setGroupId(group)
            .setCallId(++calls)
            .setMessage(Message.EMPTY)
            .setType(RaftClientRequest.readRequestType())
            .build();
    ReadIndexRequestProto request =
        ReadIndexRequestProto.newBuilder()
            .setServerRequest(
                ClientProtoUtils.toRaftRpcRequestProtoBuilder(
                    RaftGroupMemberId.valueOf(server.getId(), group), other))
            .setClientRequest(ClientProtoUtils.toRaftClientRequestProto(read, false))
            .build();
    thread.whenComplete(
        server.getServerRpc().async().readIndexAsync(request),
        (r, t) -> {
          if (t != null && broken(t)) {
            server.getServerRpc().handleException(other, new IOException(t), true);
          }
        });
  }

  private static boolean broken(Throwable t) {
    Throwable cause = t instanceof CompletionException && t.getCause() != null ? t.getCause() : t;
    return Status.fromThrowable(cause).getCode() == Status.Code.UNAVAILABLE;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
