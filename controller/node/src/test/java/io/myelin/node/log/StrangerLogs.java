package io.myelin.node.log;

import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Logger;

/** The handlers of this process, for tests. */
public final class StrangerLogs {
  private StrangerLogs() {}

  /** Whatever comes next is said. */
  public static void forget() {
    HandshakeFailureLog.install();
    for (String name : List.of("io.grpc", "org.apache.ratis.thirdparty.io.grpc")) {
      for (Handler h : Logger.getLogger(name).getHandlers()) {
        if (h instanceof HandshakeFailureLog log) {
          log.forget();
        }
      }
    }
  }
}
