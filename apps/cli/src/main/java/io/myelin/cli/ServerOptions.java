package io.myelin.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Channel;
import io.myelin.node.client.ClusterClient;
import java.time.Duration;
import java.util.function.Function;
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

  /** Calls any server, and closes the connection afterwards. */
  static <T> T call(String server, Function<Channel, T> call) {
    try (ClusterClient members = new ClusterClient(server, ATTEMPT, PATIENCE)) {
      return members.call(call);
    }
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
