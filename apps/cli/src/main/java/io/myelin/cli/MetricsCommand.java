package io.myelin.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code myelin metrics}. */
@Command(
    name = "metrics",
    mixinStandardHelpOptions = true,
    description = "Prints what Prometheus would get from a node's web door.")
final class MetricsCommand implements Callable<Integer> {
  private static final int OK = 200;

  @Mixin private ServerOptions server = new ServerOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    URI at = URI.create(OpenCommand.url(server)).resolve("/metrics");
    HttpResponse<String> page = server.get(at);
    if (page.statusCode() != OK) {
      throw new ErrorOutput.Failure(
          ErrorOutput.REFUSED,
          "the web door answered " + page.statusCode() + ": " + page.body().strip());
    }
    if (server.json()) {
      server.print(
          Json.object()
              .put("content_type", page.headers().firstValue("content-type").orElse(""))
              .put("text", page.body()));
    } else {
      System.out.print(page.body());
    }
    return 0;
  }
}
