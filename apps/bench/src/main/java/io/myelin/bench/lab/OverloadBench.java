package io.myelin.bench.lab;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.rpc.RetryInfo;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.protobuf.StatusProto;
import io.myelin.bench.figure.Figure;
import io.myelin.core.loop.Loops;
import io.myelin.lab.Lab;
import io.myelin.lab.Leases;
import io.myelin.node.control.Pace;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.node.thread.Threads;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.CreateLeaseResponse;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc.LeaseServiceFutureStub;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.ReleaseLeaseResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node that is asked for twice what it can do: 128 clients, each with a connection of its own,
 * ask for leases at fixed times, whether the last one was answered or not, and release what they
 * get. What becomes of those that are admitted, of the others, of memory, and of the congestion
 * loop meanwhile. Clients, switches and hosts run in the same process and take their share of it.
 */
public final class OverloadBench {
  private static final int CLIENTS = 128;
  private static final double OVERLOAD = 2;
  private static final long CAPACITY_MS = 4_000;
  private static final double FIRST_RATE = 500;
  private static final double WARM_RATE = 2_000;
  private static final double RISE = 1.4;

  /** Rates that bring no more, one after the other, until it is believed that none does. */
  private static final int PATIENCE = 3;

  private static final long WARM_NS = 15_000_000_000L;
  private static final int IDLE_CALLS = 1_000;
  private static final int IDLE_ROUNDS = 20;
  private static final int WARM_ROUNDS = 5;
  private static final int CLOSED_CLIENTS = 16;
  private static final long BPS = 1_000;
  private static final long FIRST_RETRY_MS = 100;

  private final Duration lasts;
  private final Consumer<String> progress;
  private final AtomicInteger qp = new AtomicInteger(1_000_000);
  private final ConcurrentLinkedQueue<Long> admittedNs = new ConcurrentLinkedQueue<>();
  private final AtomicLong asked = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong withoutRetryInfo = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong unanswered = new AtomicLong();
  private final AtomicLong mostUnanswered = new AtomicLong();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

  /**
   * @param lasts how long it is asked for too much
   */
  public OverloadBench(Duration lasts, Consumer<String> progress) {
    this.lasts = lasts;
    this.progress = progress;
  }

