package io.myelin.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.model.Invalid;
import io.myelin.node.inventory.InventoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * One clear message a failure, and the exit code that scripts go by. With {@code -o json} the
 * message is one JSON object on one line of standard error: {@code {"error": {"code", "message",
 * "exit_code", "details"}}}.
 */
final class ErrorOutput {
  static final int REFUSED = 1;
  static final int USAGE = 2;
  static final int UNREACHABLE = 3;

  private final boolean json;

  private ErrorOutput(boolean json) {
    this.json = json;
  }

  /** As the command line wants them told, wrong as it may be. */
  static ErrorOutput of(String... args) {
    List<String> lower = Arrays.stream(args).map(a -> a.toLowerCase(Locale.ROOT)).toList();
    boolean json = false;
    for (int i = 0; i < lower.size(); i++) {
      String a = lower.get(i);
      boolean option = a.equals("-o") || a.equals("--output");
      json |= option && i + 1 < lower.size() && lower.get(i + 1).equals("json");
      json |= a.equals("-ojson") || a.equals("-o=json") || a.equals("--output=json");
    }
    return new ErrorOutput(json);
  }

  /** A failure whose message is all there is to say. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    Failure(int exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }
  }

  /** Refuses a command line on which options do not go together: none is ignored. */
  static void unless(boolean ok, String message) {
    if (!ok) {
      throw new Failure(USAGE, message);
    }
  }

  /** What a command threw. */
  int handle(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof StatusRuntimeException s) {
      return grpc(s);
    } else if (e instanceof Failure f) {
      return say(f.exitCode, code(f.exitCode), String.valueOf(f.getMessage()), null);
    } else if (e instanceof Invalid || e instanceof InventoryException) {
      return say(USAGE, code(USAGE), String.valueOf(e.getMessage()), null);
    } else if (e instanceof IOException io) {
      return say(REFUSED, "IO_ERROR", Reasons.of(io), null);
    } else if (e instanceof UncheckedIOException io) {
      return say(REFUSED, "IO_ERROR", Reasons.of(io), null);
    }
    if (json) {
      return say(REFUSED, "BUG", e.toString(), null);
    }
    e.printStackTrace();
    return REFUSED;
  }

  /** A command line that picocli does not take. */
  int misused(ParameterException e, String[] args) {
    String message = String.valueOf(e.getMessage());
    if (json) {
      return say(USAGE, code(USAGE), message, null);
    }
    CommandLine command = e.getCommandLine();
    command.getErr().println(message);
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, command.getErr())) {
      command.usage(command.getErr());
    }
    command.getErr().flush();
    return USAGE;
  }

  private static String code(int exitCode) {
    return switch (exitCode) {
      case USAGE -> "USAGE";
      case UNREACHABLE -> "UNREACHABLE";
      default -> "REFUSED";
    };
  }

  private int say(
      int exitCode,
      String code,
      String message,
      com.google.rpc.@org.jspecify.annotations.Nullable Status details) {
    if (!json) {
      System.err.println("myelin: " + message);
      return exitCode;
    }
    ObjectNode error = Json.object();
    error.put("code", code).put("message", message).put("exit_code", exitCode);
    error.set(
        "details",
        details == null
            ? Json.object().arrayNode()
            : Json.object(details.toBuilder().clearMessage().build()).get("details"));
    ObjectNode root = Json.object();
    root.set("error", error);
    System.err.println(Json.line(root));
    return exitCode;
  }

  private int grpc(StatusRuntimeException e) {
    Status status = e.getStatus();
    com.google.rpc.Status details = StatusProto.fromThrowable(e);
    String description = String.valueOf(status.getDescription());
    String code = status.getCode().name();
    if (json) {
      return say(REFUSED, code, description, details);
    }
    say(REFUSED, code, code + ": " + description, details);
    if (details != null) {
      details.getDetailsList().stream()
          .filter(d -> d.is(RetryInfo.class))
          .forEach(d -> System.err.println("myelin: this passes; try again"));
    }
    return REFUSED;
  }

  /** Whether an error is one that a node made, not one of the connection to it. */
  static boolean isOurs(StatusRuntimeException e) {
    com.google.rpc.Status details = StatusProto.fromThrowable(e);
    return details != null
        && details.getDetailsList().stream().anyMatch(d -> d.is(ErrorInfo.class));
  }
}
