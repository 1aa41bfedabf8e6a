package io.myelin.web.http;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.ServerCacheControl;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.file.HttpFile;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.web.transcode.Errors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard's files, from the class path; every other path is an error in JSON.
 *
 * <p>{@code /webjars/uplot/dist/uPlot.min.css} is that file of the WebJar {@code uplot}, of the
 * version that is on the class path: pages name no versions.
 */
public final class Pages implements HttpService {
  private static final String DIRECTORY = "io/myelin/web/dashboard/";
  private static final String LIBRARIES = "webjars/";

  /** WebJars that pages load from. */
  private static final List<String> WEBJARS = List.of("lit-html", "uplot");

  private final Map<String, String> versions = new HashMap<>();
  private final Errors errors;

  public Pages(Errors errors) {
    this.errors = errors;
    WEBJARS.forEach(name -> versions.put(name, version(name)));
  }

  /** What pages may load: their own files, and nothing of anybody else. */
  public static String policy() {
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        + " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
        + " form-action 'none'; frame-ancestors 'none'";
  }

  /** The version of a WebJar on the class path, as it says itself. */
  private static String version(String webjar) {
    String path = "META-INF/maven/org.webjars.npm/" + webjar + "/pom.properties";
    try (InputStream in = Pages.class.getClassLoader().getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("WebJar " + webjar + " is not on the class path");
      }
      Properties p = new Properties();
      p.load(in);
      return p.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    }
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) throws Exception {
    String path = ctx.path().equals("/") ? "index.html" : ctx.path().substring(1);
    String resource = path.contains("..") || path.endsWith("/") ? null : resource(path);
    ClassLoader loader = Pages.class.getClassLoader();
    if (resource == null || loader.getResource(resource) == null) {
      return errors.of(
          ApiErrors.of(
              Code.NOT_FOUND, "NO_SUCH_PATH", ctx.path() + ": there is no such path", Map.of()));
    }
    // Kept by browsers, and asked for again each time: a new version of the node shows at once.
    return HttpFile.builder(loader, resource)
        .cacheControl(ServerCacheControl.REVALIDATED)
        .build()
        .asService()
        .serve(ctx, req);
  }

  /** Where on the class path a file is; null: nowhere. */
  private @Nullable String resource(String path) {
    if (!path.startsWith(LIBRARIES)) {
      return DIRECTORY + path;
    }
    int slash = path.indexOf('/', LIBRARIES.length());
    String version = slash < 0 ? null : versions.get(path.substring(LIBRARIES.length(), slash));
    return version == null
        ? null
        : "META-INF/resources/" + path.substring(0, slash) + "/" + version + path.substring(slash);
  }
}
