package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.myelin.core.model.Inventory;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.node.northbound.error.ErrorBudget;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.PathExplanation;
import io.myelin.v1.PathServiceGrpc;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The worst error of each method, over a channel with the limits that clients have: names of 63
 * characters, eight constraints, text of strangers.
 */
final class ErrorSizeTest {
  private static final int LEAVES = 4;
  private static final int SPINES = 4;

  /** What a stranger puts where a name belongs. */
  private static final String LONG = "é\"'%".repeat(20_000);

  private static ServedApi api;

  @BeforeAll
  static void serve() throws Exception {
    api = new ServedApi(inventory());
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static String name(String kind, int i) {
    String begin = kind + "-" + i + "-";
    return begin + "x".repeat(63 - begin.length());
  }

  private static Inventory inventory() {
    StringBuilder y = new StringBuilder("fabric: long\ntenants:\n");
    y.append("  - {name: ").append(name("tenant", 1)).append("}\n");
    y.append("  - {name: ").append(name("tenant", 2)).append("}\ndevices:\n");
    int id = 1;
    for (int l = 1; l <= LEAVES; l++) {
      y.append(device(name("leaf", l), "leaf", id++));
    }
    for (int s = 1; s <= SPINES; s++) {
      y.append(device(name("spine", s), "spine", id++));
    }
    y.append("links:\n");
    for (int l = 1; l <= LEAVES; l++) {
      for (int s = 1; s <= SPINES; s++) {
        y.append(
            "  - {a: %s/%d, b: %s/%d, capacity: 40M, latency: 20us, jitter: 1us, loss: 0.1,"
                    .formatted(name("leaf", l), s, name("spine", s), l)
                + " costMicrosPerGb: 9, medium: leo, regions: ["
                + name("region", 1)
                + "], source: \""
                + "y".repeat(200)
                + "\"}\n");
      }
    }
    y.append("endpoints:\n");
    for (int l = 1; l <= LEAVES; l++) {
      y.append(
          "  - {name: %s, attach: %s/9, ip: 10.0.0.%d, mac: \"02:00:00:00:00:0%d\", tenant: %s,"
              .formatted(name("gpu", l), name("leaf", l), l, l, name("tenant", l == 4 ? 2 : 1)));
      y.append(" capacity: 40M}\n");
    }
    return InventoryFile.parse("long.yaml", y.toString());
  }

  private static String device(String name, String role, int id) {
    return "  - {name: %s, role: %s, address: \"127.0.0.1:%d\", deviceId: %d, region: %s}\n"
        .formatted(name, role, id, id, name("region", 2));
  }

  /** Eight constraints, none of which holds. */
  private static String constraints() {
    return "constraints { max_latency_ns: 10 max_jitter_ns: 1 max_loss_ppb: 1"
        + (" max_cost_micros_per_gb: 1 allowed_regions: '" + name("region", 3) + "'")
        + " encryption: ENCRYPTION_MACSEC excluded_media: MEDIUM_LEO"
        + (" via: '" + name("spine", 1) + "' via: '" + name("spine", 2) + "'")
        + (" avoid { devices: '" + name("spine", 3) + "' } } ");
  }

  private static String lease(String source, String destination) {
    return "source: '"
        + source
        + "' destination: '"
        + destination
        + "' bandwidth_bps: 50000000000 ";
  }

  /** Requests of each method that are refused, as text. */
  private static Map<String, List<String>> worst() {
    String tenant = "tenants/" + name("tenant", 1);
    String parent = "parent: '" + tenant + "' ";
    String pair = lease(name("gpu", 1), name("gpu", 2)) + constraints();
    String stranger = lease(name("gpu", 1), name("nobody", 1));
    String taken = lease(name("gpu", 4), name("gpu", 1));
    String longName = "name: '" + escaped() + "'";
    String noLease = "name: '" + tenant + "/leases/" + name("lease", 1) + "'";
    String noJob = "name: '" + tenant + "/jobs/" + "j".repeat(54) + "'";
    Map<String, List<String>> m = new TreeMap<>();
    m.put(
        "LeaseService/CreateLease",
        List.of(
            parent + "lease {" + pair + "}",
            parent + "lease {" + stranger + "}",
            parent + "lease {" + taken + "}",
            parent + "lease_id: '" + escaped() + "' lease {" + pair + "}",
            "parent: '" + escaped() + "' lease {" + pair + "}",
            parent + "lease { source: '" + escaped() + "' }"));
    m.put("LeaseService/GetLease", List.of(longName, noLease));
    m.put("LeaseService/ListLeases", List.of("parent: '" + escaped() + "'"));
    m.put(
        "LeaseService/UpdateLease",
        List.of(
            "lease {" + noLease + "}",
            "lease {" + longName + "}",
            "lease {" + noLease + " etag: '" + escaped() + "' }"));
    m.put("LeaseService/FindSlots", List.of(parent + "lease {" + stranger + "}"));
    m.put("LeaseService/ExtendLease", List.of(longName, noLease + " ttl { seconds: 60 }"));
    m.put("LeaseService/ReleaseLease", List.of(longName, noLease));
    m.put("LeaseService/ForceReleaseLease", List.of(longName, noLease));
    m.put(
        "LeaseService/WatchLeases",
        List.of("parent: '" + tenant + "' resume_token: '" + escaped() + "'"));
    String members =
        "kind: COLLECTIVE_KIND_RING bandwidth_bps: 1000000000 members: '"
            + name("gpu", 1)
            + "' members: '"
            + name("gpu", 2)
            + "' ";
    m.put(
        "JobService/CreateJob",
        List.of(
            parent + "job {" + members + constraints() + "}",
            parent + "job {" + members + "members: '" + escaped() + "' }",
            parent + "job {" + members + "}"));
    m.put("JobService/GetJob", List.of(longName, noJob));
    m.put("JobService/ListJobs", List.of("parent: '" + escaped() + "'"));
    m.put("JobService/UpdateJob", List.of("job {" + noJob + "}", "job {" + longName + "}"));
    m.put("JobService/ReleaseJob", List.of(longName, noJob));
    m.put("JobService/WatchJobs", List.of("parent: '" + escaped() + "'"));
    m.put(
        "PathService/ComputePaths",
        List.of(
            "query {" + parent + pair + "}",
            "query {" + parent + stranger + "}",
            "query {" + parent + pair + "} backup_scopes: SCOPE_NODE"));
    m.put("PathService/ExplainPath", List.of("query {" + parent + stranger + "}"));
    m.put(
        "PathService/CheckPath",
        List.of(
            "query {" + parent + pair + "} hops { device: '" + escaped() + "' port: 1 }",
            "query {" + parent + pair + "} hops { device: '" + name("leaf", 1) + "' port: 200 }"));
    m.put("FabricService/WatchFabric", List.of("resume_token: '" + escaped() + "'"));
    m.put(
        "FabricService/Drain", List.of("device: '" + escaped() + "'", "link: '" + escaped() + "'"));
    m.put(
        "FabricService/Undrain",
        List.of("device: '" + name("nobody", 1) + "'", "link: '" + escaped() + "'"));
    m.put(
        "FabricService/ApplyInventory",
        List.of(
            "inventory: '" + escaped() + "' validate_only: true",
            "inventory: 'fabric: x' etag: '" + escaped() + "'"));
    m.put("TelemetryService/WatchCongestion", List.of("resume_token: '" + escaped() + "'"));
    m.put("TelemetryService/ListDecisions", List.of("page_size: -1"));
    m.put("TelemetryService/ProbeLease", List.of(longName, noLease));
    m.put("ClusterService/Backup", List.of(""));
    m.put("AuditService/ListAuditEvents", List.of("parent: '" + escaped() + "'"));
    return m;
  }

  private static String escaped() {
    return TextFormat.escapeBytes(ByteString.copyFromUtf8(LONG));
  }

  /** Methods that refuse nobody who reached them. */
  private static final List<String> NEVER_REFUSE =
      List.of(
          "FabricService/GetFabric",
          "FabricService/GetInventory",
          "ClusterService/GetCluster",
          "AuditService/GetAuditHead");

  @Test
  void everyErrorArrivesWhole() throws Exception {
    Map<String, List<String>> worst = worst();
    TreeSet<String> asked = new TreeSet<>(worst.keySet());
    asked.addAll(NEVER_REFUSE);
    TreeSet<String> all = new TreeSet<>();
    for (ServerMethods.Method m : ServerMethods.all()) {
      all.add(m.name());
    }
    assertEquals(all, asked, "a method is not tried");
    for (ServerMethods.Method m : ServerMethods.all()) {
      for (String text : worst.getOrDefault(m.name(), List.of())) {
        StatusRuntimeException e = m.refused(api.channel(), text);
        String where = m.name() + " " + text.substring(0, Math.min(200, text.length())) + ": " + e;
        com.google.rpc.Status status = StatusProto.fromThrowable(e);
        assertNotNull(status, where);
        assertTrue(status.getDetailsList().stream().anyMatch(d -> d.is(ErrorInfo.class)), where);
        assertFalse(status.getMessage().isEmpty(), where);
        assertTrue(
            api.heaviestBytes() <= ErrorBudget.MAX_BYTES,
            () -> api.heaviestBytes() + " bytes, " + where);
      }
    }
    assertTrue(api.heaviestBytes() > ErrorBudget.MAX_BYTES / 2, "the worst are not that bad");
  }

  @Test
  void whatIsLeftOutIsCountedAndExplainPathHasIt() throws Exception {
    String query =
        "query { parent: 'tenants/"
            + name("tenant", 1)
            + "' "
            + lease(name("gpu", 1), name("gpu", 2))
            + constraints()
            + "}";
    StatusRuntimeException e =
        ServerMethods.named("PathService/ComputePaths").refused(api.channel(), query);
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    assertNotNull(status);
    PathExplanation shortened = ApiErrors.detail(status, PathExplanation.class).orElseThrow();
    ExplainPathRequest.Builder request = ExplainPathRequest.newBuilder();
    TextFormat.merge(query, request);
    PathExplanation whole =
        PathServiceGrpc.newBlockingStub(api.channel())
            .explainPath(request.build())
            .getExplanation();
    assertEquals(whole.getBindingList(), shortened.getBindingList());
    assertTrue(whole.getBindingCount() >= 8, () -> whole.getBindingList().toString());
    assertEquals(
        whole.getRelaxationsCount(),
        shortened.getRelaxationsCount() + shortened.getOmittedRelaxations());
    assertEquals(whole.getLinesCount(), shortened.getLinesCount() + shortened.getOmittedLines());
    assertTrue(shortened.getOmittedLines() > 0);
    assertEquals(0, whole.getOmittedLines() + whole.getOmittedRelaxations());
    assertTrue(
        status
            .getMessage()
            .matches("(?s).*\\.\\.\\. \\([0-9]+ characters more; ExplainPath has all of it\\)"),
        status.getMessage());
  }

  @Test
  void whatFitsIsNotTouched() {
    com.google.rpc.Status small =
        com.google.rpc.Status.newBuilder()
            .setCode(3)
            .setMessage("name: 'é' is not a name")
            .addDetails(Any.pack(ErrorInfo.newBuilder().setReason("INVALID_FIELD").build()))
            .build();
    assertEquals(small, ErrorBudget.fit(small));
  }

  /**
   * Why the next call on a channel failed after an error that was too large: from a quarter above
   * its limit on, the client's HTTP/2 ends the connection, not the call (Netty,
   * Http2HeadersDecoder.maxHeaderListSizeGoAway), and every other call on it fails too.
   */
  @Test
  void anErrorBeyondTheLimitTakesOtherCallsOnTheChannelWithIt() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    MethodDescriptor<GetFabricRequest, GetFabricRequest> large = method("x/Large");
    MethodDescriptor<GetFabricRequest, GetFabricRequest> innocent = method("x/Innocent");
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(
                ServerServiceDefinition.builder("x")
                    .addMethod(
                        ServerMethodDefinition.create(
                            large,
                            handler(
                                out -> {
                                  Metadata trailers = new Metadata();
                                  trailers.put(
                                      Metadata.Key.of("much", Metadata.ASCII_STRING_MARSHALLER),
                                      "x".repeat(12_000));
                                  out.onError(
                                      Status.RESOURCE_EXHAUSTED.asRuntimeException(trailers));
                                })))
                    .addMethod(
                        ServerMethodDefinition.create(
                            innocent, handler(out -> open.countDown()))) // never answers
                    .build())
            .build()
            .start();
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + server.getPort(), InsecureChannelCredentials.create())
            .build();
    try {
      AtomicReference<Status> end = new AtomicReference<>();
      CountDownLatch ended = new CountDownLatch(1);
      ClientCalls.asyncUnaryCall(
          channel.newCall(innocent, CallOptions.DEFAULT),
          GetFabricRequest.getDefaultInstance(),
          new io.grpc.stub.StreamObserver<GetFabricRequest>() {
            @Override
            public void onNext(GetFabricRequest m) {}

            @Override
            public void onError(Throwable t) {
              end.set(Status.fromThrowable(t));
              ended.countDown();
            }

            @Override
            public void onCompleted() {}
          });
      assertTrue(open.await(10, TimeUnit.SECONDS));
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  ClientCalls.blockingUnaryCall(
                      channel, large, CallOptions.DEFAULT, GetFabricRequest.getDefaultInstance()));
      assertTrue(e.getStatus().getCode() != Status.Code.RESOURCE_EXHAUSTED, e.toString());
      assertTrue(ended.await(10, TimeUnit.SECONDS), "the other call goes on");
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  /** After the worst of errors, the next call on the same channel is answered. */
  @Test
  void theChannelGoesOnAfterTheWorstErrors() throws Exception {
    Channel channel = api.channel();
    for (String text : worst().getOrDefault("LeaseService/CreateLease", List.of())) {
      ServerMethods.named("LeaseService/CreateLease").refused(channel, text);
      assertEquals(
          "long",
          FabricServiceGrpc.newBlockingStub(channel)
              .getFabric(GetFabricRequest.getDefaultInstance())
              .getFabric()
              .getName());
    }
  }

  private static MethodDescriptor<GetFabricRequest, GetFabricRequest> method(String name) {
    return MethodDescriptor.<GetFabricRequest, GetFabricRequest>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(GetFabricRequest.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(GetFabricRequest.getDefaultInstance()))
        .build();
  }

  private static ServerCallHandler<GetFabricRequest, GetFabricRequest> handler(
      java.util.function.Consumer<io.grpc.stub.StreamObserver<GetFabricRequest>> answer) {
    return ServerCalls.asyncUnaryCall((request, out) -> answer.accept(out));
  }
}
