package io.myelin.node.northbound;

import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.node.northbound.access.Authorisation;
import io.myelin.node.northbound.audit.AuditTrail;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.node.thread.OffloadedLog;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a member serves, with what stands before it: one chain of interceptors for whichever door a
 * call comes in by.
 */
public final class NorthboundServices implements AutoCloseable {
  private static final long HEARTBEAT_S = 10;

  /** At most so many processors are busy with clients while one is left for the switches. */
  static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors() - 1);

  private final GuardedExecutor workers = GuardedExecutor.pool("northbound", THREADS);
  private final GuardedExecutor feeds = GuardedExecutor.single("feeds");
  private final List<BindableService> services;
  private final List<ServerInterceptor> interceptors;

  /**
   * What the services are about.
   *
   * @param switches what is known of them
   * @param clockMs milliseconds since 1970
   * @param names makes up ids of leases and jobs
   * @param documents inventories as text
   * @param observer sees calls before whatever else stands before services
   */
  public record Backend(
      StateLog log,
      ControlledFabric switches,
      LongSupplier clockMs,
      Supplier<String> names,
      ClusterFacts cluster,
      InventoryDocuments documents,
      ServerInterceptor observer) {}

  /**
   * Makes the services.
   *
   * @param guard sees every call first
   * @param forwarding sees what the guard lets through
   */
  public NorthboundServices(Backend backend, Guard guard, ServerInterceptor forwarding) {
    ControlledFabric switches = backend.switches;
    LongSupplier clockMs = backend.clockMs;
    StateLog stateLog = new OffloadedLog(backend.log, workers);
    LiveConditions present = new LiveConditions(switches, switches, clockMs);
    Awaiter<LeaseName, Lease> awaiter = Awaiter.ofLeases(workers);
    Awaiter<JobName, Job> jobAwaiter = Awaiter.ofJobs(workers);
    String process = UUID.randomUUID().toString().replace("-", "");
    Conditions conditions =
        new Conditions(
            stateLog,
            switches,
            new Conditions.Own(
                backend.cluster::inventoryRefused,
                backend.cluster::inventoryDiffers,
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
          long index = backend.log.progress().index();
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
    services =
        List.of(
            new LeaseApi(stateLog, present, bursts, awaiter, leases, backend.names),
            new JobApi(stateLog, present, bursts, jobAwaiter, jobs, backend.names),
            new PathApi(stateLog, present),
            new FabricApi(
                stateLog,
                switches,
                fabric,
                conditions,
                new InventoryApi(stateLog, backend.documents, clockMs),
                clockMs),
            new TelemetryApi(stateLog, switches, switches, congestion),
            new ClusterApi(stateLog, backend.cluster, conditions),
            new AuditApi(guard.audit(), backend.cluster.member()),
            new AccessApi(stateLog));
    interceptors =
        List.of(
            backend.observer,
            guard.authentication(),
            guard.throttle(),
            new AuditTrail(guard.audit(), backend.cluster.member(), clockMs),
            new Authorisation(),
            forwarding);
  }

  /** Without what stands before them. */
  List<BindableService> services() {
    return services;
  }

  /** What stands before the services; the first one sees a call first. */
  List<ServerInterceptor> interceptors() {
    return interceptors;
  }

  /** The services with everything that stands before them, for a door that is not gRPC's own. */
  public List<ServerServiceDefinition> guarded() {
    return services.stream()
        .map(s -> ServerInterceptors.interceptForward(s, interceptors))
        .toList();
  }

  /** Where calls are served. */
  public Executor workers() {
    return workers;
  }

  /** Tells no watcher anything more. */
  void hush() {
    feeds.shutdownNow();
  }

  /** Calls that are under way are not waited for. */
  @Override
  public void close() {
    hush();
    workers.shutdown();
  }

  private void run(Runnable task) {
    try {
      feeds.execute(task);
    } catch (RejectedExecutionException closing) {
      // Nobody is listening any more.
    }
  }
}
