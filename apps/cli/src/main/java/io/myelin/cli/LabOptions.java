package io.myelin.cli;

import com.google.protobuf.Message;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.lab.service.LabServer;
import io.myelin.lab.v1.LabServiceGrpc;
import io.myelin.lab.v1.LabServiceGrpc.LabServiceBlockingStub;
import io.myelin.node.inventory.Quantities;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Where a running lab is, and how to print what it says. */
final class LabOptions {
  static final String DEFAULT = "127.0.0.1:" + LabServer.DEFAULT_PORT;

  /** The longest measurement takes 60 s, by a clock that may be slower than the wall's. */
  private static final int DEADLINE_S = 240;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = {"-s", "--server"},
      paramLabel = "HOST:PORT",
      defaultValue = "${env:MYELIN_LAB:-" + DEFAULT + "}",
      description =
          "Where the lab takes faults and traffic; it says so when it starts (default: $MYELIN_LAB, else "
              + DEFAULT
              + ").")
  private String server = DEFAULT;

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      description = "table for people, json for scripts (default: table).")
  private ServerOptions.Output output = ServerOptions.Output.TABLE;

  boolean json() {
    return output == ServerOptions.Output.JSON;
  }

  /** Calls the lab, and closes the connection afterwards. */
  <T> T call(Function<LabServiceBlockingStub, T> call) {
    refuseOptionsOfTheLab();
    InetSocketAddress at = Quantities.address("--server", server, 1);
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(at.getHostString(), at.getPort()).usePlaintext().build();
    try {
      return call.apply(
          LabServiceGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS));
    } catch (StatusRuntimeException e) {
      throw explained(e);
    } finally {
      channel.shutdownNow();
    }
  }

  /** {@code myelin lab --leaves 8 cut …}: that lab runs already, and has the leaves it has. */
  private void refuseOptionsOfTheLab() {
    CommandSpec above = command == null ? null : command.parent();
    while (above != null) {
      ParseResult parsed = above.commandLine().getParseResult();
      for (OptionSpec o :
          parsed == null ? java.util.List.<OptionSpec>of() : parsed.matchedOptions()) {
        throw new ErrorOutput.Failure(
            ErrorOutput.USAGE,
            o.longestName()
                + " does not go with '"
                + (command == null ? "" : command.name())
                + "', which is for a lab that runs");
      }
      above = above.parent();
    }
  }

  private RuntimeException explained(StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case UNAVAILABLE ->
          unreachable(
              "no lab answers at "
                  + server
                  + ": "
                  + Reasons.ofConnection(e)
                  + "; start one with 'myelin lab' or 'myelin demo --stay', or say where with"
                  + " --server");
      case UNIMPLEMENTED, PERMISSION_DENIED, UNAUTHENTICATED ->
          unreachable(
              "what answers at "
                  + server
                  + " is no lab, but perhaps its node; a lab says when it starts where it takes"
                  + " faults and traffic");
      case DEADLINE_EXCEEDED -> unreachable("the lab at " + server + " did not answer in time");
      case OK,
          CANCELLED,
          UNKNOWN,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          RESOURCE_EXHAUSTED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          INTERNAL,
          DATA_LOSS ->
          e.getStatus().getCode() != Status.Code.UNKNOWN && !Reasons.isConnection(e)
              ? e
              : unreachable("no lab answers at " + server + ": " + Reasons.ofConnection(e));
    };
  }

  private static ErrorOutput.Failure unreachable(String message) {
    return new ErrorOutput.Failure(ErrorOutput.UNREACHABLE, message);
  }

  /** One JSON document. */
  static void print(Message message) {
    System.out.println(Json.document(Json.object(message)));
  }

  /** One JSON document on one line, for streams. */
  static void printLine(Message message) {
    System.out.println(Json.line(Json.object(message)));
    System.out.flush();
  }
}
