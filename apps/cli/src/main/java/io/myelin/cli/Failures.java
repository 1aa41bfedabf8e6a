package io.myelin.cli;

import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.model.Invalid;
import io.myelin.node.inventory.InventoryException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** One clear message a failure, and the exit code that scripts go by. */
final class Failures {
  static final int REFUSED = 1;
  static final int USAGE = 2;
  static final int UNREACHABLE = 3;

  private Failures() {}

  /** A failure whose message is all there is to say. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    Failure(int exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }
  }

  static int handle(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof StatusRuntimeException s) {
      return grpc(s);
    } else if (e instanceof Failure f) {
      return say(f.exitCode, f);
    } else if (e instanceof Invalid || e instanceof InventoryException) {
      return say(USAGE, e);
    } else if (e instanceof IOException) {
      return say(REFUSED, e);
    }
    e.printStackTrace();
    return REFUSED;
  }

  private static int say(int code, Exception e) {
    System.err.println("myelin: " + e.getMessage());
    return code;
  }

  private static int grpc(StatusRuntimeException e) {
    Status status = e.getStatus();
    com.google.rpc.Status details = StatusProto.fromThrowable(e);
    boolean ours =
        details != null && details.getDetailsList().stream().anyMatch(d -> d.is(ErrorInfo.class));
    if (!ours && status.getCode() == Status.Code.UNAVAILABLE) {
      System.err.println(
          "myelin: no node answers there: "
              + status.getDescription()
              + "; start one with 'myelin lab' or 'myelin node', or say where with --server");
      return UNREACHABLE;
    }
    System.err.println("myelin: " + status.getCode() + ": " + status.getDescription());
    if (details != null) {
      details.getDetailsList().stream()
          .filter(d -> d.is(RetryInfo.class))
          .forEach(d -> System.err.println("myelin: this passes; try again"));
    }
    return REFUSED;
  }
}
