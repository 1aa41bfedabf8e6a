package io.myelin.node.northbound;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.myelin.core.access.AccessPolicy;
import io.myelin.core.access.AccessPolicy.Limits;
import io.myelin.core.access.AccessPolicy.TokenIssuer;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.collect.PersistentMap;
import io.myelin.core.loop.QuietFabric;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.SwitchCounters;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.control.ManualExecutor;
import io.myelin.node.northbound.access.Access;
import io.myelin.node.northbound.access.Authentication;
import io.myelin.node.northbound.access.Authorisation;
import io.myelin.node.northbound.access.JwtTokens;
import io.myelin.node.northbound.access.Throttle;
import io.myelin.node.northbound.access.Tokens;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.node.northbound.audit.AuditTrail;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.v1.CheckPathRequest;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.UpdateLeaseRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Requests of strangers: the first byte says which method of the API, the second how many that
 * follow say who asks, the rest is the method's message. What stands before the API, the API
 * itself, the log with tenants' quotas and a fabric of nine hosts are real; switches acknowledge
 * whatever they are asked. No answer may be that of a bug, and nobody changes anything without the
 * right to.
 */
public final class RequestFuzz {
  /** So that leases do not pile up: then a new node begins. */
  private static final int INPUTS_PER_NODE = 1_000;

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> CALLER =
      Metadata.Key.of("myelin-caller", Metadata.ASCII_STRING_MARSHALLER);

  /** Another member passes a call on, from whom the rest says. */
  private static final String MEMBER = "M";

  /** Other tokens would have to be signed. */
  private static final Set<String> MAY_CHANGE =
      Set.of("bearer admin", "bearer operator", "bearer tenant", "bearer stranger");

  /** RFC 7515, A.3.1. */
  private static final String JWKS =
      "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\",\"alg\":\"ES256\",\"use\":\"sig\","
          + "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
          + "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

  /** RFC 7515, A.3: genuine under that key, though it is nobody's here. */
  private static final String TOKEN =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
          + "LmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8"
          + "ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

  private static final Tokens VERIFIED = verified();

