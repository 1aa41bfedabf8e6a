package io.myelin.node.southbound;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.port.Southbound.Failure;
import io.myelin.p4.v1.Error;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the errors of a batch (P4Runtime 1.4 §12.3): status UNKNOWN with one {@code p4.v1.Error}
 * per update, in order.
 */
final class WriteErrors {
  private WriteErrors() {}

  /**
   * The failed updates of a batch.
   *
   * @return empty when the call failed as a whole, so that nothing is known of single updates
   */
  static Optional<List<Failure>> of(Throwable t, int updates) {
    com.google.rpc.Status status = details(t);
    if (status == null || status.getDetailsCount() == 0) {
      Status.Code code = Status.fromThrowable(t).getCode();
      // A server that reports no details for a single update says it by the call's own code.
      return updates == 1 && kindOf(code.value()) != Failure.Kind.TRANSIENT
          ? Optional.of(
              List.of(
                  new Failure(
                      0,
                      kindOf(code.value()),
                      String.valueOf(Status.fromThrowable(t).getDescription()))))
          : Optional.empty();
    }
    List<Failure> failures = new ArrayList<>();
    for (int i = 0; i < Math.min(updates, status.getDetailsCount()); i++) {
      Any detail = status.getDetails(i);
      if (!detail.is(Error.class)) {
        continue;
      }
      try {
        Error e = detail.unpack(Error.class);
        if (e.getCanonicalCode() != Code.OK_VALUE) {
          failures.add(new Failure(i, kindOf(e.getCanonicalCode()), e.getMessage()));
        }
      } catch (InvalidProtocolBufferException malformed) {
        failures.add(new Failure(i, Failure.Kind.TRANSIENT, "malformed error detail"));
      }
    }
    return Optional.of(failures);
  }

  /** Null: there are none, or none that can be read, or they contradict the call's own code. */
  private static com.google.rpc.@Nullable Status details(Throwable t) {
    try {
      return StatusProto.fromThrowable(t);
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }

  private static Failure.Kind kindOf(int code) {
    return switch (code) {
      case Code.NOT_FOUND_VALUE, Code.ALREADY_EXISTS_VALUE -> Failure.Kind.DRIFT;
      case Code.RESOURCE_EXHAUSTED_VALUE -> Failure.Kind.FULL;
      case Code.INVALID_ARGUMENT_VALUE, Code.OUT_OF_RANGE_VALUE, Code.UNIMPLEMENTED_VALUE ->
          Failure.Kind.REFUSED;
      default -> Failure.Kind.TRANSIENT;
    };
  }
}
