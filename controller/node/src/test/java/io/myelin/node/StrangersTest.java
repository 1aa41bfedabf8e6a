package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.model.Inventory;
import io.myelin.node.control.Pace;
import io.myelin.node.log.StrangerLogs;
import io.myelin.node.port.CapturedLog;
import io.myelin.node.store.RaftOptions;
import io.myelin.node.tls.LabAuthority;
import io.myelin.node.tls.TlsFiles;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.FabricServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** Whoever comes to a port and does not speak its language: one line, no trace, however many. */
final class StrangersTest {
  private static final int TIMES = 20;
  private static final int PATIENCE_MS = 5_000;
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @TempDir private Path dir = Path.of(".");

  @BeforeEach
  void nothingWasSaidYet() {
    StrangerLogs.forget();
  }

  private static int freePort() throws IOException {
    try (ServerSocket s = new ServerSocket(0, 1, HERE)) {
      return s.getLocalPort();
    }
  }

  private Node node(Map<String, InetSocketAddress> members, Security security) throws IOException {
    return new Node(
        new Node.Config(
            new Inventory("empty", 1.0, List.of(), List.of(), List.of(), List.of()),
            new InetSocketAddress(HERE, 0),
            Pace.of(Duration.ofMillis(100)),
            new RaftOptions("n1", members, dir.resolve("data")),
            new TreeMap<>(),
            security));
  }

  private static InetSocketAddress at(int port) {
    return InetSocketAddress.createUnresolved("127.0.0.1", port);
  }

  private static void says(CapturedLog said, int lines, String... each) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (said.lines().size() < lines && System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    String all = String.join("\n", said.lines());
    assertEquals(lines, said.lines().size(), all);
    assertFalse(all.contains("\tat "), "a stack trace: " + all);
    for (String one : each) {
      assertEquals(1, said.lines().stream().filter(l -> l.contains(one)).count(), one + ": " + all);
    }
  }

  @Test
  void aPortWithoutTlsTellsOfEachKindOnce() throws Exception {
    int raft = freePort();
    try (Node node = node(Map.of("n1", at(raft)), Security.LOOPBACK);
        CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME)) {
      for (int port : new int[] {node.port(), raft}) {
        for (int i = 0; i < TIMES; i++) {
          send(port, "no protocol that anybody knows, at some length");
          send(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
          assertThrows(IOException.class, () -> handshake(port));
        }
      }
      for (int i = 0; i < TIMES; i++) {
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, large(node.port()));
      }
      says(
          said,
          7,
          "what is no HTTP/2 to the API's port",
          "HTTP/1.x to the API's port",
          "TLS to a port without TLS to the API's port",
          "a message that is too large to the API's port",
          "what is no HTTP/2 to the port of the log's members",
          "HTTP/1.x to the port of the log's members",
          "TLS to a port without TLS to the port of the log's members");
    }
  }

  @Test
  void soDoesOneWithTls() throws Exception {
    LabAuthority authority = LabAuthority.in(dir, "test.lab");
    List<String> names = List.of(LabAuthority.spiffe("test.lab", "member/n1"), "127.0.0.1");
    TlsFiles tls = authority.issue("n1", names, Duration.ofHours(1));
    Path access = Files.writeString(dir.resolve("access.yaml"), "identities: []\n");
    Security security = new Security(tls, Security.SwitchTls.BEYOND_LOOPBACK, access, null);
    int raft = freePort();
    Map<String, InetSocketAddress> members =
        Map.of("n1", at(raft), "n2", at(freePort()), "n3", at(freePort()));
    try (Node node = node(members, security);
        CapturedLog said = new CapturedLog("io.myelin.node.log")) {
      for (int port : new int[] {node.port(), raft}) {
        for (int i = 0; i < TIMES; i++) {
          send(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
          try {
            handshake(port); // without a certificate: refused, at the latest with the next byte
          } catch (IOException refused) {
            assertFalse(String.valueOf(refused.getMessage()).contains("timed out"));
          }
        }
      }
      says(
          said,
          2,
          "no TLS, or a handshake that failed, to the API's port",
          "no TLS, or a handshake that failed, to the port of the log's members");
    }
  }

  private static Status.Code large(int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try {
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  FabricServiceGrpc.newBlockingStub(channel)
                      .withDeadlineAfter(PATIENCE_MS, TimeUnit.MILLISECONDS)
                      .drain(DrainRequest.newBuilder().setDevice("x".repeat(2 << 20)).build()));
      return e.getStatus().getCode();
    } finally {
      channel.shutdownNow();
    }
  }

  /** Sends, and reads until the other side has closed the connection. */
  private static void send(int port, String text) throws IOException {
    try (Socket s = new Socket(HERE, port)) {
      s.setSoTimeout(PATIENCE_MS);
      s.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      s.getOutputStream().flush();
      try {
        assertTrue(s.getInputStream().readAllBytes().length < 10_000);
      } catch (java.net.SocketException reset) {
        assertTrue(reset.toString().contains("reset"), reset.toString());
      }
    }
  }

  private static void handshake(int port) throws IOException, GeneralSecurityException {
    SSLContext c = SSLContext.getInstance("TLS");
    c.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
    try (SSLSocket s = (SSLSocket) c.getSocketFactory().createSocket(HERE, port)) {
      s.setSoTimeout(PATIENCE_MS);
      s.startHandshake();
      assertTrue(s.getInputStream().readAllBytes().length < 10_000);
    }
  }

  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
