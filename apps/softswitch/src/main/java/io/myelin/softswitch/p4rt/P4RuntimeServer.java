package io.myelin.softswitch.p4rt;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.myelin.softswitch.engine.SwitchControl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A {@link P4RuntimeService} on a loopback port, in plaintext, for nothing beyond this machine. */
public final class P4RuntimeServer implements AutoCloseable {
  /** The specification's advice for device configs (appendix "gRPC Server Maximum"). */
  private static final int MAX_MESSAGE_BYTES = 128 << 20;

  private static final int MAX_CALLS_PER_CONNECTION = 64;
  private static final int CLOSE_TIMEOUT_S = 5;

  private final P4RuntimeService service;
  private final Server server;

  private P4RuntimeServer(P4RuntimeService service, Server server) {
    this.service = service;
    this.server = server;
  }

  /**
   * Serves a switch on 127.0.0.1.
   *
   * @param port 0 for any free one
   */
  public static P4RuntimeServer start(SwitchControl control, P4RuntimeOptions options, int port)
      throws IOException {
    P4RuntimeService service = new P4RuntimeService(control, options);
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(1, TimeUnit.SECONDS) // controllers may probe a silent switch
            .permitKeepAliveWithoutCalls(true)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .addService(service)
            .build()
            .start();
    return new P4RuntimeServer(service, server);
  }

  /** The port that was bound. */
  public int port() {
    return server.getPort();
  }

  public P4RuntimeService service() {
    return service;
  }

  /** Ends all streams. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      if (!server.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server did not end in " + CLOSE_TIMEOUT_S + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
