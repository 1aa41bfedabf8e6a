package io.myelin.bench.web;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.bench.figure.Figure;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.Leases;
import io.myelin.node.WebDoor;
import io.myelin.node.WebDoorFactory;
import io.myelin.node.WebOptions;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc.LeaseServiceBlockingStub;
import io.myelin.v1.ReleaseLeaseRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The web door against gRPC of the same node in the same run; how soon many watchers hear; what a
 * scrape costs on a large fabric.
 */
public final class WebBench {
  private static final int WARM_UP = 1_500;
  private static final int BLOCKS = 20;
  private static final int PER_BLOCK = 100;
  private static final int WATCHERS = 500;
  private static final int ROUNDS = 40;
  private static final int LEASES = 10_000;
  private static final int SCRAPES = 30;
  private static final int HEARD_WITHIN_S = 60;

  private final Consumer<String> progress;
  private final AtomicInteger qp = new AtomicInteger(1);

  public WebBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /** All figures. */
  public List<Figure> run() throws IOException, InterruptedException {
    List<Figure> figures = new ArrayList<>();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    inLab(any, (grpc, base) -> creates(grpc, base, figures));
    // Apart: watchers are told of ended leases, too.
    inLab(any, (grpc, base) -> fanOut(grpc, base, figures));
    scrapes(any, figures);
    return figures;
  }

  /** What is measured of a lab. */
  private interface Measurement {
    void of(LeaseServiceBlockingStub grpc, String leases) throws IOException, InterruptedException;
  }

