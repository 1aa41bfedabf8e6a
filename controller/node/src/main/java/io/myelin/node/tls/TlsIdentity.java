package io.myelin.node.tls;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.CertificateUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A certificate with its key, and who is trusted. The files may be read again, for new connections.
 *
 * <p>TLS 1.3 or 1.2. Clients verify the server's name against its subject alternative names (RFC
 * 6125).
 */
public final class TlsIdentity {
  private final TlsFiles files;
  private final AdvancedTlsX509KeyManager key = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager trust = emptyTrust();

  /**
   * @throws IOException naming the file that cannot be used, and why
   */
  public TlsIdentity(TlsFiles files) throws IOException {
    this.files = files;
    readable("certificate", files.certificate());
    readable("key", files.key());
    readable("trust", files.trust());
    read();
  }

  /** The files it is made of. */
  public List<Path> files() {
    return List.of(files.certificate(), files.key(), files.trust());
  }

  /**
   * Reads all files again, for new connections.
   *
   * @throws IOException naming the file that cannot be used; certificate and key stay as they were
   */
  public void read() throws IOException {
    use(
        "certificate " + files.certificate() + " with key " + files.key(),
        () -> {
          X509Certificate[] chain = certificates(files.certificate());
          PrivateKey secret = privateKey(files.key());
          requireMatch(chain[0], secret);
          key.updateIdentityCredentials(chain, secret);
        });
    use("trust " + files.trust(), () -> trust.updateTrustCredentials(certificates(files.trust())));
  }

  /** A file that is no PEM would otherwise count as a chain of no certificates. */
  private static X509Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      X509Certificate[] all = CertificateUtils.getX509Certificates(in);
      if (all.length == 0) {
        throw new CertificateException(file + " holds no certificate");
      }
      return all;
    }
  }

  private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateUtils.getPrivateKey(in);
    }
  }

  /** One of the two files may be new already, and the other not yet. */
  private static void requireMatch(X509Certificate certificate, PrivateKey secret)
      throws GeneralSecurityException {
    String algorithm =
        switch (secret.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> secret.getAlgorithm();
        };
    byte[] probe = {1};
    Signature sign = Signature.getInstance(algorithm);
    sign.initSign(secret);
    sign.update(probe);
    Signature verify = Signature.getInstance(algorithm);
    verify.initVerify(certificate.getPublicKey());
    verify.update(probe);
    if (!verify.verify(sign.sign())) {
      throw new CertificateException("the key is not the certificate's");
    }
  }

  private static AdvancedTlsX509TrustManager emptyTrust() {
    try {
      return AdvancedTlsX509TrustManager.newBuilder().build();
    } catch (CertificateException e) {
      throw new IllegalStateException("every JDK has X.509", e);
    }
  }

  private static void readable(String what, Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException("tls." + what + ": " + file + " cannot be read");
    }
  }

  /** Something that reads PEM files. */
  private interface Reading {
    void read() throws IOException, GeneralSecurityException;
  }

  private static void use(String what, Reading reading) throws IOException {
    try {
      reading.read();
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException("tls: " + what + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** For servers whose clients may have a certificate, or may say otherwise who they are. */
  public ServerCredentials server() {
    return TlsServerCredentials.newBuilder()
        .keyManager(key)
        .trustManager(trust)
        .clientAuth(TlsServerCredentials.ClientAuth.OPTIONAL)
        .build();
  }

  /** For clients, which show their certificate. */
  public ChannelCredentials client() {
    return TlsChannelCredentials.newBuilder().keyManager(key).trustManager(trust).build();
  }

  public X509ExtendedKeyManager keyManager() {
    return key;
  }

  /** Whom it believes; follows its file. */
  public X509ExtendedTrustManager trustManager() {
    return trust;
  }

  /**
   * Trusts members of the own cluster only, both as servers and as clients: whoever holds any other
   * certificate of the same authority cannot speak to the replicated log.
   *
   * @param members ids of all
   * @throws IOException if the own certificate is no member's
   */
  public X509ExtendedTrustManager members(Set<String> members) throws IOException {
    return new MemberTrust(trust, new MemberNames(domain(), members));
  }

  /** When the own certificate ends, milliseconds since 1970. */
  public long endsMs() {
    return own().getNotAfter().toInstant().toEpochMilli();
  }

  /** The trust domain of the own certificate. */
  public String domain() throws IOException {
    List<String> names = CertificateNames.of(own());
    return names.stream()
        .map(MemberNames::domainOf)
        .filter(d -> !d.isEmpty())
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "tls.certificate: a member needs a name such as"
                        + " URI:spiffe://example/member/n1 among its subject alternative names;"
                        + " it has: "
                        + names));
  }

  /** A host name or address that the own certificate is for; empty: it is for none. */
  public String host() {
    return CertificateNames.host(own());
  }

  /** The own certificate, as it is in force now. */
  X509Certificate own() {
    // It holds one certificate at a time, under an alias of its own choice.
    return key.getCertificateChain(key.chooseServerAlias("EC", null, null))[0];
  }
}
