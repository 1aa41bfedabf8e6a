package io.myelin.node.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.Code;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.GetLeaseResponse;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ClusterClientTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Member a = new Member("a");
  private final Member b = new Member("b");

  /** Refuses as often as it is told to, then answers with its name. */
  private static final class Member extends LeaseServiceGrpc.LeaseServiceImplBase {
    private final String name;
    private final Deque<StatusRuntimeException> refusals = new ArrayDeque<>();
    private final List<Long> givenMs = new ArrayList<>();
    private int silences;
    private int asked;
    private Server server;

    Member(String name) {
      this.name = name;
      this.server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .directExecutor()
              .addService(this)
              .build();
    }

    @Override
    public synchronized void getLease(
        GetLeaseRequest request, StreamObserver<GetLeaseResponse> out) {
      asked++;
      Deadline deadline = Context.current().getDeadline();
      givenMs.add(deadline == null ? -1 : deadline.timeRemaining(TimeUnit.MILLISECONDS));
      if (silences > 0) {
        silences--;
      } else if (refusals.isEmpty()) {
        out.onNext(
            GetLeaseResponse.newBuilder().setLease(Lease.newBuilder().setName(name)).build());
        out.onCompleted();
      } else {
        out.onError(refusals.remove());
      }
    }

    synchronized void refuses(String reason, Code code, int times) {
      for (int i = 0; i < times; i++) {
        refusals.add(ApiErrors.retry(code, reason, "no", Map.of(), 2));
      }
    }

    synchronized void saysNothing(int times) {
      silences = times;
    }

    /** How long it was given each time it was asked. */
    synchronized List<Long> givenMs() {
      return List.copyOf(givenMs);
    }

    synchronized int asked() {
      return asked;
    }
  }

  @BeforeEach
  void start() throws IOException {
    for (Member m : List.of(a, b)) {
      m.server.start();
    }
  }

  @AfterEach
  void stop() {
    for (Member m : List.of(a, b)) {
      m.server.shutdownNow();
    }
  }

  private String ask(Duration patience, Member... members) {
    return ask(LONG, patience, members);
  }

  private String ask(Duration attempt, Duration patience, Member... members) {
    StringBuilder servers = new StringBuilder();
    for (Member m : members) {
      servers
          .append(servers.length() > 0 ? "," : "")
          .append("127.0.0.1:")
          .append(m.server.getPort());
    }
    try (ClusterClient client = new ClusterClient(servers.toString(), attempt, patience)) {
      return client.call(
          c ->
              LeaseServiceGrpc.newBlockingStub(c)
                  .getLease(GetLeaseRequest.getDefaultInstance())
                  .getLease()
                  .getName());
    }
  }

  @Test
  void whatOneCannotAnswerIsAskedOfTheNext() {
    a.refuses("STOPPING", Code.UNAVAILABLE, 1);
    assertEquals("b", ask(LONG, a, b));
  }

  /** The others would have to ask it as well. */
  @Test
  void whoeverIsBusyIsAskedAgain() {
    a.refuses("OVERLOADED", Code.UNAVAILABLE, 5);
    assertEquals("a", ask(LONG, a, b));
    assertEquals(6, a.asked());
    assertEquals(0, b.asked());
  }

  /** It will hear of the next one; who is asked instead may be the one that hangs. */
  @Test
  void whoeverKnowsOfNoLeaderIsAskedAgain() {
    a.refuses("NO_LEADER", Code.UNAVAILABLE, 2);
    a.refuses("LEADER_LOST", Code.UNAVAILABLE, 1);
    assertEquals("a", ask(LONG, a, b));
    assertEquals(4, a.asked());
  }

  /** Who gave all of them too little must not go on so for ever. */
  @Test
  void whenAllSayNothingTheyAreGivenLonger() {
    a.saysNothing(1);
    b.saysNothing(1);
    assertEquals("a", ask(Duration.ofMillis(200), LONG, a, b));
    assertEquals(2, a.asked());
    assertTrue(b.givenMs().get(0) <= 200, () -> b.givenMs().toString());
    assertTrue(a.givenMs().get(1) > 200, () -> a.givenMs().toString());
    assertTrue(a.givenMs().get(1) <= 400, () -> a.givenMs().toString());
  }

  @Test
  void aRefusalThatDoesNotPassIsFinal() {
    a.refuses("NO_PATH", Code.FAILED_PRECONDITION, 1);
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> ask(LONG, a, b));
    assertEquals("FAILED_PRECONDITION: no", e.getMessage());
    assertEquals(0, b.asked());
  }

  @Test
  void patienceEnds() {
    a.refuses("OVERLOADED", Code.UNAVAILABLE, 100);
    b.refuses("OVERLOADED", Code.UNAVAILABLE, 100);
    assertThrows(StatusRuntimeException.class, () -> ask(Duration.ZERO, a, b));
    assertEquals(1, a.asked());
    assertEquals(1, b.asked());
  }
}
