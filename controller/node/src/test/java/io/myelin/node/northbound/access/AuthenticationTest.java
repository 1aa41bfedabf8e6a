package io.myelin.node.northbound.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.myelin.core.access.AccessPolicy;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.TenantId;
import io.myelin.v1.LeaseServiceGrpc;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Streams last longer than what they began with. */
final class AuthenticationTest {
  private static final Caller BLUE =
      new Caller("jwt:i#agent", new Grant(Role.TENANT, new TenantId("blue")));

  private boolean expired;
  private boolean broken;
  private boolean cancelled;
  private final Access access =
      Access.of(
          AccessPolicy.NOBODY,
          token -> {
            if (broken) {
              throw new IllegalStateException("no keys");
            }
            if (expired) {
              throw new Tokens.Rejected("the token expired");
            }
            return BLUE;
          });
  private final Authentication authentication =
      new Authentication(access, c -> List.of(), names -> false);

  private FakeCall call(MethodDescriptor<?, ?> method) {
    FakeCall call = new FakeCall(method);
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer t");
    call.listener =
        authentication.interceptCall(
            call,
            headers,
            (c, h) -> {
              call.served = true;
              call.handed = c;
              return new ServerCall.Listener<>() {
                @Override
                public void onCancel() {
                  cancelled = true;
                }
              };
            });
    return call;
  }

  private FakeCall watch() {
    return call(LeaseServiceGrpc.getWatchLeasesMethod());
  }

  @Test
  void aStreamDoesNotOutliveItsToken() {
    FakeCall watch = watch();
    assertTrue(watch.served);
    authentication.review();
    assertNull(watch.status, "nothing has changed");
    expired = true;
    authentication.review();
    Status ended = Objects.requireNonNull(watch.status);
    assertEquals(Status.Code.UNAUTHENTICATED, ended.getCode());
    assertTrue(String.valueOf(ended.getDescription()).contains("the token expired"));
    assertTrue(cancelled, "whoever serves it stops");
    watch.handed.sendMessage("late"); // a FakeCall would take it
    watch.handed.close(Status.OK, new Metadata());
    assertEquals(ended, watch.status, "it ends once");
    assertEquals(0, authentication.streams());
  }

  @Test
  void whoCannotBeCheckedIsNotLetGoOn() {
    FakeCall first = watch();
    FakeCall second = watch();
    Logger logger = (Logger) LoggerFactory.getLogger(Authentication.class);
    logger.setLevel(Level.OFF);
    try {
      broken = true;
      authentication.review();
    } finally {
      logger.setLevel(null);
    }
    for (FakeCall call : List.of(first, second)) {
      assertEquals(Status.Code.UNAUTHENTICATED, Objects.requireNonNull(call.status).getCode());
    }
  }

  @Test
  void aStreamEndsWhenThePolicyNoLongerKnowsItsCaller() throws IOException {
    FakeCall watch = watch();
    access.replace(AccessPolicy.NOBODY); // without any issuer
    authentication.review();
    assertEquals(Status.Code.UNAUTHENTICATED, Objects.requireNonNull(watch.status).getCode());
    assertTrue(!watch().served);
  }

  @Test
  void streamsThatEndAreForgottenAndCallsAreNotKept() {
    FakeCall byClient = watch();
    FakeCall byService = watch();
    call(LeaseServiceGrpc.getGetLeaseMethod());
    assertEquals(2, authentication.streams());
    byClient.listener.onCancel();
    byService.handed.close(Status.OK, new Metadata());
    assertEquals(0, authentication.streams());
    expired = true;
    authentication.review();
    assertNull(byClient.status);
    assertEquals(Status.OK, byService.status);
  }

  @Test
  void limitsAreThoseOfThePolicyInForce() throws IOException {
    AccessPolicy.Limits few = new AccessPolicy.Limits(1, 1, 1, 1);
    access.replace(new AccessPolicy(new TreeMap<>(Map.of()), List.of(), few));
    assertEquals(few, access.limits());
    assertNull(Access.open().limits());
  }
}
