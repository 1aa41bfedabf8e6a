package io.myelin.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.myelin.node.client.ClusterClient;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Where the node is, and how to print what it says. */
final class ServerOptions {
  static final String DEFAULT = "127.0.0.1:9550";

  /** One member may take this long; after that another may know better. */
  private static final Duration ATTEMPT = Duration.ofSeconds(10);

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How results are printed. */
  enum Output {
    TABLE,
    JSON
  }

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = {"-s", "--server"},
      paramLabel = "HOST:PORT,...",
      defaultValue = "${env:MYELIN_SERVER:-" + DEFAULT + "}",
      description = {
        "The node, or members of a cluster (default: $MYELIN_SERVER, else " + DEFAULT + ");",
        "what one does not answer is asked of the next."
      })
  private String server = DEFAULT;

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      defaultValue = "${env:MYELIN_TRUST}",
      description =
          "Authorities of the node's certificate, PEM; with it TLS (default: $MYELIN_TRUST).")
  private @Nullable Path trust;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      defaultValue = "${env:MYELIN_CERT}",
      description = "The own certificate, PEM (default: $MYELIN_CERT).")
  private @Nullable Path certificate;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      defaultValue = "${env:MYELIN_KEY}",
      description = "Its key, PEM (default: $MYELIN_KEY).")
  private @Nullable Path key;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      defaultValue = "${env:MYELIN_TOKEN_FILE}",
      description = "A bearer token instead of a certificate (default: $MYELIN_TOKEN_FILE).")
  private @Nullable Path token;

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      description = "table for people, json for scripts (default: table).")
  private Output output = Output.TABLE;

  boolean json() {
    return output == Output.JSON;
  }

  /** Calls whichever member answers, and closes the connection afterwards. */
  <T> T call(Function<Channel, T> call) {
    return call(server, call);
  }

  /** Calls another server with the same credentials, and closes the connection afterwards. */
  <T> T call(String other, Function<Channel, T> call) {
    try (ClusterClient members =
        new ClusterClient(other, ATTEMPT, PATIENCE, credentials(), bearer())) {
      return members.call(call);
    } catch (IOException e) {
      throw new ErrorOutput.Failure(ErrorOutput.USAGE, Reasons.of(e));
    } catch (StatusRuntimeException e) {
      throw ErrorOutput.isOurs(e) ? e : explained(other, e);
    }
  }

  /** What the connection said, in words; what else gRPC says by itself stays. */
  private static RuntimeException explained(String server, StatusRuntimeException e) {
    Status.Code code = e.getStatus().getCode();
    if (code == Status.Code.DEADLINE_EXCEEDED) {
      return new ErrorOutput.Failure(
          ErrorOutput.UNREACHABLE, "the node at " + server + " did not answer in time");
    }
    return code == Status.Code.UNAVAILABLE || Reasons.isConnection(e)
        ? new ErrorOutput.Failure(
            ErrorOutput.UNREACHABLE,
            "no node answers at "
                + server
                + ": "
                + Reasons.ofConnection(e)
                + "; start one with 'myelin lab' or 'myelin node', or say where with --server")
        : e;
  }

  /** Calls a server of this process. */
  static <T> T callHere(String server, Function<Channel, T> call) {
    try (ClusterClient here = new ClusterClient(server, ATTEMPT, PATIENCE)) {
      return here.call(call);
    }
  }

  /** Asks a web door with the same credentials. */
  HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ATTEMPT);
    String bearer = bearer();
    if (!bearer.isEmpty()) {
      request.header("authorization", "Bearer " + bearer);
    }
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(ATTEMPT);
    if (trust != null) {
      client.sslContext(ClientTls.context(trust, certificate, key));
    }
    try {
      return client.build().send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new ErrorOutput.Failure(ErrorOutput.UNREACHABLE, "nothing answers at " + uri);
    }
  }

  private ChannelCredentials credentials() throws IOException {
    if ((certificate == null) != (key == null)) {
      throw new IOException("--cert and --key go together");
    }
    if (trust == null) {
      if (certificate != null) {
        throw new IOException("--trust is needed with --cert: who vouches for the node?");
      }
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
    tls.trustManager(readable("--trust", trust));
    if (certificate != null && key != null) {
      tls.keyManager(readable("--cert", certificate), readable("--key", key));
    }
    return tls.build();
  }

  private static File readable(String option, Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException(option + ": " + file + " cannot be read");
    }
    return file.toFile();
  }

  private String bearer() throws IOException {
    return token == null ? "" : Files.readString(readable("--token-file", token).toPath()).strip();
  }

  /** One JSON document. */
  void print(Message message) {
    print(Json.object(message));
  }

  /** One JSON document. */
  void print(ObjectNode document) {
    System.out.println(Json.document(document));
  }

  /** One JSON document on one line, for streams. */
  void printLine(Message message) {
    printLine(Json.object(message));
  }

  /** One JSON document on one line, for streams. */
  void printLine(ObjectNode document) {
    System.out.println(Json.line(document));
    System.out.flush();
  }

  /** Says what had to be assumed: to people in words, to programs as {@code {"note": …}}. */
  void note(String text) {
    System.err.println(json() ? Json.line(Json.object().put("note", text)) : "myelin: " + text);
  }

  /** Tells people that a command watches, and how to stop it. */
  void sayWatching(String what) {
    if (!json()) {
      System.err.println("watching " + what + " at " + server + "; stop with Ctrl-C");
    }
  }

  /** Whether the command line says where a node is, or who asks it. */
  boolean given() {
    ParseResult parsed = command == null ? null : command.commandLine().getParseResult();
    return parsed != null
        && Stream.of("--server", "--trust", "--cert", "--key", "--token-file")
            .anyMatch(parsed::hasMatchedOption);
  }
}
