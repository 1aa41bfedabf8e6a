package io.myelin.bench.lab;

import io.grpc.StatusRuntimeException;
import io.myelin.bench.figure.Figure;
import io.myelin.core.model.EndpointId;
import io.myelin.lab.Elephants;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Leases;
import io.myelin.lab.Permutation;
import io.myelin.lab.cluster.Members;
import io.myelin.node.client.ClusterClient;
import io.myelin.node.thread.Threads;
import io.myelin.softswitch.time.RealTimeScheduler;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.ReleaseLeaseRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Three members as processes of their own, switches and hosts in this one; again and again the
 * leader is killed, or stopped and later continued, while clients ask for leases and flows under
 * leases send. Nothing that was acknowledged may be lost, nothing booked twice, and no packet
 * dropped for it.
 */
public final class ClusterBench {
  private static final FabricSpec FABRIC =
      new FabricSpec(4, 4, 4, 40_000_000, 20_000, 200_000, 4096);
  private static final int FLOWS = 8;
  private static final long FLOW_BPS = 4_000_000;
  private static final long LEASE_BPS = 500_000;
  private static final int CLIENTS = 2;
  private static final int KEEP = 12; // leases a client holds before it releases the oldest
  private static final long BETWEEN_MS = 200;
  private static final long PATIENCE_NS = 60_000_000_000L;
  private static final Duration ATTEMPT = Duration.ofMillis(300);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final int rounds;
  private final Consumer<String> progress;
  private final Set<String> held = ConcurrentHashMap.newKeySet();
  private final Set<String> released = ConcurrentHashMap.newKeySet();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong serial = new AtomicLong();

  public ClusterBench(int rounds, Consumer<String> progress) {
    this.rounds = rounds;
    this.progress = progress;
  }

