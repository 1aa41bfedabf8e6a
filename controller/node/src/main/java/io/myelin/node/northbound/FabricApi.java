package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.myelin.core.access.Caller;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.SwitchCounters;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.node.northbound.access.Callers;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.ApplyInventoryRequest;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.DrainResponse;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetFabricResponse;
import io.myelin.v1.GetInventoryRequest;
import io.myelin.v1.GetInventoryResponse;
import io.myelin.v1.UndrainRequest;
import io.myelin.v1.UndrainResponse;
import io.myelin.v1.WatchFabricRequest;
import io.myelin.v1.WatchFabricResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** {@code myelin.v1.FabricService}. */
final class FabricApi extends FabricServiceGrpc.FabricServiceImplBase {
  /** A switch that does not answer in time is left out rather than waited for. */
  private static final long COUNTER_TIMEOUT_MS = 3_000;

  private final StateLog stateLog;
  private final ControlledFabric switches;
  private final FabricFeed feed;
  private final Conditions conditions;
  private final InventoryApi inventories;
  private final LongSupplier clockMs;

  FabricApi(
      StateLog stateLog,
      ControlledFabric switches,
      FabricFeed feed,
      Conditions conditions,
      InventoryApi inventories,
      LongSupplier clockMs) {
    this.inventories = inventories;
    this.conditions = conditions;
    this.stateLog = stateLog;
    this.switches = switches;
    this.feed = feed;
    this.clockMs = clockMs;
  }

  @Override
  public void getFabric(GetFabricRequest m, StreamObserver<GetFabricResponse> out) {
    FabricState state = stateLog.state();
    VisibilityFilter visible = VisibilityFilter.to(Callers.current(), state.inventory());
    Map<DeviceId, SwitchCounters> counters = new ConcurrentSkipListMap<>();
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
                      .setFabric(
                          new FabricView(state, switches, switches, conditions.look(), counters)
                              .fabric(visible))
                      .setReadTime(Protos.timestamp(clockMs.getAsLong()))
                      .build());
              out.onCompleted();
            });
  }

  private CompletableFuture<?> read(DeviceId id, Map<DeviceId, SwitchCounters> into) {
    if (switches.of(id).phase() == DeviceStatus.Phase.DISCONNECTED) {
      return CompletableFuture.completedFuture(null);
    }
    return switches
        .read(id)
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
  public void getInventory(GetInventoryRequest m, StreamObserver<GetInventoryResponse> out) {
    Calls.respond(out, inventories::get);
  }

  @Override
  public void applyInventory(ApplyInventoryRequest m, StreamObserver<ApplyInventoryResponse> out) {
    Calls.respond(out, Function.<ApplyInventoryResponse>identity(), () -> inventories.apply(m));
  }

  @Override
  public void drain(DrainRequest m, StreamObserver<DrainResponse> out) {
    Calls.respond(
        out,
        (FabricState s) -> {
          DrainResponse.Builder b = DrainResponse.newBuilder();
          Set<String> leases = new TreeSet<>();
          for (LinkId id : links(s, m.getDevice(), m.getLink())) {
            b.addLinks(id.value());
            for (Map.Entry<LeaseName, Boolean> e : s.link(id).leases()) {
              Lease lease = s.leases().get(e.getKey());
              if (lease != null && lease.path().links().contains(id)) {
                leases.add(lease.name().toString());
              }
            }
          }
          return b.addAllLeases(leases).build();
        },
        () -> apply(at -> new Command.SetDrained(links(m.getDevice(), m.getLink()), true, at)));
  }

  @Override
  public void undrain(UndrainRequest m, StreamObserver<UndrainResponse> out) {
    Calls.respond(
        out,
        (FabricState s) -> {
          UndrainResponse.Builder b = UndrainResponse.newBuilder();
          links(s, m.getDevice(), m.getLink()).forEach(id -> b.addLinks(id.value()));
          return b.build();
        },
        () -> apply(at -> new Command.SetDrained(links(m.getDevice(), m.getLink()), false, at)));
  }

  /** The state right after the command: what is on the links then is what will move. */
  private CompletableFuture<FabricState> apply(LongFunction<Command> command) {
    return stateLog.submit(command.apply(clockMs.getAsLong())).thenApply(Applied::after);
  }

  private List<LinkId> links(String device, String link) {
    return links(stateLog.state(), device, link);
  }

  /** Both directions of what was named. */
  private static List<LinkId> links(FabricState state, String device, String link) {
    Invalid.unless(
        device.isEmpty() != link.isEmpty(),
        device.isEmpty() ? "device" : "link",
        "exactly one of device and link is to be set");
    Set<LinkId> ids = new TreeSet<>();
    if (!device.isEmpty()) {
      DeviceId id = new DeviceId(device);
      if (!state.inventory().devices().containsKey(id)) {
        throw notFound("device", device);
      }
      for (Link l : state.inventory().linksFrom(id)) {
        ids.add(l.id());
        ids.add(l.reverseId());
      }
    } else {
      LinkId id = new LinkId(link);
      Link l = state.inventory().links().get(id);
      Endpoint host = state.inventory().endpointByAccessLink(id);
      if (l != null) {
        ids.add(l.id());
        ids.add(l.reverseId());
      } else if (host != null) {
        ids.add(host.uplink());
        ids.add(host.downlink());
      } else {
        throw notFound("link", link);
      }
    }
    return List.copyOf(ids);
  }

  private static StatusRuntimeException notFound(String field, String value) {
    return ApiErrors.of(
        Code.NOT_FOUND,
        "NOT_FOUND",
        field + ": the fabric has no " + field + " '" + value + "'",
        Map.of("field", field, "value", value));
  }

  @Override
  public void watchFabric(WatchFabricRequest m, StreamObserver<WatchFabricResponse> out) {
    Caller caller = Callers.current();
    feed.watch(
        key -> feed.sees(VisibilityFilter.to(caller, stateLog.state().inventory()), key),
        caller.tenant() == null ? UnaryOperator.identity() : FabricFeed::confined,
        m.getResumeToken(),
        out);
  }
}
