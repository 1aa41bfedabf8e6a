package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import io.myelin.p4.v1.WriteResponse;
import io.myelin.softswitch.engine.SwitchControl;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A write that is being applied while the primary changes (§5.3, rule 1.2). */
final class WriteInFlightTest {
  private static final String ROUTE =
      "table_entry { table_id: $routes match { field_id: 1 lpm { value: '\\xaa\\0\\0\\0\\0\\0'"
          + " prefix_len: 8 } } action { action { action_id: $drop } } }";

  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** The switch, which takes its time to add an entry. */
  private SwitchControl slow(SwitchControl control) {
    return (SwitchControl)
        Proxy.newProxyInstance(
            SwitchControl.class.getClassLoader(),
            new Class<?>[] {SwitchControl.class},
            (proxy, method, args) -> {
              if (method.getName().equals("addEntry")) {
                entered.countDown();
                assertTrue(released.await(10, TimeUnit.SECONDS));
              }
              try {
                return method.invoke(control, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void newPrimaryIsToldAfterTheWriteOfTheOldOneHasEnded() throws InterruptedException {
    try (Fixture f = new Fixture(this::slow)) {
      Controller a = f.primary(1);
      f.setPipeline(
          io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT,
          Programs.CONFORMANCE);
      Update update = f.insert(ROUTE);
      LinkedBlockingQueue<String> writes = new LinkedBlockingQueue<>();
      P4RuntimeGrpc.newStub(f.channel)
          .write(
              f.request(WriteRequest.Atomicity.CONTINUE_ON_ERROR, List.of(update)),
              new StreamObserver<>() {
                @Override
                public void onNext(WriteResponse r) {
                  writes.add("applied");
                }

                @Override
                public void onError(Throwable t) {
                  writes.add(t.toString());
                }

                @Override
                public void onCompleted() {}
              });
      assertTrue(entered.await(10, TimeUnit.SECONDS));
      Controller b = f.stream();
      b.arbitrate(Controller.id(2), "");
      a.awaitBackupWithPrimary();
      assertTrue(b.hasReceivedNothing());
      assertEquals(Status.Code.PERMISSION_DENIED, Fixture.failure(() -> f.write(update)).getCode());
      released.countDown();
      b.awaitPrimary();
      assertEquals("applied", writes.poll(10, TimeUnit.SECONDS));
    }
  }
}
