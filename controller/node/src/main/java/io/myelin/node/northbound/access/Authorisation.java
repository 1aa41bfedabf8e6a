package io.myelin.node.northbound.access;

import com.google.rpc.Code;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.myelin.core.access.AccessPolicy;
import io.myelin.core.access.Caller;
import io.myelin.core.model.TenantId;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets a call through if {@link Rights} says so, before its service sees anything of it. The answer
 * to who asks for another tenant's is the same whether it exists or not.
 */
public final class Authorisation implements ServerInterceptor {

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = call.getMethodDescriptor().getFullMethodName();
    Caller caller = Callers.current();
    Rights.Right right = Rights.of(method);
    StatusRuntimeException denial = denial(method, right, caller);
    if (denial != null || right == null) {
      if (denial != null) {
        ApiErrors.close(call, denial);
      }
      return new ServerCall.Listener<>() {};
    }
    if (right.reach() != Rights.Reach.TENANTS || caller.tenant() == null) {
      return next.startCall(call, headers);
    }
    return new SimpleForwardingServerCallListener<Q>(next.startCall(call, headers)) {
      private boolean denied;

      @Override
      public void onMessage(Q message) {
        StatusRuntimeException no = denial(right.resource(message), caller);
        if (no != null) {
          denied = true;
          ApiErrors.close(call, no);
          super.onCancel(); // whoever has begun to serve it stops
        } else if (!denied) {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        if (!denied) {
          super.onHalfClose();
        }
      }

      @Override
      public void onCancel() {
        if (!denied) {
          super.onCancel();
        }
      }

      @Override
      public void onComplete() {
        if (!denied) {
          super.onComplete();
        }
      }
    };
  }

  private static @Nullable StatusRuntimeException denial(
      String method, Rights.@Nullable Right right, Caller caller) {
    if (right == null) {
      return denied("METHOD_DENIED", method + " may be called by nobody");
    }
    if (!right.roles().contains(caller.role())) {
      return denied(
          "ROLE_DENIED",
          method
              + " needs one of the roles "
              + AccessPolicy.names(right.roles())
              + "; yours is "
              + caller.role().text());
    }
    TenantId own = caller.tenant();
    return right.reach() == Rights.Reach.FABRIC && own != null
        ? denied(
            "TENANT_DENIED",
            method + " is about the whole fabric; you are confined to tenants/" + own)
        : null;
  }

  /** Names that are malformed are left to the service, which says what is wrong with them. */
  private static @Nullable StatusRuntimeException denial(String resource, Caller caller) {
    TenantId own = caller.tenant();
    String[] parts = resource.split("/", -1);
    boolean named = parts.length >= 2 && parts[0].equals("tenants");
    return own == null || !named || parts[1].equals(own.value())
        ? null
        : denied("TENANT_DENIED", "only what is under tenants/" + own + " is yours");
  }

  private static StatusRuntimeException denied(String reason, String message) {
    return ApiErrors.of(Code.PERMISSION_DENIED, reason, message, Map.of());
  }
}
