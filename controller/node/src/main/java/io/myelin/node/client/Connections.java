package io.myelin.node.client;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;

/** Connections to members, which come back within seconds, and are needed at once then. */
public final class Connections {
  private Connections() {}

  /**
   * Tries again now where gRPC would wait: up to two minutes, the longer a member was away.
   *
   * @return the channel
   */
  public static ManagedChannel hasten(ManagedChannel channel) {
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.resetConnectBackoff();
    }
    return channel;
  }
}
