package io.myelin.bench.lab;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.myelin.bench.figure.Figure;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.port.Southbound;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.node.southbound.Claim;
import io.myelin.node.southbound.CompiledProgram;
import io.myelin.node.southbound.P4RuntimeSouthbound;
import io.myelin.node.southbound.SwitchChannels;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.WriteRequest;
import io.myelin.p4.v1.WriteResponse;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.time.RealTimeScheduler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Entries per second that our P4Runtime client writes: to the softswitch, and to a server that does
 * nothing, there against a bare stub that sends the same batches, built beforehand, with the same
 * number under way.
 */
public final class P4RuntimeBench {
  private static final int BATCH = 1_000;
  private static final int WINDOW = 4;
  private static final int NULL_BATCHES = 400;
  private static final int ROUNDS = 7;
  private static final int SWITCH_ENTRIES = 50_000;
  private static final DeviceId DEVICE = new DeviceId("leaf1");

  private final Consumer<String> progress;

  public P4RuntimeBench(Consumer<String> progress) {
    this.progress = progress;
  }

  public List<Figure> run() throws IOException, InterruptedException {
    List<Figure> figures = new ArrayList<>();
    progress.accept("writing " + SWITCH_ENTRIES + " entries to the softswitch");
    figures.add(new Figure("softswitch_entries_per_s", softswitch(), "1/s"));
    progress.accept("client against bare stub on a null server, " + ROUNDS + " rounds");
    nullServer(figures);
    return figures;
  }

  // ---- softswitch ----------------------------------------------------------------------------

  private static double softswitch() throws IOException, InterruptedException {
    double best = 0;
    for (int round = 0; round < 3; round++) {
      try (RealTimeScheduler scheduler = new RealTimeScheduler("bench");
          P4RuntimeServer server =
              P4RuntimeServer.start(
                  new Softswitch(scheduler), P4RuntimeOptions.of(1, scheduler), 0)) {
        best = Math.max(best, withClient(server.port(), P4RuntimeBench::fill));
      }
    }
    return best;
  }

  private static double fill(Southbound client) {
    List<List<TableUpdate>> batches = batches(SWITCH_ENTRIES / BATCH);
    return SWITCH_ENTRIES / seconds(batches, b -> client.write(DEVICE, b));
  }

  // ---- null server ---------------------------------------------------------------------------

