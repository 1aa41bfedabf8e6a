package io.myelin.lab.service;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.myelin.lab.LabFabric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Serves {@code myelin.lab.v1} for a running fabric on loopback, in plaintext: whoever may start
 * programs on this machine may break its labs.
 */
public final class LabServer implements AutoCloseable {
  /** Where a lab is looked for: the port before the node's. Behind it members have their raft's. */
  public static final int DEFAULT_PORT = 9549;

  private static final int MAX_CALLS_PER_CONNECTION = 16;
  private static final int CLOSE_TIMEOUT_S = 5;

  private final Server server;

  /**
   * @param port on 127.0.0.1; 0: any free one
   * @throws IOException when it is taken
   */
  public LabServer(LabFabric fabric, int port) throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .addService(new LabService(fabric))
            .addService(ProtoReflectionServiceV1.newInstance())
            .build()
            .start();
  }

  /** The port that was bound. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