  private static void inLab(InetSocketAddress any, Measurement measurement)
      throws IOException, InterruptedException {
    try (Lab lab =
        new Lab(new LabSwitches(FabricSpec.DEFAULT, 0), any, Lab.PACE, WebOptions.at(any))) {
      lab.awaitConverged();
      String base = Objects.requireNonNull(lab.node().door()).url() + "v1/tenants/blue/leases";
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", lab.node().port()).usePlaintext().build();
      try {
        measurement.of(LeaseServiceGrpc.newBlockingStub(channel), base);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  // ---- JSON against gRPC -----------------------------------------------------------------------

  private void creates(LeaseServiceBlockingStub grpc, String base, List<Figure> figures)
      throws IOException, InterruptedException {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    progress.accept("warming up");
    for (int i = 0; i < WARM_UP; i++) {
      overGrpc(grpc, i);
      overHttp(grpc, http, base, i);
    }
    long[] g = new long[BLOCKS * PER_BLOCK];
    long[] j = new long[BLOCKS * PER_BLOCK];
    for (int b = 0; b < BLOCKS; b++) {
      progress.accept("leases over gRPC and as JSON in turn, block " + (b + 1) + " of " + BLOCKS);
      for (int i = 0; i < PER_BLOCK; i++) {
        g[b * PER_BLOCK + i] = overGrpc(grpc, i);
      }
      for (int i = 0; i < PER_BLOCK; i++) {
        j[b * PER_BLOCK + i] = overHttp(grpc, http, base, i);
      }
    }
    Arrays.sort(g);
    Arrays.sort(j);
    figures.add(new Figure("grpc_create_p50_ms", g[g.length / 2] / 1e6, "ms"));
    figures.add(new Figure("json_create_p50_ms", j[j.length / 2] / 1e6, "ms"));
    figures.add(
        new Figure(
            "json_create_p50_over_grpc", (double) j[j.length / 2] / g[g.length / 2], "ratio"));
  }

  private CreateLeaseRequest request(int i) {
    int from = i % 16;
    int to = (from + 4 + i % 8) % 16; // another leaf
    return Leases.request(
            "gpu-" + (from / 4 + 1) + "-" + (from % 4 + 1),
            "gpu-" + (to / 4 + 1) + "-" + (to % 4 + 1),
            qp.incrementAndGet(),
            10_000)
        .build();
  }

  private long overGrpc(LeaseServiceBlockingStub grpc, int i) {
    CreateLeaseRequest request = request(i);
    long began = System.nanoTime();
    Lease lease = grpc.createLease(request).getLease();
    long ns = System.nanoTime() - began;
    release(grpc, lease.getName());
    return ns;
  }

  private static void release(LeaseServiceBlockingStub grpc, String name) {
    var unused = grpc.releaseLease(ReleaseLeaseRequest.newBuilder().setName(name).build());
  }

  private long overHttp(LeaseServiceBlockingStub grpc, HttpClient http, String base, int i)
      throws IOException, InterruptedException {
    Lease lease = request(i).getLease();
    String body =
        String.format(
            "{\"source\":\"%s\",\"destination\":\"%s\",\"traffic\":{\"kind\":\"KIND_ROCE\","
                + "\"destQps\":[%d]},\"bandwidthBps\":\"%d\"}",
            lease.getSource(),
            lease.getDestination(),
            lease.getTraffic().getDestQps(0),
            lease.getBandwidthBps());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    long began = System.nanoTime();
    var answer = http.send(request, BodyHandlers.ofString());
    long ns = System.nanoTime() - began;
    if (answer.statusCode() != 200) {
      throw new IOException(answer.body());
    }
    String name = answer.body().replaceFirst(".*?\"name\":\"([^\"]*)\".*", "$1");
    release(grpc, name.strip());
    return ns;
  }

  // ---- watchers --------------------------------------------------------------------------------

  /** Counts the lines in which a lease is told of. */
  private static final class Watcher implements Flow.Subscriber<String> {
    private final CountDownLatch synced;
    private volatile String awaited = "";
    private volatile CountDownLatch heard = new CountDownLatch(0);
    private final Queue<Long> heardNs;

    Watcher(CountDownLatch synced, Queue<Long> heardNs) {
      this.synced = synced;
      this.heardNs = heardNs;
    }

    void await(String name, CountDownLatch latch) {
      heard = latch;
      awaited = name;
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
      s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      if (line.contains("TYPE_SYNCED")) {
        synced.countDown();
      } else if (!awaited.isEmpty() && line.contains(awaited)) {
        awaited = "";
        heardNs.add(System.nanoTime());
        heard.countDown();
      }
    }

    @Override
    public void onError(Throwable t) {
      // The bench ends: what is missing is counted.
    }

    @Override
    public void onComplete() {
      // The same.
    }
  }

  private void fanOut(LeaseServiceBlockingStub grpc, String base, List<Figure> figures)
      throws IOException, InterruptedException {
    progress.accept(WATCHERS + " clients watch");
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    CountDownLatch synced = new CountDownLatch(WATCHERS);
    Queue<Long> heardNs = new ConcurrentLinkedQueue<>();
    List<Watcher> watchers = new ArrayList<>();
    HttpRequest watch = HttpRequest.newBuilder(URI.create(base + ":watch")).build();
    for (int i = 0; i < WATCHERS; i++) {
      Watcher w = new Watcher(synced, heardNs);
      watchers.add(w);
      var unused = http.sendAsync(watch, BodyHandlers.fromLineSubscriber(w));
    }
    require(synced.await(HEARD_WITHIN_S, TimeUnit.SECONDS), "not all clients were served");
    List<Long> delays = new ArrayList<>();
    for (int r = 0; r < ROUNDS; r++) {
      CountDownLatch heard = new CountDownLatch(WATCHERS);
      String id = "fan-" + r;
      watchers.forEach(w -> w.await("leases/" + id + "\"", heard));
      heardNs.clear();
      long began = System.nanoTime();
      Lease lease = grpc.createLease(request(r).toBuilder().setLeaseId(id).build()).getLease();
      require(heard.await(HEARD_WITHIN_S, TimeUnit.SECONDS), "not all clients heard of " + id);
      heardNs.forEach(ns -> delays.add(ns - began));
      release(grpc, lease.getName());
    }
    long[] all = delays.stream().mapToLong(Long::longValue).sorted().toArray();
    figures.add(new Figure("sse_clients", WATCHERS, "clients"));
    figures.add(new Figure("sse_fanout_p50_ms", all[all.length / 2] / 1e6, "ms"));
    figures.add(new Figure("sse_fanout_p99_ms", all[all.length * 99 / 100] / 1e6, "ms"));
  }

  private static void require(boolean ok, String what) throws IOException {
    if (!ok) {
      throw new IOException(what);
    }
  }

  // ---- scrapes ---------------------------------------------------------------------------------

  private void scrapes(InetSocketAddress any, List<Figure> figures)
      throws IOException, InterruptedException {
    progress.accept(LEASES + " leases on 1,000 switches");
    try (SyntheticMember member = new SyntheticMember(LEASES);
        WebDoor door =
            ServiceLoader.load(WebDoorFactory.class)
                .findFirst()
                .orElseThrow()
                .open(WebOptions.at(any), member.context())) {
      HttpClient http = HttpClient.newHttpClient();
      HttpRequest scrape = HttpRequest.newBuilder(URI.create(door.url() + "metrics")).build();
      long[] ns = new long[SCRAPES];
      byte[] page = {};
      for (int i = -SCRAPES; i < SCRAPES; i++) {
        long began = System.nanoTime();
        page = http.send(scrape, BodyHandlers.ofByteArray()).body();
        ns[Math.max(0, i)] = System.nanoTime() - began;
      }
      Arrays.sort(ns);
      long series =
          new String(page, StandardCharsets.UTF_8).lines().filter(l -> !l.startsWith("#")).count();
      figures.add(
          new Figure("scrape_switches", member.state().inventory().devices().size(), "switches"));
      figures.add(
          new Figure("scrape_links", member.state().inventory().links().size(), "directed links"));
      figures.add(new Figure("scrape_series", series, "series"));
      figures.add(new Figure("scrape_mb", page.length / 1e6, "MB"));
      figures.add(new Figure("scrape_1000_switches_ms", ns[SCRAPES / 2] / 1e6, "ms"));
      figures.add(new Figure("scrape_1000_switches_worst_ms", ns[SCRAPES - 1] / 1e6, "ms"));
    }
  }
}
