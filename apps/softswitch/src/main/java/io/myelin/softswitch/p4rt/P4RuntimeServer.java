package io.myelin.softswitch.p4rt;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.myelin.softswitch.engine.SwitchControl;
import io.myelin.softswitch.time.Scheduler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A device's P4Runtime server on a loopback port. */
public final class P4RuntimeServer implements AutoCloseable {
  /** A pipeline is some hundred KiB; a batch of 10,000 updates about 2 MiB. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final Server server;

  /**
   * Starts to serve.
   *
   * @param port 0: any free one
   * @throws IOException naming the port when it cannot be bound
   */
  public P4RuntimeServer(long deviceId, SwitchControl control, Scheduler scheduler, int port)
      throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    server =
        NettyServerBuilder.forAddress(address)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .directExecutor() // handlers compute and never wait for anything but the state's lock
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(new P4RuntimeService(deviceId, control, scheduler))
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new IOException("P4Runtime cannot listen on " + address + ": is the port in use?", e);
    }
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
