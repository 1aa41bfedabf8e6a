package io.myelin.cli;

import io.grpc.util.CertificateUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** PEM files as the JDK's clients take them. */
final class ClientTls {
  private static final char[] NO_PASSWORD = {};

  private ClientTls() {}

  /**
   * TLS that believes some authorities and shows a certificate.
   *
   * @param certificate with its key; null: it shows none
   * @throws IOException naming what cannot be used
   */
  static SSLContext context(Path trust, @Nullable Path certificate, @Nullable Path key)
      throws IOException {
    try {
      KeyStore believed = store();
      X509Certificate[] authorities = certificates(trust);
      for (int i = 0; i < authorities.length; i++) {
        believed.setCertificateEntry("authority" + i, authorities[i]);
      }
      TrustManagerFactory trusts =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusts.init(believed);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own(certificate, key), trusts.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("--trust, --cert, --key: " + e.getMessage(), e);
    }
  }

  private static KeyManager @Nullable [] own(@Nullable Path certificate, @Nullable Path key)
      throws IOException, GeneralSecurityException {
    if (certificate == null || key == null) {
      return null;
    }
    KeyStore shown = store();
    try (InputStream in = Files.newInputStream(key)) {
      shown.setKeyEntry(
          "own", CertificateUtils.getPrivateKey(in), NO_PASSWORD, certificates(certificate));
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(shown, NO_PASSWORD);
    return keys.getKeyManagers();
  }

  private static KeyStore store() throws IOException, GeneralSecurityException {
    KeyStore empty = KeyStore.getInstance(KeyStore.getDefaultType());
    empty.load(null, null);
    return empty;
  }

  private static X509Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateUtils.getX509Certificates(in);
    }
  }
}
