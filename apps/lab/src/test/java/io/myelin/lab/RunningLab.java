package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.PathServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A converged lab with a client. */
final class RunningLab implements AutoCloseable {
  private static final long PATIENCE_S = 30;

  final Lab lab;
  final ManagedChannel channel;

  RunningLab(FabricSpec spec) throws IOException {
    lab = new Lab(spec, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    channel = NettyChannelBuilder.forAddress("127.0.0.1", lab.node().port()).usePlaintext().build();
    await(lab.node()::converged);
  }

  static void await(BooleanSupplier condition) {
    await(condition, "it");
  }

  static void await(BooleanSupplier condition, String what) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, what + " was not within " + PATIENCE_S + " s");
      LockSupport.parkNanos(2_000_000);
    }
  }

  LeaseServiceGrpc.LeaseServiceBlockingStub leases() {
    return LeaseServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  JobServiceGrpc.JobServiceBlockingStub jobs() {
    return JobServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  PathServiceGrpc.PathServiceBlockingStub paths() {
    return PathServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  /** Cuts or mends a cable, e.g. {@code leaf1/1-spine1/1}. */
  void setUp(String cable, boolean up) {
    lab.fabric()
        .call(
            () -> {
              lab.fabric().link(cable).setUp(up);
              return true;
            })
        .join();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    lab.close();
  }
}
