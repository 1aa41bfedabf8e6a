package io.myelin.web.http;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.web.transcode.Errors;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Refuses what a browser was made to send by somebody else's page: requests from other origins, and
 * to names that are not this door's (DNS rebinding). Certificates, and the right of whoever is on
 * this machine, are shown without anybody's doing, so that they must not be all that counts.
 */
public final class Gate extends SimpleDecoratingHttpService {
  private final Supplier<Set<String>> hosts;
  private final boolean tls;
  private final Set<String> origins;
  private final Errors errors = Errors.plain();

  /**
   * @param hosts names with ports under which this door is reached; asked for with each request
   * @param tls over which a name that is not the certificate's is refused by the browser
   * @param origins of others' pages that may call
   */
  public Gate(
      HttpService delegate, Supplier<Set<String>> hosts, boolean tls, List<String> origins) {
    super(delegate);
    this.hosts = hosts;
    this.tls = tls;
    this.origins = Set.copyOf(origins);
  }

  /** Names under which an address is reached. */
  public static Set<String> hosts(InetSocketAddress address, List<String> more) {
    Set<String> all = new HashSet<>();
    int port = address.getPort();
    InetAddress at = address.getAddress();
    all.add(literal(at) + ":" + port);
    all.add(address.getHostString().toLowerCase(Locale.ROOT) + ":" + port);
    if (at.isLoopbackAddress() || at.isAnyLocalAddress()) {
      all.addAll(List.of("localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port));
    }
    for (String h : more) {
      all.add(h.toLowerCase(Locale.ROOT));
      all.add(h.toLowerCase(Locale.ROOT) + ":" + port);
    }
    return all;
  }

  private static String literal(InetAddress at) {
    String text = at.getHostAddress();
    return text.contains(":") ? "[" + text + "]" : text;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) throws Exception {
    RequestHeaders headers = req.headers();
    String host = String.valueOf(headers.authority()).toLowerCase(Locale.ROOT);
    if (!tls && !hosts.get().contains(host)) {
      return refused("HOST_DENIED", "host " + host + " is not this door's name; see web.hosts");
    }
    String origin = headers.get(HttpHeaderNames.ORIGIN);
    String own = (tls ? "https://" : "http://") + host;
    boolean allowed = origin == null || origin.equals(own) || origins.contains(origin);
    String site = headers.get("sec-fetch-site");
    boolean foreign =
        origin == null && site != null && !site.equals("same-origin") && !site.equals("none");
    // Who follows a link to the dashboard comes from elsewhere, and sees a page of ours.
    boolean follows = "navigate".equals(headers.get("sec-fetch-mode")) && isPage(ctx.path());
    if (!allowed || (foreign && !follows)) {
      return refused(
          "ORIGIN_DENIED",
          "pages of "
              + (origin == null ? "another site" : origin)
              + " may not call this door; see web.origins");
    }
    return unwrap().serve(ctx, req);
  }

  private static boolean isPage(String path) {
    return !path.startsWith("/v1/") && !path.equals("/metrics");
  }

  private HttpResponse refused(String reason, String message) {
    return errors.of(ApiErrors.of(Code.PERMISSION_DENIED, reason, message, Map.of()));
  }
}
