package io.myelin.node.northbound;

import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.myelin.node.log.HandshakeFailureLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gRPC server: leases, jobs, paths, fabric, telemetry, health, reflection. */
public final class NorthboundServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NorthboundServer.class);

  private static final long CLOSE_TIMEOUT_S = 2;

  /** Threads of connections end when they had nothing to do for so long; nobody waits for it. */
  private static final long QUIET_MS = 200;

  /** Beyond these a connection's calls wait in the client. */
  private static final int MAX_CALLS_PER_CONNECTION = 1_024;

  /** Requests are small; a list of 256 QPs is 2 KiB. */
  public static final int MAX_REQUEST_BYTES = 1 << 20;

  private final NorthboundServices services;
  private final Server server;

  /** Apart from gRPC's shared one: what switches tell must not wait behind what clients ask. */
  private final EventLoopGroup connections =
      new MultiThreadIoEventLoopGroup(
          Math.max(1, NorthboundServices.THREADS / 2),
          new DefaultThreadFactory("northbound-io", true),
          NioIoHandler.newFactory());

  private final HealthStatusManager health = new HealthStatusManager();

  /**
   * Starts to serve.
   *
   * @param address to listen on; port 0: any free one
   * @param services closed with this
   * @throws IOException naming the address when it cannot be bound
   */
  public NorthboundServer(
      InetSocketAddress address, ServerCredentials credentials, NorthboundServices services)
      throws IOException {
    HandshakeFailureLog.install();
    this.services = services;
    try {
      NettyServerBuilder builder =
          NettyServerBuilder.forAddress(address, credentials)
              .executor(services.workers())
              .channelType(NioServerSocketChannel.class)
              .bossEventLoopGroup(connections)
              .workerEventLoopGroup(connections)
              .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
              .maxInboundMessageSize(MAX_REQUEST_BYTES)
              .permitKeepAliveTime(5, TimeUnit.SECONDS)
              .addService(health.getHealthService())
              .addService(ProtoReflectionServiceV1.newInstance());
      services.services().forEach(builder::addService);
      List<ServerInterceptor> inside = new ArrayList<>(services.interceptors());
      Collections.reverse(inside);
      inside.forEach(builder::intercept); // the last one added is the first to see a call
      server = builder.build();
      health.setStatus("", ServingStatus.NOT_SERVING);
      server.start();
    } catch (IOException e) {
      end();
      throw new IOException("cannot listen on " + address + ": " + cause(e), e);
    } catch (RuntimeException | LinkageError e) {
      end();
      throw e;
    }
  }

  /** Says over gRPC health whether this node can do its work. */
  public void serving(boolean yes) {
    health.setStatus("", yes ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    services.hush();
    try {
      // What gRPC still has to tell cancelled calls runs on the workers.
      if (!server.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
        log.info("calls did not end in {} s", CLOSE_TIMEOUT_S);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    end();
  }

  private void end() {
    services.close();
    // Workers may be in the midst of an answer, which they hand over to these threads.
    connections.shutdownGracefully(QUIET_MS, CLOSE_TIMEOUT_S * 1_000, TimeUnit.MILLISECONDS);
  }

  private static String cause(Throwable t) {
    Throwable root = t;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
