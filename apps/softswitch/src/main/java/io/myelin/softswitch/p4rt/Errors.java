package io.myelin.softswitch.p4rt;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refusals as gRPC statuses (§10); those of a batch are {@link BatchErrors}. */
final class Errors {
  private static final Logger log = LoggerFactory.getLogger(Errors.class);

  /** A description travels in a header, which with all others must stay below 8,192 bytes. */
  private static final int MAX_DESCRIPTION_BYTES = 2_000;

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
    return Status.fromCode(r.code())
        .withDescription(Text.fit(r.reason(), MAX_DESCRIPTION_BYTES))
        .asRuntimeException();
  }
}