  private static final List<String> WHO =
      List.of(
          "Bearer tenant",
          "Bearer admin",
          "Bearer operator",
          "Bearer viewer",
          "Bearer stranger",
          "",
          "Basic eDp5",
          "Bearer " + TOKEN,
          "Mtenant/TENANT/blue%20one",
          "Mviewer//x");

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
    int who = data.length < 2 ? 0 : Math.min(data[1] & 0xff, data.length - 2);
    int message = Math.min(data.length, 2 + who);
    n.call(
        data[0] & 0xff,
        text(Arrays.copyOfRange(data, Math.min(data.length, 2), message)),
        Arrays.copyOfRange(data, message, data.length));
  }

  /** What HTTP/2 lets through as a header. */
  private static String text(byte[] bytes) {
    StringBuilder s = new StringBuilder();
    for (byte b : bytes) {
      int c = b & 0x7f;
      s.append(c < 0x20 || c == 0x7f ? '.' : (char) c);
    }
    return s.toString();
  }

  /** Verifies tokens that are signed. */
  private static Tokens verified() {
    try {
      Path keys = Files.createTempFile("myelin-fuzz", ".jwks");
      Files.writeString(keys, JWKS);
      keys.toFile().deleteOnExit();
      TokenIssuer issuer =
          new TokenIssuer(
              "https://issuer.example",
              "myelin",
              keys.toString(),
              "myelin_role",
              "myelin_tenant",
              Set.of(Role.TENANT, Role.VIEWER),
              3_600);
      return new JwtTokens(List.of(issuer), System::currentTimeMillis);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tokens that are as good as their names; others are verified. */
  private static Tokens tokens(TenantId tenant) {
    Map<String, Caller> known =
        Map.of(
            "admin", new Caller("admin", new Grant(Role.ADMIN, null)),
            "operator", new Caller("operator", new Grant(Role.OPERATOR, null)),
            "viewer", new Caller("viewer", new Grant(Role.VIEWER, null)),
            "tenant", new Caller("tenant", new Grant(Role.TENANT, tenant)),
            "stranger", new Caller("stranger", new Grant(Role.TENANT, new TenantId("nobody"))));
    return token -> {
      Caller caller = known.get(token);
      return caller != null ? caller : VERIFIED.verify(token);
    };
  }

  /** The API of a node without sockets. */
  private static final class InMemoryNode extends QuietFabric implements ControlledFabric {
    @Override
    public CompletableFuture<SwitchCounters> read(DeviceId device) {
      return silent();
    }

    private static final int CALLS_PER_TICK = 50;

    private final InProcessStateLog log = new InProcessStateLog(1);
    private final List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    private final Set<LeaseName> changed = new LinkedHashSet<>();
    private long nowMs = 1_750_000_000_000L;
    private int names;
    private int calls;
    private boolean fromMember;

    InMemoryNode() {
      submit(new Command.SetInventory(inventory(), nowMs));
      TenantId tenant = log.state().inventory().tenants().iterator().next().getKey();
      AccessPolicy policy = new AccessPolicy(new TreeMap<>(), List.of(), Limits.DEFAULT);
      ServerInterceptor[] before = {
        new Authentication(Access.of(policy, tokens(tenant)), c -> List.of(), names -> fromMember),
        new Throttle(policy::limits, () -> nowMs * 1_000_000, () -> 0),
        new AuditTrail(new AuditLog(), "a", () -> nowMs),
        new Authorisation()
      };
      LiveConditions present = new LiveConditions(this, this, () -> nowMs);
      GuardedExecutor atOnce =
          new ManualExecutor() {
            @Override
            public void execute(Runnable task) {
              task.run();
            }
          }.guarded();
      Awaiter<LeaseName, Lease> leaseAwaiter = Awaiter.ofLeases(atOnce);
      Awaiter<JobName, Job> jobAwaiter = Awaiter.ofJobs(atOnce);
      LeaseFeed leases = new LeaseFeed(log);
      JobFeed jobs = new JobFeed(log);
      Conditions conditions =
          new Conditions(
              log, this, new Conditions.Own(() -> "", () -> "", () -> "", () -> 0), () -> nowMs);
      FabricFeed fabric = new FabricFeed(log, this, this, conditions, "fuzz");
      log.follow(
          a -> {
            leaseAwaiter.applied(a);
            jobAwaiter.applied(a);
            leases.applied(a, log.progress().index());
            jobs.applied(a, log.progress().index());
            fabric.applied(a);
            for (Applied.Change c : a.changes()) {
              if (c instanceof Applied.Change.LeaseChanged l) {
                changed.add(l.lease());
              }
            }
          });
      BurstRoom bursts = new BurstRoom(log, present, leaseAwaiter);
      for (ServerServiceDefinition service :
          List.of(
              new LeaseApi(log, present, bursts, leaseAwaiter, leases, this::name).bindService(),
              new JobApi(log, present, bursts, jobAwaiter, jobs, this::name).bindService(),
              new PathApi(log, present).bindService(),
              new FabricApi(
                      log,
                      this,
                      fabric,
                      conditions,
                      new InventoryApi(log, new YamlDocuments(), () -> nowMs),
                      () -> nowMs)
                  .bindService(),
              new TelemetryApi(log, this, this, new CongestionFeed(log, this, this, "fuzz"))
                  .bindService())) {
        ServerInterceptors.interceptForward(service, before).getMethods().stream()
            .sorted((a, b) -> fullName(a).compareTo(fullName(b)))
            .forEach(methods::add);
      }
    }

    /** Leases are few, and cost. */
    private static Inventory inventory() {
      Inventory i = new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT);
      List<Tenant> tenants = new ArrayList<>();
      Quota quota = new Quota(50, 1_000_000_000, 500, 1_000_000, Quota.DAY_MS, 1_000);
      i.tenants().forEach((id, t) -> tenants.add(new Tenant(id, t.mayReach(), quota)));
      return new Inventory(
          i.name(),
          i.reservableShare(),
          values(i.devices()),
          values(i.links()),
          values(i.endpoints()),
          tenants);
    }

    private static <K extends Comparable<? super K>, V> List<V> values(PersistentMap<K, V> map) {
      List<V> all = new ArrayList<>();
      map.forEach((k, v) -> all.add(v));
      return all;
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

    void call(int method, String who, byte[] message) {
      nowMs += 10;
      call(methods.get(method % methods.size()), who, message);
      acknowledge();
      if (++calls % CALLS_PER_TICK == 0) {
        submit(new Command.Tick(nowMs));
        acknowledge();
      }
    }

    private <Q, R> void call(ServerMethodDefinition<Q, R> method, String who, byte[] message) {
      Q request;
      try {
        request = method.getMethodDescriptor().parseRequest(new ByteArrayInputStream(message));
      } catch (StatusRuntimeException malformed) {
        return; // gRPC refuses it
      }
      Call<Q, R> call = new Call<>(method.getMethodDescriptor());
      Metadata headers = new Metadata();
      fromMember = who.startsWith(MEMBER);
      if (fromMember) {
        headers.put(CALLER, who.substring(MEMBER.length()));
      } else if (!who.isEmpty()) {
        headers.put(AUTHORIZATION, who);
        headers.put(CALLER, "admin//x"); // believed from members only
      }
      long revision = log.state().revision();
      ServerCall.Listener<Q> listener = method.getServerCallHandler().startCall(call, headers);
      listener.onReady();
      listener.onMessage(request);
      listener.onHalfClose();
      String plain = who.toLowerCase(Locale.ROOT).replaceAll(" +", " ").strip();
      boolean may = fromMember || MAY_CHANGE.contains(plain);
      if (!may && log.state().revision() != revision) {
        throw new AssertionError(fullName(method) + " changed something for '" + who + "'");
      }
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
          if (l != null && l.awaitsSwitch()) {
            submit(new Command.Provisioned(name, l.generation(), nowMs));
          } else if (l != null && l.state() == Lease.LeaseState.RELEASING) {
            submit(new Command.Released(name, l.generation(), nowMs));
          }
        }
      }
    }
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
    int asked = 0;
    for (int i = 0; i < n.methods.size(); i++) {
      String name = InMemoryNode.fullName(n.methods.get(i));
      for (ByteString bytes : samples(name.substring(name.indexOf('/') + 1), tenant)) {
        all.add(seed(i, WHO.get(0), bytes));
        all.add(seed(i, WHO.get(++asked % WHO.size()).replace("TENANT", tenant), bytes));
      }
    }
    return all;
  }

  private static byte[] seed(int method, String who, ByteString message) {
    byte[] name = who.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(2 + name.length + message.size())
        .put((byte) method)
        .put((byte) name.length)
        .put(name)
        .put(message.toByteArray())
        .array();
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