  private static void nullServer(List<Figure> figures) throws IOException, InterruptedException {
    try (NullP4Runtime server = new NullP4Runtime()) {
      List<List<TableUpdate>> batches = batches(NULL_BATCHES);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.port())
              .usePlaintext()
              .maxInboundMessageSize(64 << 20)
              .directExecutor()
              .build();
      P4RuntimeGrpc.P4RuntimeStub bare = P4RuntimeGrpc.newStub(channel);
      try {
        double[] ours = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        withClient(
            server.port(),
            client -> {
              List<WriteRequest> built = built(server, client, batches);
              for (int i = -2; i < ROUNDS; i++) { // two rounds warm up
                double stub = NULL_BATCHES * (double) BATCH / seconds(built, r -> call(bare, r));
                double mine =
                    NULL_BATCHES * (double) BATCH / seconds(batches, b -> client.write(DEVICE, b));
                if (i >= 0) {
                  ours[i] = mine;
                  ratio[i] = mine / stub;
                }
              }
              return 0;
            });
        Arrays.sort(ours);
        Arrays.sort(ratio);
        figures.add(new Figure("null_entries_per_s", ours[ROUNDS / 2], "1/s"));
        figures.add(new Figure("null_over_bare_stub", ratio[ROUNDS / 2], "ratio"));
      } finally {
        channel.shutdownNow();
      }
    }
  }

  /** The very messages that our client sends, caught once on their way. */
  private static List<WriteRequest> built(
      NullP4Runtime server, Southbound client, List<List<TableUpdate>> batches) {
    List<WriteRequest> requests = new ArrayList<>();
    server.record(requests::add);
    for (List<TableUpdate> b : batches) {
      client.write(DEVICE, b).join();
    }
    server.record(r -> {});
    return requests;
  }

  private static CompletableFuture<Object> call(P4RuntimeGrpc.P4RuntimeStub stub, WriteRequest r) {
    CompletableFuture<Object> done = new CompletableFuture<>();
    stub.write(
        r,
        new StreamObserver<WriteResponse>() {
          @Override
          public void onNext(WriteResponse value) {}

          @Override
          public void onError(Throwable t) {
            done.completeExceptionally(t);
          }

          @Override
          public void onCompleted() {
            done.complete(r);
          }
        });
    return done;
  }

  // ---- common --------------------------------------------------------------------------------

  private static double withClient(int port, Function<Southbound, ? extends Number> use)
      throws InterruptedException {
    GuardedExecutor timer = GuardedExecutor.single("timer");
    CountDownLatch ready = new CountDownLatch(1);
    try (SwitchChannels switches = new SwitchChannels(d -> InsecureChannelCredentials.create());
        Southbound client =
            new P4RuntimeSouthbound(
                CompiledProgram.of(MyelinPipeline.INSTANCE),
                new Claim(U128.of(1), Claim.Takeover.REFUSED),
                timer,
                switches)) {
      client.connect(
          new Device(DEVICE, Device.Role.LEAF, "127.0.0.1:" + port, 1, "", ""),
          new Southbound.Listener() {
            @Override
            public void ready(DeviceId device) {
              ready.countDown();
            }

            @Override
            public int strangers(DeviceId device, Map<EntryKey, Entry> tables) {
              return 0;
            }

            @Override
            public void outbid(DeviceId device, U128 heard) {}

            @Override
            public void doubtful(DeviceId device, String why) {}

            @Override
            public void lost(DeviceId device, String why) {}

            @Override
            public void packetIn(
                DeviceId device,
                int ingressPort,
                PuntReason reason,
                long switchTimeUs,
                byte[] frame) {}
          });
      ready.await();
      return use.apply(client).doubleValue();
    } finally {
      timer.shutdownNow();
    }
  }

  private static <T> double seconds(List<T> items, Function<T, CompletableFuture<?>> send) {
    Semaphore window = new Semaphore(WINDOW);
    List<Throwable> failures = new ArrayList<>();
    long began = System.nanoTime();
    for (T item : items) {
      window.acquireUninterruptibly();
      send.apply(item)
          .whenComplete(
              (result, t) -> {
                boolean refused = result instanceof List<?> l && !l.isEmpty();
                if (t != null || refused) {
                  synchronized (failures) {
                    failures.add(t == null ? new IllegalStateException(String.valueOf(result)) : t);
                  }
                }
                window.release();
              });
    }
    window.acquireUninterruptibly(WINDOW);
    double seconds = (System.nanoTime() - began) / 1e9;
    synchronized (failures) {
      if (!failures.isEmpty()) {
        throw new IllegalStateException("a batch failed", failures.get(0));
      }
    }
    return seconds;
  }

  private static List<List<TableUpdate>> batches(int n) {
    List<List<TableUpdate>> batches = new ArrayList<>();
    for (int b = 0; b < n; b++) {
      List<TableUpdate> batch = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        batch.add(new TableUpdate(TableUpdate.Type.INSERT, steering(b * BATCH + i)));
      }
      batches.add(batch);
    }
    return batches;
  }

  /** A lease's entry as the reconciler writes it. */
  private static Entry steering(int i) {
    U128 source = new U128(0, 0xffff_0a00_0000L | i);
    U128 destination = new U128(0, 0xffff_0b00_0000L | i);
    return new Entry(
        new EntryKey(
            MyelinTable.PATH_STEERING,
            List.of(
                FieldMatch.ternary("tenant", 1, 16),
                FieldMatch.ternary("src_addr", source, U128.MAX),
                FieldMatch.ternary("dst_addr", destination, U128.MAX),
                FieldMatch.ternary("ip_protocol", 17, 8),
                FieldMatch.ternary("dst_port", 4791, 16)),
            20),
        new EntryAction.Call(
            "push_3",
            List.of(
                new EntryAction.Arg("label1", U128.of(17)),
                new EntryAction.Arg("label2", U128.of(18)),
                new EntryAction.Arg("label3", U128.of(21)),
                new EntryAction.Arg("tc", U128.of(1)),
                new EntryAction.Arg("gated", U128.ZERO))),
        new Entry.Meter(1_000_000, 100_000, 1_000_000, 100_000));
  }
}
