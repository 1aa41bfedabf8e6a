package io.myelin.node.northbound;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.myelin.core.loop.Decided;
import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Loops;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Present;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.v1.CheckPathRequest;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.UpdateLeaseRequest;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests of strangers: the first byte says which method of the API, the rest is its message. The
 * API, the log and a fabric of nine hosts are real; switches acknowledge whatever they are asked.
 * No answer may be that of a bug.
 */
public final class RequestFuzz {
  /** So that leases do not pile up: then a new node begins. */
  private static final int INPUTS_PER_NODE = 1_000;

  private static @Nullable InMemoryNode node;
  private static int inputs;

  private RequestFuzz() {}

  /** Read by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    InMemoryNode n = node;
    if (n == null || ++inputs % INPUTS_PER_NODE == 0) {
      n = new InMemoryNode();
      node = n;
    }
    n.call(data[0] & 0xff, Arrays.copyOfRange(data, 1, data.length));
  }

  /** The API of a node without sockets. */
  private static final class InMemoryNode implements DeviceStatus, Telemetry, Loops {
    private static final int CALLS_PER_TICK = 50;

    private final InProcessStateLog log = new InProcessStateLog(1);
    private final List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    private final Set<LeaseName> changed = new LinkedHashSet<>();
    private long nowMs = 1_750_000_000_000L;
    private int names;
    private int calls;

    InMemoryNode() {
      submit(
          new Command.SetInventory(new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT), nowMs));
      Present present = new Present(this, this, () -> nowMs);
      Awaiter<LeaseName, Lease> leaseAwaiter = Awaiter.ofLeases();
      Awaiter<JobName, Job> jobAwaiter = Awaiter.ofJobs();
      LeaseFeed leases = new LeaseFeed(log);
      JobFeed jobs = new JobFeed(log);
      FabricFeed fabric = new FabricFeed(log, this, this);
      log.follow(
          a -> {
            leaseAwaiter.applied(a);
            jobAwaiter.applied(a);
            leases.applied(a);
            jobs.applied(a);
            fabric.applied(a);
            for (Applied.Change c : a.changes()) {
              if (c instanceof Applied.Change.LeaseChanged l) {
                changed.add(l.lease());
              }
            }
          });
      for (ServerServiceDefinition service :
          List.of(
              new LeaseApi(log, present, leaseAwaiter, leases, this::name).bindService(),
              new JobApi(log, present, jobAwaiter, jobs, this::name).bindService(),
              new PathApi(log, present).bindService(),
              new FabricApi(log, this, (d, c) -> silent(), this, fabric, () -> nowMs).bindService(),
              new TelemetryApi(log, this, this, new CongestionFeed(log, this, this))
                  .bindService())) {
        service.getMethods().stream()
            .sorted((a, b) -> fullName(a).compareTo(fullName(b)))
            .forEach(methods::add);
      }
    }

    static String fullName(ServerMethodDefinition<?, ?> m) {
      return m.getMethodDescriptor().getFullMethodName();
    }

    private String name() {
      return "l-" + ++names;
    }

    private static <T> CompletableFuture<T> silent() {
      return CompletableFuture.failedFuture(new IllegalStateException("does not answer"));
    }

    private void submit(Command c) {
      var unused = log.submit(c).join();
    }

    void call(int method, byte[] message) {
      nowMs += 10;
      call(methods.get(method % methods.size()), message);
      acknowledge();
      if (++calls % CALLS_PER_TICK == 0) {
        submit(new Command.Tick(nowMs));
        acknowledge();
      }
    }

    private <Q, R> void call(ServerMethodDefinition<Q, R> method, byte[] message) {
      Q request;
      try {
        request = method.getMethodDescriptor().parseRequest(new ByteArrayInputStream(message));
      } catch (StatusRuntimeException malformed) {
        return; // gRPC refuses it
      }
      Call<Q, R> call = new Call<>(method.getMethodDescriptor());
      ServerCall.Listener<Q> listener =
          method.getServerCallHandler().startCall(call, new Metadata());
      listener.onReady();
      listener.onMessage(request);
      listener.onHalfClose();
      acknowledge();
      io.grpc.Status status = call.status;
      if (status == null) {
        call.cancelled = true;
        listener.onCancel(); // a watch, or waits for what does not come
      } else if (status.getCode() == io.grpc.Status.Code.INTERNAL
          || status.getCode() == io.grpc.Status.Code.UNKNOWN) {
        throw new AssertionError(fullName(method) + " answers " + status + " to\n" + request);
      }
    }

    /** As switches do that take everything. */
    private void acknowledge() {
      while (!changed.isEmpty()) {
        List<LeaseName> all = new ArrayList<>(changed);
        changed.clear();
        for (LeaseName name : all) {
          Lease l = log.state().leases().get(name);
          if (l != null && l.state() == Lease.LeaseState.PROVISIONING) {
            submit(new Command.Provisioned(name, l.generation(), nowMs));
          } else if (l != null && l.state() == Lease.LeaseState.RELEASING) {
            submit(new Command.Released(name, l.generation(), nowMs));
          }
        }
      }
    }

    // ---- the switches, as far as anybody asks

    @Override
    public Status of(DeviceId device) {
      return new Status(Phase.READY, "", 0);
    }

