package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.DeviceId;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.FabricState;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetFabricResponse;
import io.myelin.v1.WatchFabricRequest;
import io.myelin.v1.WatchFabricResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** {@code myelin.v1.FabricService}. */
final class FabricApi extends FabricServiceGrpc.FabricServiceImplBase {
  /** A switch that does not answer in time is left out rather than waited for. */
  private static final long COUNTER_TIMEOUT_MS = 3_000;

  private final StateLog stateLog;
  private final DeviceStatus status;
  private final Southbound southbound;
  private final FabricFeed feed;
  private final LongSupplier clockMs;

  FabricApi(
      StateLog stateLog,
      DeviceStatus status,
      Southbound southbound,
      FabricFeed feed,
      LongSupplier clockMs) {
    this.stateLog = stateLog;
    this.status = status;
    this.southbound = southbound;
    this.feed = feed;
    this.clockMs = clockMs;
  }

  @Override
  public void getFabric(GetFabricRequest m, StreamObserver<GetFabricResponse> out) {
    FabricState state = stateLog.state();
    Map<DeviceId, FabricView.Counters> counters = new ConcurrentSkipListMap<>();
    List<CompletableFuture<?>> reads = new ArrayList<>();
    if (m.getReadCounters()) {
      state.inventory().devices().forEach((id, d) -> reads.add(read(id, counters)));
    }
    CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
        .whenComplete(
            (v, t) -> {
              if (t != null) {
                out.onError(ApiErrors.of(Code.INTERNAL, "BUG", t.toString(), Map.of()));
                return;
              }
              out.onNext(
                  GetFabricResponse.newBuilder()
                      .setFabric(new FabricView(state, status, counters).fabric())
                      .setReadTime(Protos.timestamp(clockMs.getAsLong()))
                      .build());
              out.onCompleted();
            });
  }

  private CompletableFuture<?> read(DeviceId id, Map<DeviceId, FabricView.Counters> into) {
    if (status.of(id).phase() == DeviceStatus.Phase.DISCONNECTED) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<List<List<Southbound.Count>>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (String name : FabricView.Counters.NAMES) {
      all =
          all.thenCompose(
              list ->
                  southbound
                      .readCounter(id, name)
                      .thenApply(
                          counts -> {
                            list.add(counts);
                            return list;
                          }));
    }
    return all.thenApply(FabricView.Counters::of)
        .orTimeout(COUNTER_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .handle(
            (c, t) -> {
              if (c != null) {
                into.put(id, c);
              }
              return c;
            });
  }

  @Override
  public void watchFabric(WatchFabricRequest m, StreamObserver<WatchFabricResponse> out) {
    feed.watch(k -> true, m.getResumeToken(), out);
  }
}