  public List<Figure> run() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("myelin-cluster");
    progress.accept("members' data and logs: " + directory);
    List<Figure> figures;
    try (RealTimeScheduler scheduler = new RealTimeScheduler("fabric");
        LabFabric fabric = new LabFabric(FABRIC, scheduler);
        LocalCluster cluster = new LocalCluster(fabric.inventory(), 3, directory)) {
      await("the cluster", cluster::allServe);
      figures = measure(fabric, cluster);
    } finally {
      stop.set(true);
    }
    Members.delete(directory); // kept when something went wrong: it holds the members' logs
    return figures;
  }

  private List<Figure> measure(LabFabric fabric, LocalCluster cluster)
      throws InterruptedException, IOException {
    List<Permutation.Pair> pairs = new ArrayList<>();
    int[] qps = new int[FLOWS];
    try (ClusterClient client = new ClusterClient(cluster.servers(), ATTEMPT, PATIENCE)) {
      for (int i = 0; i < FLOWS; i++) {
        EndpointId from = new EndpointId("gpu-" + (1 + i % 4) + "-" + (1 + i / 4));
        EndpointId to = new EndpointId("gpu-" + (1 + (i + 1) % 4) + "-" + (1 + i / 4));
        pairs.add(new Permutation.Pair(from, to));
        qps[i] = 100 + i;
        Lease l = create(client, from.value(), to.value(), qps[i], 2 * FLOW_BPS);
        await("lease " + l.getName(), () -> active(client, l.getName()));
      }
    }
    Elephants flows = new Elephants(fabric, pairs, qps, 1);
    flows.pace(FLOW_BPS);
    flows.start();
    Thread.sleep(1_000);
    Losses before = Losses.of(fabric);
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < CLIENTS; c++) {
      int seed = c;
      clients.add(Threads.start("client-" + c, () -> client(cluster, seed)));
    }
    List<Double> again = new ArrayList<>();
    for (int r = 0; r < rounds; r++) {
      again.add(round(cluster, r));
    }
    stop.set(true);
    for (Thread t : clients) {
      t.join();
    }
    Losses lost = Losses.of(fabric).minus(before);
    flows.stop();
    return figures(cluster, again, lost);
  }

  /** Milliseconds until a lease can be had again. */
  private double round(LocalCluster cluster, int number) throws IOException, InterruptedException {
    boolean kill = number % 2 == 0;
    String[] leader = new String[1];
    await(
        "a leader",
        () -> {
          leader[0] = cluster.leader();
          return leader[0] != null;
        });
    Thread.sleep(BETWEEN_MS);
    String victim = leader[0];
    long began = System.nanoTime();
    if (kill) {
      cluster.kill(victim);
    } else {
      cluster.pause(victim);
    }
    double ms;
    try (ClusterClient client = new ClusterClient(cluster.servers(), ATTEMPT, PATIENCE)) {
      Lease l = create(client, "gpu-1-3", "gpu-3-3", qp(), LEASE_BPS);
      ms = (System.nanoTime() - began) / 1e6;
      progress.accept(
          String.format(
              "%s, round %d of %d: serves again after %.0f ms",
              kill ? "kill -9" : "SIGSTOP", number + 1, rounds, ms));
      release(client, l.getName());
    }
    if (kill) {
      cluster.start(victim);
    } else {
      cluster.resume(victim);
    }
    await("all members", cluster::allServe);
    return ms;
  }

  private int qp() {
    return (int) (1_000 + serial.incrementAndGet());
  }

  // ---- clients ---------------------------------------------------------------------------------

  private void client(LocalCluster cluster, int seed) {
    Random random = new Random(seed);
    List<String> own = new ArrayList<>();
    try (ClusterClient client = new ClusterClient(cluster.servers(), ATTEMPT, PATIENCE)) {
      while (!stop.get()) {
        String from = "gpu-" + (1 + random.nextInt(4)) + "-4";
        String to = "gpu-" + (1 + random.nextInt(4)) + "-3";
        Lease l = create(client, from, to, qp(), LEASE_BPS);
        held.add(l.getName());
        own.add(l.getName());
        acknowledged.incrementAndGet();
        if (own.size() > KEEP) {
          String oldest = own.remove(0);
          held.remove(oldest);
          release(client, oldest);
          released.add(oldest);
        }
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Lease create(ClusterClient client, String from, String to, int qp, long bps) {
    String request = "bench-" + serial.incrementAndGet();
    CreateLeaseRequest r = Leases.request(from, to, qp, bps).setRequestId(request).build();
    return client.call(c -> LeaseServiceGrpc.newBlockingStub(c).createLease(r).getLease());
  }

  private void release(ClusterClient client, String name) {
    ReleaseLeaseRequest r =
        ReleaseLeaseRequest.newBuilder()
            .setName(name)
            .setRequestId("bench-" + serial.incrementAndGet())
            .build();
    client.call(c -> LeaseServiceGrpc.newBlockingStub(c).releaseLease(r));
  }

  private static boolean active(ClusterClient client, String name) {
    return client.call(ClusterBench::all).stream()
        .anyMatch(l -> l.getName().equals(name) && l.getState() == LeaseState.LEASE_STATE_ACTIVE);
  }

  private static List<Lease> all(io.grpc.Channel c) {
    List<Lease> leases = new ArrayList<>();
    String page = "";
    do {
      ListLeasesResponse r =
          LeaseServiceGrpc.newBlockingStub(c)
              .listLeases(
                  ListLeasesRequest.newBuilder()
                      .setParent("tenants/" + LabFabric.TENANT)
                      .setPageSize(1000)
                      .setPageToken(page)
                      .build());
      leases.addAll(r.getLeasesList());
      page = r.getNextPageToken();
    } while (!page.isEmpty());
    return leases;
  }

  // ---- the end ---------------------------------------------------------------------------------

  private List<Figure> figures(LocalCluster cluster, List<Double> again, Losses lost)
      throws InterruptedException {
    await("all members", cluster::allServe);
    Map<String, Lease> there = new HashMap<>();
    await(
        "leases at rest",
        () -> {
          there.clear();
          boolean rest = true;
          try (ClusterClient client = new ClusterClient(cluster.servers(), ATTEMPT, PATIENCE)) {
            for (Lease l : client.call(ClusterBench::all)) {
              there.put(l.getName(), l);
              rest &=
                  l.getState() != LeaseState.LEASE_STATE_PROVISIONING
                      && l.getState() != LeaseState.LEASE_STATE_RELEASING;
            }
          }
          return rest;
        });
    long gone =
        held.stream()
            .filter(
                n -> {
                  Lease l = there.get(n);
                  return l == null || l.getState() != LeaseState.LEASE_STATE_ACTIVE;
                })
            .count();
    long risen =
        released.stream()
            .filter(
                n -> {
                  Lease l = there.get(n);
                  return l != null && l.getState() == LeaseState.LEASE_STATE_ACTIVE;
                })
            .count();
    double[] ms = again.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return List.of(
        new Figure("kill_rounds", rounds, ""),
        new Figure("acknowledged", (double) acknowledged.get(), "leases"),
        new Figure("acknowledged_lost", (double) (gone + risen), "leases"),
        new Figure("double_booked", (double) doubleBooked(there.values()), "links"),
        new Figure("dataplane_packets_lost", (double) lost.lost(), "packets"),
        new Figure("dataplane_packets_reordered", (double) lost.reordered(), "packets"),
        new Figure("serve_again_p50_ms", ms[ms.length / 2], "ms"),
        new Figure("serve_again_p99_ms", ms[Math.min(ms.length - 1, ms.length * 99 / 100)], "ms"),
        new Figure("serve_again_worst_ms", ms[ms.length - 1], "ms"));
  }

  /** Links whose leases, added up here, ask for more than there is; and flows with two leases. */
  private static long doubleBooked(Iterable<Lease> leases) {
    Map<String, Long> booked = new HashMap<>();
    Set<String> flows = new TreeSet<>();
    long twice = 0;
    for (Lease l : leases) {
      if (l.getState() == LeaseState.LEASE_STATE_ACTIVE) {
        for (Hop h : l.getPaths(0).getHopsList()) {
          booked.merge(h.getDevice() + "/" + h.getPort(), l.getBandwidthBps(), Long::sum);
        }
        twice +=
            flows.add(l.getSource() + ">" + l.getDestination() + l.getTraffic().getDestQpsList())
                ? 0
                : 1;
      }
    }
    return twice + booked.values().stream().filter(b -> b > FABRIC.rateBps()).count();
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE_NS;
    while (true) {
      try {
        if (condition.getAsBoolean()) {
          return;
        }
      } catch (StatusRuntimeException e) {
        // Perhaps the next time.
      }
      if (System.nanoTime() > until) {
        throw new IllegalStateException(what + ": not there within a minute");
      }
      Thread.sleep(20);
    }
  }
}
