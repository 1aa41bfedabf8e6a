package io.myelin.node.northbound.audit;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.access.Caller;
import io.myelin.node.northbound.access.Callers;
import io.myelin.node.northbound.access.Rights;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateJobResponse;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.CreateLeaseResponse;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes into the audit log: every change, and every call that was refused for who made it. Reads
 * that succeed are not written. When the log cannot be written, nothing may be changed.
 */
public final class AuditTrail implements ServerInterceptor {
  private static final Metadata.Key<String> FORWARDED =
      Metadata.Key.of("myelin-forwarded-by", Metadata.ASCII_STRING_MARSHALLER);
  private static final int MAX_CHARS = 500;

  private final AuditLog log;
  private final String member;
  private final LongSupplier clockMs;

  /**
   * @param member id of this one
   * @param clockMs milliseconds since 1970
   */
  public AuditTrail(AuditLog log, String member, LongSupplier clockMs) {
    this.log = log;
    this.member = member;
    this.clockMs = clockMs;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = call.getMethodDescriptor().getFullMethodName();
    Rights.Right right = Rights.of(method);
    boolean change = right != null && right.effect().changes();
    if (change && !log.trouble().isEmpty()) {
      ApiErrors.close(
          call,
          ApiErrors.retry(
              Code.UNAVAILABLE,
              "AUDIT_FAILED",
              "nothing is changed while it cannot be recorded: " + log.trouble(),
              Map.of(),
              1_000));
      return new ServerCall.Listener<>() {};
    }
    Caller caller = Callers.current();
    String via = headers.get(FORWARDED);
    Object[] request = new Object[1];
    Object[] answer = new Object[1];
    ServerCall<Q, R> watched =
        new SimpleForwardingServerCall<Q, R>(call) {
          @Override
          public void sendMessage(R message) {
            if (change) {
              answer[0] = message;
            }
            super.sendMessage(message);
          }

          @Override
          public void close(Status status, Metadata trailers) {
            if (change || isRefusal(status.getCode())) {
              log.append(
                  event(
                      method,
                      resource(right, request[0], answer[0]),
                      caller,
                      via == null ? "" : via,
                      request[0],
                      status,
                      trailers));
            }
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<Q>(next.startCall(watched, headers)) {
      @Override
      public void onMessage(Q message) {
        request[0] = message;
        super.onMessage(message);
      }
    };
  }

  private static boolean isRefusal(Status.Code code) {
    return code == Status.Code.PERMISSION_DENIED || code == Status.Code.UNAUTHENTICATED;
  }

  private AuditEvent event(
      String method,
      String resource,
      Caller caller,
      String via,
      @Nullable Object request,
      Status status,
      Metadata trailers) {
    var tenant = caller.tenant();
    return new AuditEvent(
        0,
        clockMs.getAsLong(),
        member,
        caller.name(),
        caller.role().text(),
        tenant == null ? "" : tenant.value(),
        via,
        method,
        cut(resource),
        request instanceof Message m ? cut(requestId(m)) : "",
        status.getCode().name(),
        reason(status, trailers),
        status.getDescription() == null ? "" : cut(status.getDescription()));
  }

  /** What a call was about: what it created, too, by its full name. */
  private static String resource(
      Rights.@Nullable Right right, @Nullable Object request, @Nullable Object answer) {
    String created = "";
    if (request instanceof CreateLeaseRequest m) {
      created =
          answer instanceof CreateLeaseResponse r && !r.getLease().getName().isEmpty()
              ? r.getLease().getName()
              : m.getLeaseId().isEmpty() ? "" : m.getParent() + "/leases/" + m.getLeaseId();
    } else if (request instanceof CreateJobRequest m) {
      created =
          answer instanceof CreateJobResponse r && !r.getJob().getName().isEmpty()
              ? r.getJob().getName()
              : m.getJobId().isEmpty() ? "" : m.getParent() + "/jobs/" + m.getJobId();
    }
    return !created.isEmpty()
        ? created
        : right == null || request == null ? "" : right.resource(request);
  }

  private static String requestId(Message m) {
    FieldDescriptor f = m.getDescriptorForType().findFieldByName("request_id");
    return f == null ? "" : String.valueOf(m.getField(f));
  }

  private static String reason(Status status, Metadata trailers) {
    com.google.rpc.Status details =
        status.isOk() ? null : StatusProto.fromStatusAndTrailers(status, trailers);
    return ApiErrors.detail(details, ErrorInfo.class).map(ErrorInfo::getReason).orElse("");
  }

  private static String cut(String s) {
    return s.length() <= MAX_CHARS ? s : s.substring(0, MAX_CHARS) + "…";
  }
}
