package io.myelin.node;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Channels to the other members' APIs, made when first needed. Thread-safe. */
final class Peers implements AutoCloseable {
  private final SortedMap<String, String> apis;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

  Peers(SortedMap<String, String> apis) {
    this.apis = apis;
  }

  /** To a member's API; null: it is not configured. */
  @Nullable Channel channel(String member) {
    String target = apis.get(member);
    return target == null
        ? null
        : channels.computeIfAbsent(
            member,
            m ->
                NettyChannelBuilder.forTarget(target)
                    .usePlaintext()
                    .maxInboundMessageSize(64 << 20)
                    .keepAliveTime(10, TimeUnit.SECONDS)
                    .keepAliveTimeout(2, TimeUnit.SECONDS)
                    .build());
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
