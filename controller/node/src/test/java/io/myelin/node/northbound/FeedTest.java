package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.myelin.core.collect.ChangeHistory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** One stream that cannot be served ends by itself. */
final class FeedTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(Feed.class);
  private final Words feed = new Words();

  @BeforeEach
  void expectAnError() {
    logger.setLevel(Level.OFF);
  }

  @AfterEach
  void expectNoMore() {
    logger.setLevel(null);
  }

  /** Words that change; the message is the word. */
  private static final class Words extends Feed<String, String> {
    Words() {
      super(ChangeHistory.ofProcess("test"));
    }

    @Override
    String message(String key, String resumeToken) {
      return key;
    }

    @Override
    String synced(String resumeToken) {
      return "SYNCED";
    }

    @Override
    String heartbeat(String resumeToken) {
      return "BEAT";
    }

    @Override
    List<String> keys() {
      return List.of();
    }
  }

  private static final class Client extends ServerCallStreamObserver<String> {
    final List<String> received = new ArrayList<>();
    boolean broken;
    @Nullable Throwable end;

    @Override
    public void onNext(String value) {
      if (broken) {
        throw new IllegalStateException("call is closed");
      }
      received.add(value);
    }

    @Override
    public void onError(Throwable t) {
      end = t;
    }

    @Override
    public void onCompleted() {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}
  }

  @Test
  void aStreamThatFailsEndsAndTheOthersAreTold() {
    Client first = new Client();
    Client second = new Client();
    feed.watch(k -> true, "", first);
    feed.watch(k -> true, "", second);
    first.broken = true;
    feed.changed(List.of("news"));
    feed.beat();
    assertEquals(List.of("SYNCED", "news", "BEAT"), second.received);
    assertNull(second.end);
    assertTrue(first.end != null);
    assertEquals(Status.Code.INTERNAL, Status.fromThrowable(first.end).getCode());
    first.end = null;
    feed.changed(List.of("more"));
    assertNull(first.end, "it ends once");
  }
}
