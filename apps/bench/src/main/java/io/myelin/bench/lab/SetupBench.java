package io.myelin.bench.lab;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.bench.figure.Figure;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Leases;
import io.myelin.lab.cluster.Members;
import io.myelin.node.client.ClusterClient;
import io.myelin.softswitch.time.RealTimeScheduler;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.ReleaseLeaseRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * How long a lease takes, over real sockets, on the default fabric: CreateLease until ACTIVE,
 * against a bare unary call (gRPC health) to the same process.
 */
public final class SetupBench {
  private static final int WARM_UP = 2_000;
  private static final int SAMPLES = 2_000;
  private static final long THROUGHPUT_NS = 4_000_000_000L;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int[] CLIENTS = {1, 16, 128};
  private static final int[] DURABLE = {1, 3};

  private final Consumer<String> progress;
  private final AtomicInteger qp = new AtomicInteger(1);

  public SetupBench(Consumer<String> progress) {
    this.progress = progress;
  }

  public List<Figure> run() throws IOException, InterruptedException, ExecutionException {
    List<Figure> figures = new ArrayList<>(memory());
    for (int members : DURABLE) {
      figures.addAll(durable(members, figures));
    }
    return figures;
  }

  /** The same with the state on disk, forced there before anything is acknowledged. */
  private List<Figure> durable(int members, List<Figure> memory)
      throws IOException, InterruptedException, ExecutionException {
    String name = "durable_" + members;
    List<Figure> figures = new ArrayList<>();
    Path directory = Files.createTempDirectory("myelin-setup");
    try (RealTimeScheduler scheduler = new RealTimeScheduler("fabric");
        LabFabric fabric = new LabFabric(FabricSpec.DEFAULT, scheduler);
        Members all = new Members(fabric.inventory(), members, directory)) {
      int port = all.leader().port();
      ManagedChannel channel = channel(port);
      try {
        progress.accept(members + " on disk: warming up");
        pairs(channel, WARM_UP / 2);
        progress.accept(members + " on disk: measuring " + SAMPLES / 2 + " leases");
        long[] create = pairs(channel, SAMPLES / 2);
        figures.add(new Figure(name + "_p50_ms", create[create.length / 2] / 1e6, "ms"));
        figures.add(new Figure(name + "_p99_ms", create[create.length * 99 / 100] / 1e6, "ms"));
      } finally {
        channel.shutdownNow();
      }
      for (int clients : CLIENTS) {
        progress.accept(members + " on disk: leases per second with " + clients + " clients");
        String figure = "leases_per_s_clients_" + clients;
        double perS = throughput(port, clients);
        double before =
            memory.stream().filter(f -> f.name().equals(figure)).findFirst().orElseThrow().value();
        figures.add(new Figure(name + "_" + figure, perS, "1/s"));
        figures.add(new Figure(name + "_over_memory_clients_" + clients, perS / before, "ratio"));
      }
    } finally {
      Members.delete(directory);
    }
    return figures;
  }

  private List<Figure> memory() throws IOException, InterruptedException, ExecutionException {
    List<Figure> figures = new ArrayList<>();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (Lab lab = new Lab(FabricSpec.DEFAULT, any)) {
      lab.awaitConverged();
      ManagedChannel channel = channel(lab.node().port());
      try {
        progress.accept("warming up");
        pairs(channel, WARM_UP);
        roundTrips(channel, WARM_UP);
        progress.accept("measuring " + SAMPLES + " leases");
        long[] rtt = roundTrips(channel, SAMPLES);
        long[] create = pairs(channel, SAMPLES);
        double p50 = create[SAMPLES / 2] / 1e6;
        figures.add(new Figure("create_active_p50_ms", p50, "ms"));
        figures.add(new Figure("create_active_p99_ms", create[SAMPLES * 99 / 100] / 1e6, "ms"));
        figures.add(new Figure("rtt_p50_ms", rtt[SAMPLES / 2] / 1e6, "ms"));
        figures.add(
            new Figure("create_active_p50_over_rtt", p50 * 1e6 / rtt[SAMPLES / 2], "ratio"));
        for (int clients : CLIENTS) {
          progress.accept("leases per second with " + clients + " clients");
          figures.add(
              new Figure(
                  "leases_per_s_clients_" + clients,
                  throughput(lab.node().port(), clients),
                  "1/s"));
        }
      } finally {
        channel.shutdownNow();
      }
    }
    return figures;
  }

  private static ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  private static long[] roundTrips(ManagedChannel channel, int n) {
    HealthGrpc.HealthBlockingStub stub = HealthGrpc.newBlockingStub(channel);
    long[] ns = new long[n];
    for (int i = 0; i < n; i++) {
      long t = System.nanoTime();
      stub.check(HealthCheckRequest.getDefaultInstance());
      ns[i] = System.nanoTime() - t;
    }
    Arrays.sort(ns);
    return ns;
  }

  /** Creates and releases leases one after the other; only the creation is timed. */
  private long[] pairs(ManagedChannel channel, int n) {
    LeaseServiceGrpc.LeaseServiceBlockingStub stub = LeaseServiceGrpc.newBlockingStub(channel);
    long[] ns = new long[n];
    for (int i = 0; i < n; i++) {
      CreateLeaseRequest request = request(i);
      long t = System.nanoTime();
      Lease lease = stub.createLease(request).getLease();
      ns[i] = System.nanoTime() - t;
      var unused = release(stub, lease);
    }
    Arrays.sort(ns);
    return ns;
  }

  private static Lease release(LeaseServiceGrpc.LeaseServiceBlockingStub stub, Lease lease) {
    if (lease.getState() != LeaseState.LEASE_STATE_ACTIVE) {
      throw new IllegalStateException(lease.getName() + " is " + lease.getState());
    }
    return stub.releaseLease(ReleaseLeaseRequest.newBuilder().setName(lease.getName()).build())
        .getLease();
  }

  private CreateLeaseRequest request(int i) {
    int from = i % 16;
    int to = (from + 4 + i % 8) % 16; // another leaf
    return Leases.request(
            "gpu-" + (from / 4 + 1) + "-" + (from % 4 + 1),
            "gpu-" + (to / 4 + 1) + "-" + (to % 4 + 1),
            qp.getAndUpdate(q -> q == 0xffffff ? 1 : q + 1),
            10_000)
        .build();
  }

  /** Leases created (and released again) per second by so many clients, each in a loop. */
  private double throughput(int port, int clients) throws InterruptedException, ExecutionException {
    AtomicLong created = new AtomicLong();
    ExecutorService pool = Executors.newFixedThreadPool(clients);
    try (ClusterClient client = new ClusterClient("127.0.0.1:" + port, PATIENCE, PATIENCE)) {
      long began = System.nanoTime();
      List<Future<?>> loops = new ArrayList<>();
      for (int c = 0; c < clients; c++) {
        int first = c;
        loops.add(
            pool.submit(
                () -> {
                  for (int i = first; System.nanoTime() - began < THROUGHPUT_NS; i++) {
                    CreateLeaseRequest request = request(i);
                    Lease lease =
                        client.call(
                            ch ->
                                LeaseServiceGrpc.newBlockingStub(ch)
                                    .createLease(request)
                                    .getLease());
                    client.call(ch -> release(LeaseServiceGrpc.newBlockingStub(ch), lease));
                    created.incrementAndGet();
                  }
                }));
      }
      for (Future<?> f : loops) {
        f.get();
      }
      return created.get() * 1e9 / (System.nanoTime() - began);
    } finally {
      pool.shutdownNow();
    }
  }
}
