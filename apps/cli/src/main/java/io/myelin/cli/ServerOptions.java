package io.myelin.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.myelin.node.client.ClusterClient;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

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

  @Option(
      names = {"-s", "--server"},
      paramLabel = "HOST:PORT[,HOST:PORT...]",
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
      description = "table for people, json for scripts: ${COMPLETION-CANDIDATES}.")
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
      throw new Failures.Failure(Failures.USAGE, String.valueOf(e.getMessage()));
    }
  }

  /** Calls a server of this process. */
  static <T> T callHere(String server, Function<Channel, T> call) {
    try (ClusterClient here = new ClusterClient(server, ATTEMPT, PATIENCE)) {
      return here.call(call);
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
    try {
      System.out.println(
          JsonFormat.printer()
              .preservingProtoFieldNames()
              .alwaysPrintFieldsWithNoPresence()
              .print(message));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("our messages hold no Any", e);
    }
  }

  /** One JSON document on one line, for streams. */
  void printLine(Message message) {
    try {
      System.out.println(
          JsonFormat.printer()
              .preservingProtoFieldNames()
              .omittingInsignificantWhitespace()
              .print(message));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("our messages hold no Any", e);
    }
  }
}