    @Override
    public void onChange(Runnable callback) {}

    @Override
    public List<Congestion> congestion() {
      return List.of();
    }

    @Override
    public @Nullable Congestion congestion(Queue queue) {
      return null;
    }

    @Override
    public void onCongestion(Consumer<Congestion> listener) {}

    @Override
    public CompletableFuture<PathProbe> probe(Path path) {
      return CompletableFuture.completedFuture(new PathProbe(List.of(), List.of()));
    }

    @Override
    public Estimate estimate(PortRef port, long capacityBps) {
      return Estimate.UNKNOWN;
    }

    @Override
    public List<Decided> decisions() {
      return List.of();
    }

    @Override
    public void onDecision(Consumer<Decided> listener) {}
  }

  private static final class Call<Q, R> extends ServerCall<Q, R> {
    private final MethodDescriptor<Q, R> method;
    private io.grpc.@Nullable Status status;
    private boolean cancelled;

    Call(MethodDescriptor<Q, R> method) {
      this.method = method;
    }

    @Override
    public void request(int numMessages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(R message) {}

    @Override
    public void close(io.grpc.Status with, Metadata trailers) {
      status = with;
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public MethodDescriptor<Q, R> getMethodDescriptor() {
      return method;
    }
  }

  // ---- to begin with ---------------------------------------------------------------------------

  private static final String LEASE =
      "source: 'leaf1-host1' destination: 'leaf2-host1' bandwidth_bps: 1000000"
          + " traffic { kind: KIND_ROCE dest_qps: 7 } objective: OBJECTIVE_LATENCY"
          + " ttl { seconds: 60 } ";
  private static final String DEMANDS =
      "weights { latency: 1 cost: 2 } constraints { max_latency_ns: 1000000 max_hops: 5"
          + " allowed_regions: 'region1' encryption: ENCRYPTION_MACSEC excluded_media: MEDIUM_LEO"
          + " avoid { devices: 'spine1' } via: 'spine2'"
          + " disjoint_from { leases: 'tenants/TENANT/leases/a' scopes: SCOPE_LINK } }"
          + " start_time { seconds: 1750000100 } protection: SCOPE_NODE ";

  /** Of every method a message, with what it takes to be heard where that is much. */
  public static List<byte[]> seeds() {
    InMemoryNode n = new InMemoryNode();
    String tenant = n.log.state().inventory().tenants().iterator().next().getKey().value();
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < n.methods.size(); i++) {
      String name = InMemoryNode.fullName(n.methods.get(i));
      for (ByteString bytes : samples(name.substring(name.indexOf('/') + 1), tenant)) {
        all.add(
            ByteBuffer.allocate(1 + bytes.size()).put((byte) i).put(bytes.toByteArray()).array());
      }
    }
    return all;
  }

  private static List<ByteString> samples(String method, String tenant) {
    String parent = "parent: 'tenants/" + tenant + "' ";
    String query =
        "query { "
            + parent
            + "source: 'leaf1-host1' destination: 'leaf3-host2' bandwidth_bps: 1000"
            + " objective: OBJECTIVE_COST duration { seconds: 9 } } ";
    String demands = DEMANDS.replace("TENANT", tenant);
    return switch (method) {
      case "CreateLease" ->
          List.of(
              text(
                  CreateLeaseRequest.newBuilder(),
                  parent + "lease_id: 'a' request_id: 'r1' lease {" + LEASE + "}"),
              text(
                  CreateLeaseRequest.newBuilder(),
                  parent + "validate_only: true lease {" + LEASE + demands + "}"));
      case "UpdateLease" ->
          List.of(
              text(
                  UpdateLeaseRequest.newBuilder(),
                  "lease { name: 'tenants/"
                      + tenant
                      + "/leases/a' "
                      + LEASE
                      + "} update_mask { paths: 'bandwidth_bps' paths: 'ttl' }"));
      case "FindSlots" ->
          List.of(
              text(
                  FindSlotsRequest.newBuilder(),
                  parent
                      + "lease {"
                      + LEASE
                      + demands
                      + "} volume_bytes: 100000 min_bandwidth_bps: 5"));
      case "CreateJob" ->
          List.of(
              text(
                  CreateJobRequest.newBuilder(),
                  parent
                      + "job_id: 'j' job { kind: COLLECTIVE_KIND_RING members: 'leaf1-host1'"
                      + " members: 'leaf2-host1' members: 'leaf3-host1' qps_per_pair: 2"
                      + " bandwidth_bps: 1000 ttl { seconds: 100 } }"));
      case "ComputePaths" ->
          List.of(text(ComputePathsRequest.newBuilder(), query + "max_paths: 3"));
      case "ExplainPath" -> List.of(text(ExplainPathRequest.newBuilder(), query));
      case "CheckPath" ->
          List.of(
              text(
                  CheckPathRequest.newBuilder(),
                  query + "hops { device: 'leaf1' port: 1 } hops { device: 'spine1' port: 3 }"));
      default -> List.of(ByteString.EMPTY);
    };
  }

  private static ByteString text(Message.Builder to, String text) {
    try {
      TextFormat.merge(text, to);
    } catch (TextFormat.ParseException e) {
      throw new IllegalStateException(e);
    }
    return to.build().toByteString();
  }
}
