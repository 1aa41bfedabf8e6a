package io.myelin.node.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.myelin.node.port.CapturedLog;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** How often it is said that strangers come. */
final class HandshakeFailureLogTest {
  private long nowNs;
  private final HandshakeFailureLog strangers =
      new HandshakeFailureLog(HandshakeFailureLog.Port.API, () -> nowNs);

  private void tooLarge() {
    LogRecord r = new LogRecord(Level.WARNING, "Exception processing message");
    r.setLoggerName("io.grpc.Some");
    r.setThrown(
        Status.RESOURCE_EXHAUSTED
            .withDescription("gRPC message exceeds maximum size 1: 2")
            .asRuntimeException());
    strangers.publish(r);
  }

  @Test
  void aKindIsSaidEveryTenSecondsWithItsCount() {
    try (CapturedLog said = new CapturedLog(HandshakeFailureLog.class)) {
      for (int i = 0; i < 100; i++) {
        tooLarge();
        nowNs += HandshakeFailureLog.PAUSE_NS / 50;
      }
      assertEquals(2, said.lines().size());
      assertTrue(said.lines().get(0).contains("; 0 more"), said.lines().get(0));
      assertTrue(said.lines().get(1).contains("; 49 more"), said.lines().get(1));
    }
  }

  @Test
  void aFaultOfGrpcItselfIsSaidInFull() {
    try (CapturedLog said = new CapturedLog("io.grpc.Some")) {
      LogRecord r = new LogRecord(Level.SEVERE, "a {0} in gRPC");
      r.setParameters(new Object[] {"bug"});
      r.setLoggerName("io.grpc.Some");
      r.setThrown(new IllegalStateException("why"));
      strangers.publish(r);
      assertTrue(said.lines().get(0).startsWith("ERROR io.grpc.Some a bug in gRPC"), "level");
      assertTrue(said.lines().get(0).contains("IllegalStateException: why"), "trace");
    }
  }
}
