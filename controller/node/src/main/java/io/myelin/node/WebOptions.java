package io.myelin.node;

import io.myelin.core.model.Invalid;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * How a web door is opened.
 *
 * @param listen where; port 0: any free one
 * @param hosts names beside the address under which it is reached, as HOST or HOST:PORT: behind a
 *     proxy, or by a name of the DNS. Requests for others are refused, so that no page can reach
 *     this door under a name of its own
 * @param origins of pages of others that browsers may let call it, as {@code
 *     https://portal.example:8443}
 * @param sendsWithin the body of a request has to be here by then
 */
public record WebOptions(
    InetSocketAddress listen, List<String> hosts, List<String> origins, Duration sendsWithin) {
  private static final Duration SENDS_WITHIN = Duration.ofSeconds(10);

  public WebOptions {
    hosts = List.copyOf(hosts);
    origins = List.copyOf(origins);
    for (int i = 0; i < origins.size(); i++) {
      Invalid.unless(
          isOrigin(origins.get(i)),
          "web.origins[" + i + "]",
          "'" + origins.get(i) + "' is not allowed; allowed: http or https, a host, and a port");
    }
    for (int i = 0; i < hosts.size(); i++) {
      Invalid.unless(
          hosts.get(i).matches("[A-Za-z0-9.-]+(:[0-9]+)?|\\[[0-9a-fA-F:]+](:[0-9]+)?"),
          "web.hosts[" + i + "]",
          "'" + hosts.get(i) + "' is not allowed; allowed: HOST or HOST:PORT");
    }
  }

  /** With the usual patience. */
  public WebOptions(InetSocketAddress listen, List<String> hosts, List<String> origins) {
    this(listen, hosts, origins, SENDS_WITHIN);
  }

  /** Reached by its address, for nobody else's pages. */
  public static WebOptions at(InetSocketAddress listen) {
    return new WebOptions(listen, List.of(), List.of());
  }

  private static boolean isOrigin(String text) {
    try {
      URI uri = URI.create(text);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawPath().isEmpty()
          && uri.getRawQuery() == null
          && uri.getRawUserInfo() == null
          && uri.getRawFragment() == null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
