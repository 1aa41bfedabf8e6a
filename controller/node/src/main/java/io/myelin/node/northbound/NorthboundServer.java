package io.myelin.node.northbound;

import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.node.log.HandshakeFailureLog;
import io.myelin.node.northbound.access.Authorisation;
import io.myelin.node.northbound.audit.AuditTrail;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.node.thread.OffloadedLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gRPC server: leases, jobs, paths, fabric, telemetry, health, reflection. */
public final class NorthboundServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NorthboundServer.class);

  private static final long HEARTBEAT_S = 10;
  private static final long CLOSE_TIMEOUT_S = 2;

  /** Threads of connections end when they had nothing to do for so long; nobody waits for it. */
  private static final long QUIET_MS = 200;

  /** Beyond these a connection's calls wait in the client. */
  private static final int MAX_CALLS_PER_CONNECTION = 1_024;

  /** Requests are small; a list of 256 QPs is 2 KiB. */
  private static final int MAX_REQUEST_BYTES = 1 << 20;

  /** At most so many processors are busy with clients while one is left for the switches. */
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors() - 1);

  private final Server server;

  /** Apart from gRPC's shared one: what switches tell must not wait behind what clients ask. */
  private final EventLoopGroup connections =
      new MultiThreadIoEventLoopGroup(
          Math.max(1, THREADS / 2),
          new DefaultThreadFactory("northbound-io", true),
          NioIoHandler.newFactory());

  private final HealthStatusManager health = new HealthStatusManager();
  private final GuardedExecutor workers;
  private final GuardedExecutor feeds;

  /**
   * Starts to serve.
   *
   * @param address to listen on; port 0: any free one
   * @param switches what is known of them
   * @param names makes up ids of leases and jobs
   * @param documents inventories as text
   * @param guard sees every call first
   * @param forwarding sees what the guard lets through
   * @throws IOException naming the address when it cannot be bound
   */
  public NorthboundServer(
      InetSocketAddress address,
      StateLog members,
      ControlledFabric switches,
      LongSupplier clockMs,
      Supplier<String> names,
      ClusterFacts cluster,
      InventoryDocuments documents,
      Guard guard,
      ServerInterceptor forwarding)
      throws IOException {
    HandshakeFailureLog.install();
    feeds = GuardedExecutor.single("feeds");
    workers = GuardedExecutor.pool("northbound", THREADS);
    try {
      StateLog stateLog = new OffloadedLog(members, workers);
      LiveConditions present = new LiveConditions(switches, switches, clockMs);
      Awaiter<LeaseName, Lease> awaiter = Awaiter.ofLeases(workers);
      Awaiter<JobName, Job> jobAwaiter = Awaiter.ofJobs(workers);
      String process = UUID.randomUUID().toString().replace("-", "");
      Conditions conditions =
          new Conditions(
              stateLog,
              switches,
              new Conditions.Own(
                  cluster::inventoryRefused,
                  cluster::inventoryDiffers,
                  guard.audit()::trouble,
                  GuardedExecutor::allFailures),
              clockMs);
      LeaseFeed leases = new LeaseFeed(stateLog);
      JobFeed jobs = new JobFeed(stateLog);
      FabricFeed fabric = new FabricFeed(stateLog, switches, switches, conditions, process);
      CongestionFeed congestion = new CongestionFeed(stateLog, switches, switches, process);
      switches.onCongestion(
          c -> run(() -> congestion.changed(List.of(new CongestionFeed.Key.QueueKey(c.queue())))));
      switches.onDecision(
          d -> run(() -> congestion.changed(List.of(new CongestionFeed.Key.DecisionKey(d.id())))));
      stateLog.follow(
          a -> {
            awaiter.applied(a);
            jobAwaiter.applied(a);
            long index = members.progress().index();
            run(
                () -> {
                  leases.applied(a, index);
                  jobs.applied(a, index);
                  fabric.applied(a);
                });
          });
      switches.onChange(() -> run(fabric::devicesChanged));
      // Each by itself: one that fails keeps no other from its turn.
      for (Runnable beat :
          List.<Runnable>of(
              leases::beat,
              jobs::beat,
              fabric::beat,
              congestion::beat,
              conditions::look,
              guard.authentication()::review)) {
        feeds.scheduleWithFixedDelay(beat, HEARTBEAT_S, HEARTBEAT_S, TimeUnit.SECONDS);
      }
      BurstRoom bursts = new BurstRoom(stateLog, present, awaiter);
      server =
          NettyServerBuilder.forAddress(address, guard.credentials())
              .executor(workers)
              .channelType(NioServerSocketChannel.class)
              .bossEventLoopGroup(connections)
              .workerEventLoopGroup(connections)
              .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
              .maxInboundMessageSize(MAX_REQUEST_BYTES)
              .permitKeepAliveTime(5, TimeUnit.SECONDS)
              .addService(new LeaseApi(stateLog, present, bursts, awaiter, leases, names))
              .addService(new JobApi(stateLog, present, bursts, jobAwaiter, jobs, names))
              .addService(new PathApi(stateLog, present))
              .addService(
                  new FabricApi(
                      stateLog,
                      switches,
                      fabric,
                      conditions,
                      new InventoryApi(stateLog, documents, clockMs),
                      clockMs))
              .addService(new TelemetryApi(stateLog, switches, switches, congestion))
              .addService(health.getHealthService())
              .addService(new ClusterApi(stateLog, cluster, conditions))
              .addService(new AuditApi(guard.audit(), cluster.member()))
              .addService(ProtoReflectionServiceV1.newInstance())
              .intercept(forwarding) // the last one added is the first to see a call
              .intercept(new Authorisation())
              .intercept(new AuditTrail(guard.audit(), cluster.member(), clockMs))
              .intercept(guard.throttle())
              .intercept(guard.authentication())
              .build();
      health.setStatus("", ServingStatus.NOT_SERVING);
      server.start();
    } catch (IOException e) {
      end();
      throw new IOException("cannot listen on " + address + ": " + cause(e), e);
    } catch (RuntimeException | LinkageError e) {
      end();
      throw e;
    }
  }

  /** Says over gRPC health whether this node can do its work. */
  public void serving(boolean yes) {
    health.setStatus("", yes ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    feeds.shutdownNow(); // nothing more is told
    try {
      // What gRPC still has to tell cancelled calls runs on the workers.
      if (!server.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
        log.info("calls did not end in {} s", CLOSE_TIMEOUT_S);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    end();
  }

  private void end() {
    feeds.shutdownNow();
    workers.shutdown();
    // Workers may be in the midst of an answer, which they hand over to these threads.
    connections.shutdownGracefully(QUIET_MS, CLOSE_TIMEOUT_S * 1_000, TimeUnit.MILLISECONDS);
  }

  private void run(Runnable task) {
    try {
      feeds.execute(task);
    } catch (RejectedExecutionException closing) {
      // Nobody is listening any more.
    }
  }

  private static String cause(Throwable t) {
    Throwable root = t;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
