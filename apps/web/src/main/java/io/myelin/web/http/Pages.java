package io.myelin.web.http;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.file.FileService;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.web.transcode.Errors;
import java.util.Map;

/** The dashboard's files, from the class path; every other path is an error in JSON. */
public final class Pages implements HttpService {
  private static final String DIRECTORY = "io/myelin/web/dashboard";

  private final HttpService files =
      FileService.builder(Pages.class.getClassLoader(), DIRECTORY).build();
  private final Errors errors;

  public Pages(Errors errors) {
    this.errors = errors;
  }

  /** What pages may load: their own files, and nothing of anybody else. */
  public static String policy() {
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        + " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
        + " form-action 'none'; frame-ancestors 'none'";
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) throws Exception {
    String path = ctx.path().equals("/") ? "index.html" : ctx.path().substring(1);
    if (Pages.class.getClassLoader().getResource(DIRECTORY + "/" + path) == null
        || path.contains("..")
        || path.endsWith("/")) {
      return errors.of(
          ApiErrors.of(
              Code.NOT_FOUND, "NO_SUCH_PATH", ctx.path() + ": there is no such path", Map.of()));
    }
    return files.serve(ctx, req);
  }
}
