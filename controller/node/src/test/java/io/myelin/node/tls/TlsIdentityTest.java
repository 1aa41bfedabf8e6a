package io.myelin.node.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsIdentityTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  @Test
  void newFilesReplaceWhatIsInForceAndBrokenOnesDoNot(@TempDir Path dir) throws Exception {
    LabAuthority authority = LabAuthority.in(dir, "d");
    TlsFiles files = authority.issue("n", List.of(LabAuthority.spiffe("d", "member/n1")), HOUR);
    TlsIdentity id = new TlsIdentity(files);
    X509Certificate first = id.own();
    Files.writeString(files.certificate(), "not a certificate");
    assertThrows(IOException.class, id::read);
    assertEquals(first, id.own());
    authority.issue("n", List.of(LabAuthority.spiffe("d", "member/n1")), HOUR);
    id.read();
    assertEquals(read(files.certificate()), id.own());
  }

  /** Real handshakes: what a member's port says to whoever comes. */
  @Test
  void onlyMembersMaySpeakToTheLog(@TempDir Path dir) throws Exception {
    LabAuthority authority = LabAuthority.in(dir, "d");
    TlsFiles own =
        authority.issue("n1", List.of(LabAuthority.spiffe("d", "member/n1"), "ip:127.0.0.1"), HOUR);
    TlsIdentity id = new TlsIdentity(own);
    X509ExtendedTrustManager trust = id.members(Set.of("n1", "n2", "n3"));
    assertEquals(
        "", handshake(id, trust, authority.issue("n2", List.of(spiffe("member/n2")), HOUR)));
    for (String other :
        List.of(spiffe("admin"), spiffe("tenant/blue"), spiffe("member/n4"), "dns:n2")) {
      String refusal = handshake(id, trust, authority.issue("x", List.of(other), HOUR));
      assertTrue(refusal.contains("only members of this cluster"), other + ": " + refusal);
    }
    TlsFiles otherDomain =
        authority.issue("y", List.of(LabAuthority.spiffe("e", "member/n2")), HOUR);
    assertTrue(handshake(id, trust, otherDomain).contains("only members"));
    TlsFiles foreign =
        LabAuthority.in(dir.resolve("elsewhere"), "d")
            .issue("n2", List.of(spiffe("member/n2")), HOUR);
    assertTrue(!handshake(id, trust, foreign).isEmpty(), "another authority");
  }

  private static String spiffe(String path) {
    return LabAuthority.spiffe("d", path);
  }

  /** Why the server refused a client; empty: it did not. */
  private static String handshake(
      TlsIdentity server, X509ExtendedTrustManager trust, TlsFiles client) throws Exception {
    SSLContext there = SSLContext.getInstance("TLS");
    there.init(new KeyManager[] {server.keyManager()}, new TrustManager[] {trust}, null);
    TlsFiles believing =
        new TlsFiles(client.certificate(), client.key(), client.trust().resolveSibling("ca.pem"));
    TlsIdentity id = new TlsIdentity(believing);
    try (SSLServerSocket listening =
        (SSLServerSocket)
            there
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listening.setNeedClientAuth(true);
      CompletableFuture<String> outcome =
          CompletableFuture.supplyAsync(
              () -> {
                try (SSLSocket s = (SSLSocket) listening.accept()) {
                  s.startHandshake();
                  return s.getInputStream().read() == 'x' ? "" : "nothing came";
                } catch (IOException e) {
                  Throwable root = e;
                  while (root.getCause() != null) {
                    root = root.getCause();
                  }
                  return String.valueOf(root.getMessage());
                }
              });
      SSLContext here = SSLContext.getInstance("TLS");
      here.init(new KeyManager[] {id.keyManager()}, new TrustManager[] {ANYBODY}, null);
      try (SSLSocket s =
          (SSLSocket)
              here.getSocketFactory()
                  .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
        s.startHandshake();
        s.getOutputStream().write('x');
        s.getOutputStream().flush();
        return outcome.get(30, TimeUnit.SECONDS);
      } catch (IOException refused) {
        return outcome.get(30, TimeUnit.SECONDS);
      }
    }
  }

  /** A client that believes every server, so that only the server's judgement counts. */
  private static final X509ExtendedTrustManager ANYBODY =
      new X509ExtendedTrustManager() {
        @Override
        public void checkClientTrusted(X509Certificate[] c, String a, Socket s) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String a, Socket s) {}

        @Override
        public void checkClientTrusted(X509Certificate[] c, String a, SSLEngine e) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String a, SSLEngine e) {}

        @Override
        public void checkClientTrusted(X509Certificate[] c, String a) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String a) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
          return new X509Certificate[0];
        }
      };

  @Test
  void filesThatCannotBeUsedAreNamed(@TempDir Path dir) throws IOException {
    TlsFiles good = LabAuthority.in(dir, "d").issue("a", List.of("dns:a"), HOUR);
    Path no = dir.resolve("no.pem");
    IOException e =
        assertThrows(
            IOException.class, () -> new TlsIdentity(new TlsFiles(no, good.key(), good.trust())));
    assertEquals("tls.certificate: " + no + " cannot be read", e.getMessage());
    Path empty = Files.createFile(dir.resolve("empty.key"));
    e =
        assertThrows(
            IOException.class,
            () -> new TlsIdentity(new TlsFiles(good.certificate(), empty, good.trust())));
    assertTrue(String.valueOf(e.getMessage()).contains("empty.key"), e.getMessage());
    Path text = Files.writeString(dir.resolve("text.pem"), "not a certificate");
    e =
        assertThrows(
            IOException.class, () -> new TlsIdentity(new TlsFiles(text, good.key(), good.trust())));
    assertTrue(String.valueOf(e.getMessage()).contains("text.pem"), e.getMessage());
    assertThrows(
        IOException.class,
        () -> new TlsIdentity(new TlsFiles(good.certificate(), good.key(), text)),
        "who trusts nobody cannot be reached");
    TlsFiles other = LabAuthority.in(dir, "d").issue("b", List.of("dns:b"), HOUR);
    e =
        assertThrows(
            IOException.class,
            () -> new TlsIdentity(new TlsFiles(good.certificate(), other.key(), good.trust())));
    assertTrue(
        String.valueOf(e.getMessage()).contains("the key is not the certificate's"),
        e.getMessage());
  }
}
