package io.myelin.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** Where the node is, and how to print what it says. */
final class ServerOptions {
  static final String DEFAULT = "127.0.0.1:9550";

  /** How results are printed. */
  enum Output {
    TABLE,
    JSON
  }

  @Option(
      names = {"-s", "--server"},
      paramLabel = "HOST:PORT",
      defaultValue = "${env:MYELIN_SERVER:-" + DEFAULT + "}",
      description = "The node (default: $MYELIN_SERVER, else " + DEFAULT + ").")
  private String server = DEFAULT;

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      description = "table for people, json for scripts: ${COMPLETION-CANDIDATES}.")
  private Output output = Output.TABLE;

  boolean json() {
    return output == Output.JSON;
  }

  /** Calls the node, and closes the connection afterwards. */
  <T> T call(Function<Channel, T> call) {
    return call(server, call);
  }

  /** Calls any server, and closes the connection afterwards. */
  static <T> T call(String server, Function<Channel, T> call) {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(server)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
    try {
      return call.apply(channel);
    } finally {
      channel.shutdownNow();
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
