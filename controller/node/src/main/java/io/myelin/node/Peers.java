package io.myelin.node;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Timestamp;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.node.client.Connections;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import io.myelin.v1.GetClusterResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Channels to the other members' APIs, made when first needed. Thread-safe. */
public final class Peers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Peers.class);
  private static final long SOON_MS = 300;

  private final SortedMap<String, String> apis;
  private final ChannelCredentials credentials;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

  public Peers(SortedMap<String, String> apis, ChannelCredentials credentials) {
    this.apis = apis;
    this.credentials = credentials;
  }

  /** To a member's API; null: it is not configured. */
  public @Nullable Channel channel(String member) {
    String target = apis.get(member);
    return target == null
        ? null
        : Connections.hasten(
            channels.computeIfAbsent(
                member,
                m ->
                    NettyChannelBuilder.forTarget(target, credentials)
                        .maxInboundMessageSize(64 << 20)
                        .keepAliveTime(10, TimeUnit.SECONDS)
                        .keepAliveTimeout(2, TimeUnit.SECONDS)
                        .build()));
  }

  /** What the clocks of the others say, of those that answer soon; milliseconds since 1970. */
  public List<Long> times(String self) {
    List<ListenableFuture<GetClusterResponse>> answers = new ArrayList<>();
    for (String member : apis.keySet()) {
      Channel c = member.equals(self) ? null : channel(member);
      if (c != null) {
        answers.add(
            ClusterServiceGrpc.newFutureStub(c)
                .withDeadlineAfter(SOON_MS, TimeUnit.MILLISECONDS)
                .getCluster(GetClusterRequest.getDefaultInstance()));
      }
    }
    List<Long> times = new ArrayList<>();
    for (ListenableFuture<GetClusterResponse> answer : answers) {
      try {
        Timestamp t = answer.get().getClockTime();
        times.add(t.getSeconds() * 1_000 + t.getNanos() / 1_000_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        log.debug("a member does not say what time it is", e);
      }
    }
    return times;
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
