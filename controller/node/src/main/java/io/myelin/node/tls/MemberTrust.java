package io.myelin.node.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trusts what another trusts, if it is a member's certificate. */
final class MemberTrust extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager chain;
  private final MemberNames members;

  MemberTrust(X509ExtendedTrustManager chain, MemberNames members) {
    this.chain = chain;
    this.members = members;
  }

  private void requireMember(X509Certificate[] c) throws CertificateException {
    if (c.length == 0 || !members.anyOf(CertificateNames.of(c[0]))) {
      throw new CertificateException(
          "only members of this cluster may speak here, "
              + members
              + "; this is "
              + (c.length == 0 ? "nobody" : CertificateNames.of(c[0])));
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] c, String authType, Socket socket)
      throws CertificateException {
    chain.checkClientTrusted(c, authType, socket);
    requireMember(c);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] c, String authType, Socket socket)
      throws CertificateException {
    chain.checkServerTrusted(c, authType, socket);
    requireMember(c);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] c, String authType, SSLEngine engine)
      throws CertificateException {
    chain.checkClientTrusted(c, authType, engine);
    requireMember(c);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] c, String authType, SSLEngine engine)
      throws CertificateException {
    chain.checkServerTrusted(c, authType, engine);
    requireMember(c);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] c, String authType) throws CertificateException {
    chain.checkClientTrusted(c, authType);
    requireMember(c);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] c, String authType) throws CertificateException {
    chain.checkServerTrusted(c, authType);
    requireMember(c);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return chain.getAcceptedIssuers();
  }
}
