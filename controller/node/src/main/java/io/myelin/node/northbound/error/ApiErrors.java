package io.myelin.node.northbound.error;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.model.Invalid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Errors as clients see them: always with {@code google.rpc.ErrorInfo} (AIP-193); bad fields with
 * BadRequest, passing conditions with RetryInfo. Every error of the API is made here, so that each
 * of them fits into what clients take ({@link ErrorBudget}).
 */
public final class ApiErrors {
  private static final String DOMAIN = "myelin.io";

  private ApiErrors() {}

  public static StatusRuntimeException invalid(String field, String problem) {
    return build(
        Code.INVALID_ARGUMENT,
        field + ": " + problem,
        "INVALID_FIELD",
        Map.of("field", field),
        List.of(
            BadRequest.newBuilder()
                .addFieldViolations(
                    BadRequest.FieldViolation.newBuilder().setField(field).setDescription(problem))
                .build()));
  }

  public static StatusRuntimeException invalid(Invalid e) {
    return invalid(e.field(), e.problem());
  }

  public static StatusRuntimeException of(
      Code code,
      String reason,
      String message,
      Map<String, String> metadata,
      com.google.protobuf.Message... details) {
    return build(code, message, reason, metadata, List.of(details));
  }

  /** Something that passes: the client should come back after {@code retryMs}. */
  public static StatusRuntimeException retry(
      Code code,
      String reason,
      String message,
      Map<String, String> metadata,
      long retryMs,
      com.google.protobuf.Message... details) {
    Duration delay =
        Duration.newBuilder()
            .setSeconds(retryMs / 1000)
            .setNanos((int) (retryMs % 1000) * 1_000_000)
            .build();
    List<com.google.protobuf.Message> all = new ArrayList<>(List.of(details));
    all.add(RetryInfo.newBuilder().setRetryDelay(delay).build());
    return build(code, message, reason, metadata, all);
  }

  /** A detail of an error; empty: it has none of the kind, or one that cannot be read. */
  public static <T extends com.google.protobuf.Message> Optional<T> detail(
      com.google.rpc.@Nullable Status error, Class<T> kind) {
    if (error != null) {
      for (Any any : error.getDetailsList()) {
        if (any.is(kind)) {
          try {
            return Optional.of(any.unpack(kind));
          } catch (InvalidProtocolBufferException notOurs) {
            return Optional.empty();
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Ends a call with an error. */
  public static void close(ServerCall<?, ?> call, StatusRuntimeException e) {
    Metadata trailers = new Metadata(); // a copy: the error may be said to others, too
    Metadata details = e.getTrailers();
    if (details != null) {
      trailers.merge(details);
    }
    call.close(e.getStatus(), trailers);
  }

  private static StatusRuntimeException build(
      Code code,
      String message,
      String reason,
      Map<String, String> metadata,
      List<com.google.protobuf.Message> details) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(reason)
                        .putAllMetadata(metadata)
                        .build()));
    for (com.google.protobuf.Message m : details) {
      status.addDetails(Any.pack(m));
    }
    return StatusProto.toStatusRuntimeException(ErrorBudget.fit(status.build()));
  }
}
