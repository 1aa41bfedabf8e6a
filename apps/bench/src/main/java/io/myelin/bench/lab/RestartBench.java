package io.myelin.bench.lab;

import io.myelin.bench.figure.Figure;
import io.myelin.core.state.Lease;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Leases;
import io.myelin.lab.cluster.Members;
import io.myelin.node.client.ClusterClient;
import io.myelin.softswitch.time.RealTimeScheduler;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.LeaseServiceGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A node that holds many leases is closed and started again on its disk: how long until it serves,
 * and until its switches, which went on meanwhile, are known to hold everything; what it takes of
 * the heap.
 */
public final class RestartBench {
  private static final FabricSpec FABRIC =
      new FabricSpec(4, 4, 4, 40_000_000_000L, 20_000, 2_000_000, 4096);
  private static final int CLIENTS = 64;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final int leases;
  private final Consumer<String> progress;

  public RestartBench(int leases, Consumer<String> progress) {
    this.leases = leases;
    this.progress = progress;
  }

  public List<Figure> run() throws IOException, InterruptedException, ExecutionException {
    Path directory = Files.createTempDirectory("myelin-restart");
    try (RealTimeScheduler scheduler = new RealTimeScheduler("fabric");
        LabFabric fabric = new LabFabric(FABRIC, scheduler)) {
      double perS;
      long active;
      try (Members first = new Members(fabric.inventory(), 1, directory)) {
        long began = System.nanoTime();
        fill(first.leader().port());
        perS = leases * 1e9 / (System.nanoTime() - began);
        active = active(first);
      }
      System.gc();
      long before = used();
      progress.accept("starting again");
      long began = System.nanoTime();
      try (Members again = new Members(fabric.inventory(), 1, directory)) {
        double readyS = (System.nanoTime() - began) / 1e9;
        System.gc();
        return List.of(
            new Figure("leases", leases, ""),
            new Figure("leases_active_before", (double) active, ""),
            new Figure("leases_active_after", (double) active(again), ""),
            new Figure("created_per_s", perS, "1/s"),
            new Figure("serves_after_s", again.servedAfterS(), "s"),
            new Figure("switches_known_after_s", readyS, "s"),
            new Figure("heap_of_the_node_mib", (used() - before) / 1048576.0, "MiB"));
      }
    } finally {
      Members.delete(directory);
    }
  }

  private static long active(Members members) {
    int[] n = new int[1];
    members
        .leader()
        .state()
        .leases()
        .forEach((name, l) -> n[0] += l.state() == Lease.LeaseState.ACTIVE ? 1 : 0);
    return n[0];
  }

  private void fill(int port) throws InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(CLIENTS);
    try (ClusterClient client = new ClusterClient("127.0.0.1:" + port, PATIENCE, PATIENCE)) {
      List<Future<?>> all = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        all.add(
            pool.submit(
                () -> {
                  for (int i = next.getAndIncrement(); i < leases; i = next.getAndIncrement()) {
                    CreateLeaseRequest r = request(i);
                    client.call(ch -> LeaseServiceGrpc.newBlockingStub(ch).createLease(r));
                    if (i % 10_000 == 0) {
                      progress.accept(i + " of " + leases + " leases");
                    }
                  }
                }));
      }
      for (Future<?> f : all) {
        f.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static CreateLeaseRequest request(int i) {
    int from = i % 16;
    int to = (from + 4 + i / 16 % 8) % 16; // another leaf
    return Leases.request(
            "gpu-" + (from / 4 + 1) + "-" + (from % 4 + 1),
            "gpu-" + (to / 4 + 1) + "-" + (to % 4 + 1),
            1 + i,
            100_000)
        .setRequestId("restart-" + i)
        .build();
  }

  private static long used() {
    Runtime r = Runtime.getRuntime();
    return r.totalMemory() - r.freeMemory();
  }
}
