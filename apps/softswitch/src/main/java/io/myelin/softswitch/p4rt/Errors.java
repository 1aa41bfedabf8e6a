package io.myelin.softswitch.p4rt;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.p4.v1.Error;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refusals as gRPC statuses and {@code p4.v1.Error} details (§10, §12.3). */
final class Errors {
  private static final Logger log = LoggerFactory.getLogger(Errors.class);
  private static final Any OK = Any.pack(Error.getDefaultInstance());

  /** Details travel in HTTP headers, whose size clients bound (appendix "gRPC Metadata"). */
  private static final int MAX_MESSAGE_CHARS = 400;

  private Errors() {}

  /** What the engine threw, as a refusal. */
  static Refusal refusal(RuntimeException e) {
    if (e instanceof Refusal r) {
      return r;
    }
    if (e instanceof io.myelin.softswitch.engine.TableFullException) {
      return Refusal.exhausted(String.valueOf(e.getMessage()));
    }
    if (e instanceof IllegalArgumentException) {
      return Refusal.invalid(String.valueOf(e.getMessage()));
    }
    log.error("an update or read failed unexpectedly", e);
    return Refusal.of(Status.Code.INTERNAL, e.toString());
  }

  static StatusRuntimeException rpc(Refusal r) {
    return Status.fromCode(r.code()).withDescription(r.reason()).asRuntimeException();
  }

  static Any ok() {
    return OK;
  }

  static Any detail(Refusal r) {
    String message = r.reason();
    if (message.length() > MAX_MESSAGE_CHARS) {
      message = message.substring(0, MAX_MESSAGE_CHARS) + "…";
    }
    return Any.pack(
        Error.newBuilder()
            .setCanonicalCode(r.code().value())
            .setMessage(message)
            .setSpace("myelin-softswitch")
            .build());
  }

  /** UNKNOWN, with one detail per element of the batch in its order. */
  static StatusRuntimeException batch(List<Any> details, int failed, String first) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.UNKNOWN_VALUE)
            .setMessage(failed + " of " + details.size() + " failed; the first: " + first)
            .addAllDetails(details)
            .build());
  }
}
