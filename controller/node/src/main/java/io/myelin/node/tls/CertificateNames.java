package io.myelin.node.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Subject alternative names (RFC 5280 §4.2.1.6) as policies write them. */
public final class CertificateNames {
  private static final int EMAIL = 1;
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int ADDRESS = 7;

  private CertificateNames() {}

  /** {@code uri:…}, {@code dns:…}, {@code email:…}; URIs first. The common name does not count. */
  public static List<String> of(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      if (all != null) {
        add(names, all, URI, "uri:");
        add(names, all, DNS, "dns:");
        add(names, all, EMAIL, "email:");
      }
    } catch (CertificateParsingException e) {
      return List.of(); // names that cannot be read name nobody
    }
    return names;
  }

  /** The first host name of a certificate, or the first address; empty: it has neither. */
  static String host(X509Certificate certificate) {
    List<String> hosts = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      if (all != null) {
        add(hosts, all, DNS, "");
        add(hosts, all, ADDRESS, "");
      }
    } catch (CertificateParsingException e) {
      return "";
    }
    return hosts.isEmpty() ? "" : hosts.get(0);
  }

  private static void add(List<String> to, Collection<List<?>> all, int kind, String prefix) {
    for (List<?> name : all) {
      if (name.get(0) instanceof Integer k && k == kind) {
        to.add(prefix + name.get(1));
      }
    }
  }
}
