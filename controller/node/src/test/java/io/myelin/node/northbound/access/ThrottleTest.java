package io.myelin.node.northbound.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.myelin.core.access.AccessPolicy.Limits;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.TenantId;
import io.myelin.v1.LeaseServiceGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ThrottleTest {
  private static final Caller BLUE =
      new Caller("blue", new Grant(Role.TENANT, new TenantId("blue")));
  private static final Caller RED = new Caller("red", new Grant(Role.TENANT, new TenantId("red")));

  private final AtomicLong nowNs = new AtomicLong();
  private final AtomicLong lagNs = new AtomicLong();

  private FakeCall call(Throttle throttle, Caller caller, MethodDescriptor<?, ?> method) {
    FakeCall call = new FakeCall(method);
    Context.current()
        .withValue(Callers.KEY, caller)
        .run(
            () ->
                call.listener =
                    throttle.interceptCall(
                        call,
                        new Metadata(),
                        (c, h) -> {
                          call.served = true;
                          call.handed = c;
                          return new ServerCall.Listener<>() {};
                        }));
    return call;
  }

  private FakeCall read(Throttle throttle, Caller caller) {
    return call(throttle, caller, LeaseServiceGrpc.getGetLeaseMethod());
  }

  private static void answer(FakeCall call) {
    call.handed.close(Status.OK, new Metadata());
  }

  @Test
  void whoAsksTooOftenIsToldWhenToComeBackAndOthersAreServed() throws Exception {
    Throttle t = new Throttle(() -> new Limits(10, 3, 64, 4), nowNs::get, lagNs::get);
    for (int i = 0; i < 3; i++) {
      FakeCall ok = read(t, BLUE);
      assertTrue(ok.served);
      answer(ok);
    }
    FakeCall no = read(t, BLUE);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, Objects.requireNonNull(no.status).getCode());
    assertEquals(100, no.retryMs());
    assertTrue(read(t, RED).served, "another client has a bucket of its own");
    nowNs.addAndGet(100_000_000);
    assertTrue(read(t, BLUE).served, "it was worth waiting");
    assertEquals(
        Status.Code.RESOURCE_EXHAUSTED, Objects.requireNonNull(read(t, BLUE).status).getCode());
  }

  @Test
  void unansweredCallsAndWatchesAreCountedUntilTheyEnd() {
    Throttle t = new Throttle(() -> new Limits(1_000, 1_000, 2, 1), nowNs::get, lagNs::get);
    FakeCall a = read(t, BLUE);
    FakeCall b = read(t, BLUE);
    assertTrue(a.served && b.served);
    assertEquals(
        Status.Code.RESOURCE_EXHAUSTED, Objects.requireNonNull(read(t, BLUE).status).getCode());
    answer(a);
    a.listener.onCancel(); // counts once
    assertTrue(read(t, BLUE).served);
    assertEquals(
        Status.Code.RESOURCE_EXHAUSTED, Objects.requireNonNull(read(t, BLUE).status).getCode());

    FakeCall watch = call(t, BLUE, LeaseServiceGrpc.getWatchLeasesMethod());
    assertTrue(watch.served);
    assertTrue(!call(t, BLUE, LeaseServiceGrpc.getWatchLeasesMethod()).served);
    watch.listener.onCancel();
    assertTrue(call(t, BLUE, LeaseServiceGrpc.getWatchLeasesMethod()).served);
  }

  @Test
  void thereIsABoundForAllTogether() throws Exception {
    Throttle t =
        new Throttle(() -> new Limits(1_000_000, 1_000_000, 1_000_000, 1), nowNs::get, lagNs::get);
    List<FakeCall> served = new ArrayList<>();
    FakeCall refused = null;
    for (int i = 0; i < 1_000 && refused == null; i++) {
      FakeCall c = read(t, i % 2 == 0 ? BLUE : RED);
      if (c.served) {
        served.add(c);
      } else {
        refused = c;
      }
    }
    assertTrue(served.size() <= 512, served.size() + " at once");
    assertEquals(
        Status.Code.UNAVAILABLE,
        Objects.requireNonNull(Objects.requireNonNull(refused).status).getCode());
    assertTrue(Objects.requireNonNull(refused).retryMs() > 0);
    assertTrue(
        call(t, RED, LeaseServiceGrpc.getCreateLeaseMethod()).served,
        "readers do not keep out who changes something");
    served.forEach(ThrottleTest::answer);
    assertTrue(read(t, BLUE).served);
  }

  /** So many calls are taken at once, after 5 s in which as many were asked as there was room. */
  private int room(Throttle t) {
    int room = 0;
    for (int ms = 0; ms < 5_000; ms += 5) {
      List<FakeCall> served = new ArrayList<>();
      for (FakeCall c = read(t, BLUE); c.served; c = read(t, BLUE)) {
        served.add(c);
      }
      nowNs.addAndGet(5_000_000);
      room = served.size();
      served.forEach(ThrottleTest::answer);
    }
    return room;
  }

  @Test
  void aLateControlThreadLeavesLessRoomAndAPunctualOneMore() {
    Throttle t = new Throttle(() -> null, nowNs::get, lagNs::get);
    int before = room(t);
    lagNs.set(10_000_000);
    int late = room(t);
    assertTrue(late <= 4, late + " at once while the control thread is late");
    lagNs.set(0);
    int after = room(t);
    assertTrue(before > 32 && after > 32, before + " and " + after + " while it is in time");
  }

  /** A bound on what is remembered of clients that come under ever new names. */
  @Test
  void manyNamesTakeBoundedMemory() {
    Throttle t = new Throttle(() -> Limits.DEFAULT, nowNs::get, lagNs::get);
    for (int i = 0; i < 30_000; i++) {
      answer(read(t, new Caller("c" + i, BLUE.grant())));
    }
    assertTrue(t.clients() <= 10_000, t.clients() + " clients");
  }
}
