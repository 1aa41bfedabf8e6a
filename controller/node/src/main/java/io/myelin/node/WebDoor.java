package io.myelin.node;

import java.net.InetSocketAddress;

/** HTTP for scripts, Prometheus and browsers, as long as it is open. */
public interface WebDoor extends AutoCloseable {
  /** Where it listens. */
  InetSocketAddress address();

  /** What a person opens, as {@code http://127.0.0.1:8080/}. */
  String url();

  /** Ends its connections. */
  @Override
  void close();
}
