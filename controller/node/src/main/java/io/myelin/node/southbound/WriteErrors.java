package io.myelin.node.southbound;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.port.WriteOutcome;
import io.myelin.p4.v1.Error;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the errors of a batch (P4Runtime 1.5 §12.3): status UNKNOWN with one {@code p4.v1.Error}
 * per update, in order.
 */
final class WriteErrors {
  private WriteErrors() {}

  /**
   * What became of each update of a call that failed. Where the answer does not say it of an
   * update, that is unknown: silence is no acknowledgement.
   */
  static List<WriteOutcome> of(Throwable t, int updates) {
    com.google.rpc.Status status = details(t);
    int details = status == null ? 0 : status.getDetailsCount();
    if (status == null || details == 0) {
      // A server that reports no details for a single update says it by the call's own code.
      return updates == 1 ? List.of(ofCall(t)) : all(updates, describe(t));
    }
    if (details != updates) {
      return all(updates, "the switch says " + details + " outcomes for " + updates + " updates");
    }
    List<WriteOutcome> outcomes = new ArrayList<>();
    for (Any detail : status.getDetailsList()) {
      outcomes.add(of(detail));
    }
    return outcomes.stream().allMatch(WriteOutcome::isAcknowledged)
        ? all(updates, "the switch says that the write failed, and that each update succeeded")
        : outcomes;
  }

  private static WriteOutcome of(Any detail) {
    if (!detail.is(Error.class)) {
      return WriteOutcome.unknown("the switch says " + detail.getTypeUrl() + " of an update");
    }
    try {
      Error e = detail.unpack(Error.class);
      return e.getCanonicalCode() == Code.OK_VALUE
          ? WriteOutcome.acknowledged()
          : of(e.getCanonicalCode(), e.getMessage());
    } catch (InvalidProtocolBufferException malformed) {
      return WriteOutcome.unknown("the switch says what cannot be read of an update");
    }
  }

  /** A call's own code may be that of the session; only what is about the update counts as said. */
  private static WriteOutcome ofCall(Throwable t) {
    WriteOutcome outcome = of(Status.fromThrowable(t).getCode().value(), describe(t));
    return outcome.kind() == WriteOutcome.Kind.RETRYING
        ? WriteOutcome.unknown(outcome.why())
        : outcome;
  }

  private static List<WriteOutcome> all(int updates, String why) {
    return Collections.nCopies(updates, WriteOutcome.unknown(why));
  }

  private static String describe(Throwable t) {
    Status s = Status.fromThrowable(t);
    return s.getDescription() == null ? s.getCode().name() : s.getDescription();
  }

  /** Null: there are none, or none that can be read, or they contradict the call's own code. */
  private static com.google.rpc.@Nullable Status details(Throwable t) {
    try {
      return StatusProto.fromThrowable(t);
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }

  private static WriteOutcome of(int code, String message) {
    return switch (code) {
      // It holds something else than we thought.
      case Code.NOT_FOUND_VALUE, Code.ALREADY_EXISTS_VALUE -> WriteOutcome.unknown(message);
      case Code.RESOURCE_EXHAUSTED_VALUE,
          Code.INVALID_ARGUMENT_VALUE,
          Code.OUT_OF_RANGE_VALUE,
          Code.UNIMPLEMENTED_VALUE ->
          WriteOutcome.refused(message);
      default -> WriteOutcome.retrying(message);
    };
  }
}
