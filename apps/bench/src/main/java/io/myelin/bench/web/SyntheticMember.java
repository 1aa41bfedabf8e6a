package io.myelin.bench.web;

import io.grpc.stub.StreamObserver;
import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Estimator;
import io.myelin.core.loop.QuietFabric;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Objective;
import io.myelin.core.path.PathSearch;
import io.myelin.core.place.Placement;
import io.myelin.core.port.SwitchCounters;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.FatTree;
import io.myelin.node.DoorContext;
import io.myelin.node.control.ControlLag;
import io.myelin.node.northbound.ControlledFabric;
import io.myelin.node.northbound.LoneMember;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.node.observe.EventRelay;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import io.myelin.v1.GetClusterResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What a web door opens to, of a fat tree with many leases: the state is real, what switches would
 * have told is made up.
 */
final class SyntheticMember implements AutoCloseable {
  /** 1,125 switches, 27,000 links one way between them. */
  private static final int K = 30;

  private static final int HOSTS = 4;
  private static final long SEED = 1;
  private static final long LEASE_BPS = 1_000_000_000L;

  private final ExecutorService workers = Executors.newFixedThreadPool(2);
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final DoorContext context;

  SyntheticMember(int leases) {
    log.submit(new Command.SetInventory(new FatTree(K, HOSTS).inventory(FabricOptions.DEFAULT), 0))
        .join();
    fill(leases);
    context =
        new DoorContext(
            List.of(new Cluster().bindService()),
            workers,
            null,
            log,
            new Fabric(),
            new LoneMember(System::currentTimeMillis),
            new AuditLog(),
            new EventRelay(),
            new ControlLag(System::nanoTime),
            null);
  }

  private void fill(int leases) {
    Random random = new Random(SEED);
    List<Endpoint> endpoints = new ArrayList<>();
    log.state().inventory().endpoints().forEach((id, e) -> endpoints.add(e));
    for (int n = 0; n < leases; ) {
      FabricState s = log.state();
      Endpoint from = endpoints.get(random.nextInt(endpoints.size()));
      Endpoint to = endpoints.get(random.nextInt(endpoints.size()));
      if (from.equals(to)) {
        continue;
      }
      LeaseSpec spec =
          new LeaseSpec(
              from.id(),
              to.id(),
              new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(1 + n)),
              LEASE_BPS,
              Terms.of(Objective.LATENCY),
              LeaseSpec.NEVER);
      if (Placement.of(s, spec, Now.calm(n)).find() instanceof PathSearch.Found found) {
        LeaseName name = new LeaseName(new TenantId("planning"), "l" + n);
        log.submit(new Command.CreateLease(name, spec, Route.of(found.path()), null, n)).join();
        log.submit(new Command.Provisioned(name, 1, n)).join();
        n++;
      }
    }
  }

  DoorContext context() {
    return context;
  }

  FabricState state() {
    return log.state();
  }

  @Override
  public void close() {
    workers.shutdownNow();
    log.close();
  }

  /** Every link half full. */
  private static final class Fabric extends QuietFabric implements ControlledFabric {
    private static final Estimate HALF = new Estimate(0.5, 1_000, 0, 0, 0, 1, 500);

    @Override
    public Estimate estimate(PortRef port, long capacityBps) {
      return HALF;
    }

    @Override
    public Estimator.Counters counters(PortRef port) {
      return new Estimator.Counters(
          123_456_789L + port.port(), 505_678_901_234L, 123_456_789L + port.port(), 1_234, 56);
    }

    @Override
    public CompletableFuture<SwitchCounters> read(DeviceId device) {
      return CompletableFuture.failedFuture(new IOException("there is no switch"));
    }
  }

  /** Whoever asks may. */
  private static final class Cluster extends ClusterServiceGrpc.ClusterServiceImplBase {
    @Override
    public void getCluster(GetClusterRequest m, StreamObserver<GetClusterResponse> out) {
      out.onNext(GetClusterResponse.getDefaultInstance());
      out.onCompleted();
    }
  }
}
