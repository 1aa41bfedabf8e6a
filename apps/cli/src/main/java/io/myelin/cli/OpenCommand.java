package io.myelin.cli;

import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code myelin open}. */
@Command(
    name = "open",
    mixinStandardHelpOptions = true,
    description = {
      "Prints where a node's dashboard is, and opens it in a browser where there is a desktop."
    })
final class OpenCommand implements Callable<Integer> {
  @Mixin private ServerOptions server = new ServerOptions();

  @Option(names = "--print", description = "Opens nothing.")
  private boolean printOnly;

  @Override
  public Integer call() throws IOException {
    String url = url(server);
    if (server.json()) {
      server.print(Json.object().put("url", url));
    } else {
      System.out.println(url);
    }
    boolean desktop = System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null;
    if (desktop && !printOnly && !server.json()) {
      var unused = new ProcessBuilder("xdg-open", url).inheritIO().start();
    }
    return 0;
  }

  /** Where the web door of a node is. */
  static String url(ServerOptions server) {
    String url =
        server.call(
            c ->
                ClusterServiceGrpc.newBlockingStub(c)
                    .getCluster(GetClusterRequest.getDefaultInstance())
                    .getWebUrl());
    if (url.isEmpty()) {
      throw new ErrorOutput.Failure(
          ErrorOutput.REFUSED,
          "the node has no web door; start it with --web HOST:PORT, or with web: in its file");
    }
    return url;
  }
}
