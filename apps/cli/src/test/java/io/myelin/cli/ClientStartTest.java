package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.ListJobsRequest;
import io.myelin.v1.ListJobsResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** A client starts quickly because of what it does not do. */
final class ClientStartTest {
  @Test
  void readsTheOneCommandThatIsAskedFor() {
    assertEquals(Set.of("list"), below("list"));
    assertEquals(below(""), below("--help"));
    assertTrue(below("lits").containsAll(Set.of("create", "list", "release")), "to be suggested");
  }

  private static Set<String> below(String method) {
    CommandLine job =
        Main.commandLine(ErrorOutput.of(), JobCommand.class, method).getSubcommands().get("job");
    return Objects.requireNonNull(job).getSubcommands().keySet();
  }

  @Test
  void configuresNoLogging() throws Exception {
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new NoJobs())
            .build()
            .start();
    try {
      Process client =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Xlog:class+load",
                  "-Dmyelin.client=true",
                  "-cp",
                  System.getProperty("java.class.path"),
                  "io.myelin.cli.Main",
                  "job",
                  "list",
                  "--server=127.0.0.1:" + server.getPort())
              .redirectErrorStream(true)
              .start();
      String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, client.waitFor(), said);
      List<String> loaded = said.lines().filter(l -> l.contains(" source: ")).toList();
      assertTrue(loaded.stream().anyMatch(l -> l.contains(".NettyChannelBuilder ")), "it called");
      assertFalse(loaded.stream().anyMatch(l -> l.contains("ch.qos.logback")), "it logged");
    } finally {
      server.shutdownNow();
    }
  }

  private static final class NoJobs extends JobServiceGrpc.JobServiceImplBase {
    @Override
    public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> to) {
      to.onNext(ListJobsResponse.getDefaultInstance());
      to.onCompleted();
    }
  }
}