  public List<Figure> run() throws IOException, InterruptedException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Pace usual = Pace.of(Lab.DISCOVERY);
    Pace pace = new Pace(usual.discovery(), usual.counters(), Duration.ofDays(1), Loops.Mode.OFF);
    try (Lab lab = new Lab(LoopBench.FABRIC, any, pace)) {
      LoopBench loop = new LoopBench(IDLE_ROUNDS, progress);
      loop.attach(lab);
      List<ManagedChannel> channels = new ArrayList<>();
      // One thread for all clients: they are many, but must not take the node's processors.
      EventLoopGroup clients = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
      for (int c = 0; c < CLIENTS; c++) {
        channels.add(
            NettyChannelBuilder.forAddress("127.0.0.1", lab.node().port())
                .usePlaintext()
                .eventLoopGroup(clients)
                .channelType(NioSocketChannel.class)
                .directExecutor()
                .build());
      }
      try {
        return measure(lab, loop, channels);
      } finally {
        channels.forEach(ManagedChannel::shutdownNow);
        clients.shutdownGracefully();
      }
    }
  }

  private List<Figure> measure(Lab lab, LoopBench loop, List<ManagedChannel> channels)
      throws InterruptedException {
    progress.accept("warming up");
    closed(channels.subList(0, CLOSED_CLIENTS), WARM_NS);
    admitted(channels, WARM_RATE, WARM_NS / 1_000_000);
    loop.reactionsMs(lab, WARM_ROUNDS, "warming up the loop");
    progress.accept("one client at a time");
    double idleP99Ms = idle(channels.get(0));
    double[] idleLoop = loop.reactionsMs(lab, IDLE_ROUNDS, "the loop at rest");
    // Ended leases are remembered up to a bound: what comes until it is reached is no leak.
    fillUp(lab, channels);
    double capacity = capacity(channels);
    progress.accept(String.format("capacity: %.0f leases/s; now twice as many", capacity));
    clear();
    System.gc();
    long before = used();
    AtomicBoolean over = new AtomicBoolean();
    Thread load = load(channels, OVERLOAD * capacity, over);
    long until = System.nanoTime() + lasts.toNanos();
    double[] busyLoop = {};
    while (System.nanoTime() < until) {
      double[] one = loop.reactionsMs(lab, 1, "the loop meanwhile");
      double[] all = java.util.Arrays.copyOf(busyLoop, busyLoop.length + one.length);
      System.arraycopy(one, 0, all, busyLoop.length, one.length);
      busyLoop = all;
    }
    over.set(true);
    load.join();
    awaitAnswers();
    System.gc();
    double grownMib = (used() - before) / 1048576.0;
    double[] admitted = admittedNs.stream().mapToDouble(ns -> ns / 1e6).toArray();
    failures.stream().limit(3).forEach(progress);
    return List.of(
        new Figure("clients", CLIENTS, ""),
        new Figure("seconds", lasts.toSeconds(), "s"),
        new Figure("capacity_per_s", capacity, "1/s"),
        new Figure("asked_per_s", asked.get() / (double) lasts.toSeconds(), "1/s"),
        new Figure("admitted_per_s", admitted.length / (double) lasts.toSeconds(), "1/s"),
        new Figure("asked_over_admitted", asked.get() / (double) admitted.length, "ratio"),
        new Figure("idle_p99_ms", idleP99Ms, "ms"),
        new Figure("admitted_p50_ms", LoopBench.quantile(admitted, 0.5), "ms"),
        new Figure("admitted_p99_ms", LoopBench.quantile(admitted, 0.99), "ms"),
        new Figure(
            "admitted_p99_over_idle", LoopBench.quantile(admitted, 0.99) / idleP99Ms, "ratio"),
        new Figure("refused_share", refused.get() / (double) asked.get(), "ratio"),
        new Figure("refused_without_retry_info", (double) withoutRetryInfo.get(), "calls"),
        new Figure("failed_otherwise", (double) failed.get(), "calls"),
        new Figure("never_answered", (double) unanswered.get(), "calls"),
        new Figure("most_unanswered_at_once", (double) mostUnanswered.get(), "calls"),
        new Figure("memory_growth_mb", grownMib, "MiB"),
        new Figure("loop_rounds", busyLoop.length, ""),
        new Figure("loop_reaction_idle_p50_ms", LoopBench.quantile(idleLoop, 0.5), "ms"),
        new Figure("loop_reaction_p50_ms", LoopBench.quantile(busyLoop, 0.5), "ms"),
        new Figure(
            "loop_reaction_over_idle",
            LoopBench.quantile(busyLoop, 0.5) / LoopBench.quantile(idleLoop, 0.5),
            "ratio"));
  }

  /** The most leases a second that are admitted, at whatever rate they are asked for. */
  private double capacity(List<ManagedChannel> channels) throws InterruptedException {
    double most = 0;
    double rate = FIRST_RATE;
    for (int inVain = 0; inVain < PATIENCE; rate *= RISE) {
      double admitted = admitted(channels, rate, CAPACITY_MS);
      progress.accept(String.format("capacity: %.0f asked for a second, %.0f had", rate, admitted));
      inVain = admitted > most ? 0 : inVain + 1;
      most = Math.max(most, admitted);
    }
    return most;
  }

  /** How many leases a second are admitted of so many. */
  private double admitted(List<ManagedChannel> channels, double perS, long ms)
      throws InterruptedException {
    clear();
    AtomicBoolean over = new AtomicBoolean();
    Thread load = load(channels, perS, over);
    Thread.sleep(ms);
    over.set(true);
    load.join();
    awaitAnswers();
    return admittedNs.size() * 1e3 / ms;
  }

  private Thread load(List<ManagedChannel> channels, double perS, AtomicBoolean over) {
    return Threads.start("load", () -> open(channels, perS, over));
  }

  private void awaitAnswers() throws InterruptedException {
    long end = System.nanoTime() + 10_000_000_000L;
    while (unanswered.get() > 0 && System.nanoTime() < end) {
      Thread.sleep(20);
    }
  }

  private void clear() {
    admittedNs.clear();
    asked.set(0);
    refused.set(0);
    withoutRetryInfo.set(0);
    failed.set(0);
    mostUnanswered.set(0);
  }

  private void fillUp(Lab lab, List<ManagedChannel> channels) throws InterruptedException {
    while (lab.node().state().leases().size() < io.myelin.core.state.Ended.MOST) {
      closed(channels.subList(0, CLOSED_CLIENTS), 1_000_000_000L);
    }
  }

  /** The 99th percentile of creating one lease after the other, milliseconds. */
  private double idle(ManagedChannel channel) {
    LeaseServiceGrpc.LeaseServiceBlockingStub stub = LeaseServiceGrpc.newBlockingStub(channel);
    double[] ms = new double[IDLE_CALLS];
    for (int i = 0; i < ms.length; i++) {
      CreateLeaseRequest request = request(i);
      long began = System.nanoTime();
      String name = stub.createLease(request).getLease().getName();
      ms[i] = (System.nanoTime() - began) / 1e6;
      var unused = stub.releaseLease(ReleaseLeaseRequest.newBuilder().setName(name).build());
    }
    return LoopBench.quantile(ms, 0.99);
  }

  /** Leases created and released a second by clients that wait for their answers. */
  private double closed(List<ManagedChannel> channels, long ns) throws InterruptedException {
    AtomicLong done = new AtomicLong();
    long began = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (ManagedChannel channel : channels) {
      Thread t =
          Threads.start(
              "client-" + threads.size(),
              () -> {
                LeaseServiceGrpc.LeaseServiceBlockingStub stub =
                    LeaseServiceGrpc.newBlockingStub(channel);
                for (int i = 0; System.nanoTime() - began < ns; i++) {
                  try {
                    String name = stub.createLease(request(i)).getLease().getName();
                    done.incrementAndGet();
                    var unused =
                        stub.releaseLease(ReleaseLeaseRequest.newBuilder().setName(name).build());
                  } catch (StatusRuntimeException busy) {
                    LockSupport.parkNanos(1_000_000);
                  }
                }
              });
      threads.add(t);
    }
    for (Thread t : threads) {
      t.join();
    }
    return done.get() * 1e9 / (System.nanoTime() - began);
  }

  /** Asks at fixed times, by turns over all connections. */
  private void open(List<ManagedChannel> channels, double perS, AtomicBoolean over) {
    List<LeaseServiceFutureStub> stubs =
        channels.stream().map(LeaseServiceGrpc::newFutureStub).toList();
    long began = System.nanoTime();
    for (long i = 0; !over.get(); i++) {
      long at = began + (long) (i * 1e9 / perS);
      while (System.nanoTime() < at) {
        LockSupport.parkNanos(at - System.nanoTime());
      }
      ask(stubs.get((int) (i % CLIENTS)), (int) i);
    }
  }

  private void ask(LeaseServiceFutureStub stub, int i) {
    asked.incrementAndGet();
    mostUnanswered.accumulateAndGet(unanswered.incrementAndGet(), Math::max);
    long began = System.nanoTime();
    Futures.addCallback(
        stub.createLease(request(i)),
        new FutureCallback<>() {
          @Override
          public void onSuccess(@Nullable CreateLeaseResponse r) {
            admittedNs.add(System.nanoTime() - began);
            unanswered.decrementAndGet();
            release(stub, Objects.requireNonNull(r).getLease().getName(), FIRST_RETRY_MS);
          }

          @Override
          public void onFailure(Throwable t) {
            unanswered.decrementAndGet();
            count(t);
          }
        },
        MoreExecutors.directExecutor());
  }

  /** Until it is released: whoever is refused comes back. */
  private void release(LeaseServiceFutureStub stub, String name, long retryMs) {
    Futures.addCallback(
        stub.releaseLease(ReleaseLeaseRequest.newBuilder().setName(name).build()),
        new FutureCallback<>() {
          @Override
          public void onSuccess(@Nullable ReleaseLeaseResponse r) {}

          @Override
          public void onFailure(Throwable t) {
            if (isRefusal(t)) {
              java.util.concurrent.CompletableFuture.delayedExecutor(
                      retryMs, java.util.concurrent.TimeUnit.MILLISECONDS)
                  .execute(() -> release(stub, name, Math.min(5_000, 2 * retryMs)));
            } else {
              count(t);
            }
          }
        },
        MoreExecutors.directExecutor());
  }

  private static boolean isRefusal(Throwable t) {
    return t instanceof StatusRuntimeException e
        && switch (e.getStatus().getCode()) {
          case RESOURCE_EXHAUSTED, UNAVAILABLE -> true;
          default -> false;
        };
  }

  private void count(Throwable t) {
    if (isRefusal(t)) {
      refused.incrementAndGet();
      if (ApiErrors.detail(StatusProto.fromThrowable(t), RetryInfo.class).isEmpty()) {
        withoutRetryInfo.incrementAndGet();
        failures.add(String.valueOf(t.getMessage()));
      }
    } else {
      failed.incrementAndGet();
      failures.add(String.valueOf(t.getMessage()));
    }
  }

  private CreateLeaseRequest request(int i) {
    int from = i % 8;
    int to = (from + 2 + i / 8 % 4) % 8; // another leaf
    return Leases.request(
            "gpu-" + (from / 2 + 1) + "-" + (from % 2 + 1),
            "gpu-" + (to / 2 + 1) + "-" + (to % 2 + 1),
            qp.getAndUpdate(q -> q == 0xffffff ? 1_000_000 : q + 1),
            BPS)
        .build();
  }

  private static long used() {
    Runtime r = Runtime.getRuntime();
    return r.totalMemory() - r.freeMemory();
  }
}
