package io.myelin.node.northbound;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.StateLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Serves {@code PathService} alone, on loopback: for fabrics that are planned, not run. */
public final class PathServer implements AutoCloseable {
  private final Server server;

  /**
   * Starts to serve on any free port.
   *
   * @throws IOException when loopback cannot be bound
   */
  public PathServer(StateLog stateLog, LiveConditions present) throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .addService(new PathApi(stateLog, present))
            .build()
            .start();
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
