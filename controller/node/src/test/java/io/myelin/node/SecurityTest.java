package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.northbound.audit.AuditFile;
import io.myelin.node.tls.LabAuthority;
import io.myelin.node.tls.TlsFiles;
import io.myelin.v1.AccessServiceGrpc;
import io.myelin.v1.AuditServiceGrpc;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.TelemetryServiceGrpc;
import io.myelin.v1.WatchLeasesRequest;
import io.myelin.v1.WatchLeasesResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A node behind TLS, and everybody who might come. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SecurityTest {
  private static final String DOMAIN = "test.lab";
  private static final String ISSUER = "https://issuer.example";
  private static final Duration HOUR = Duration.ofHours(1);

  /**
   * Who may call what, as docs/SECURITY.md says: A admin, O operator, T tenant (its own), V viewer
   * of everything, W viewer of a tenant (its own).
   */
  private static final Map<String, String> MATRIX =
      Map.ofEntries(
          Map.entry("LeaseService/CreateLease", "AT"),
          Map.entry("LeaseService/UpdateLease", "AT"),
          Map.entry("LeaseService/ExtendLease", "AT"),
          Map.entry("LeaseService/ReleaseLease", "AT"),
          Map.entry("LeaseService/ForceReleaseLease", "AO"),
          Map.entry("LeaseService/GetLease", "AOTVW"),
          Map.entry("LeaseService/ListLeases", "AOTVW"),
          Map.entry("LeaseService/FindSlots", "AOTVW"),
          Map.entry("LeaseService/WatchLeases", "AOTVW"),
          Map.entry("JobService/CreateJob", "AT"),
          Map.entry("JobService/UpdateJob", "AT"),
          Map.entry("JobService/ReleaseJob", "AT"),
          Map.entry("JobService/GetJob", "AOTVW"),
          Map.entry("JobService/ListJobs", "AOTVW"),
          Map.entry("JobService/WatchJobs", "AOTVW"),
          Map.entry("PathService/ComputePaths", "AOTVW"),
          Map.entry("PathService/ExplainPath", "AOTVW"),
          Map.entry("PathService/CheckPath", "AOTVW"),
          Map.entry("FabricService/GetFabric", "AOTVW"),
          Map.entry("FabricService/WatchFabric", "AOTVW"),
          Map.entry("FabricService/GetInventory", "AO"),
          Map.entry("FabricService/ApplyInventory", "AO"),
          Map.entry("FabricService/Drain", "AO"),
          Map.entry("FabricService/Undrain", "AO"),
          Map.entry("TelemetryService/WatchCongestion", "AOV"),
          Map.entry("TelemetryService/ListDecisions", "AOV"),
          Map.entry("TelemetryService/ProbeLease", "AOT"),
          Map.entry("ClusterService/GetCluster", "AOV"),
          Map.entry("ClusterService/Backup", "A"),
          Map.entry("AccessService/GetCaller", "AOTVW"),
          Map.entry("AccessService/ListTenants", "AOTVW"),
          Map.entry("AuditService/ListAuditEvents", "AOT"),
          Map.entry("AuditService/GetAuditHead", "AO"));

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          LeaseServiceGrpc.getServiceDescriptor(),
          JobServiceGrpc.getServiceDescriptor(),
          PathServiceGrpc.getServiceDescriptor(),
          FabricServiceGrpc.getServiceDescriptor(),
          TelemetryServiceGrpc.getServiceDescriptor(),
          ClusterServiceGrpc.getServiceDescriptor(),
          AuditServiceGrpc.getServiceDescriptor(),
          AccessServiceGrpc.getServiceDescriptor());

  private static final Inventory FABRIC =
      InventoryFile.parse(
          "fabric.yaml",
          """
          fabric: two-tenants
          tenants:
            - {name: blue}
            - {name: red}
          devices:
            - {name: leaf1, role: leaf, address: "127.0.0.1:1", deviceId: 1}
          endpoints:
            - {name: b1, attach: leaf1/1, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: blue, capacity: 10G, host: hb}
            - {name: b2, attach: leaf1/2, ip: 10.0.0.2, mac: "02:00:00:00:00:02", tenant: blue, capacity: 10G, host: hb2}
            - {name: r1, attach: leaf1/3, ip: 10.0.0.3, mac: "02:00:00:00:00:03", tenant: red, capacity: 10G, host: hr}
          """);

  @TempDir static @Nullable Path dir;

  private static final String POLICY =
      """
      identities:
        - {name: "uri:spiffe://d/admin", role: admin}
        - {name: "uri:spiffe://d/operator", role: operator}
        - {name: "uri:spiffe://d/viewer", role: viewer}
        - {name: "uri:spiffe://d/tenant/blue", role: tenant, tenant: blue}
        - {name: "uri:spiffe://d/tenant/red", role: tenant, tenant: red}
        - {name: "uri:spiffe://d/viewer/blue", role: viewer, tenant: blue}
      tokens:
        - {issuer: "ISSUER", audience: myelin, jwks: jwks.json, roleClaim: role, tenantClaim: tenant}
      limits: {perSecond: 100000, burst: 100000, inFlight: 64, streams: 32}
      """
          .replace("://d/", "://" + DOMAIN + "/")
          .replace("ISSUER", ISSUER);

  private LabAuthority authority;
  private ECKey signing;
  private Node node;
  private int written;
  private final Map<Character, Channel> channels = new TreeMap<>();
  private final List<ManagedChannel> open = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  SecurityTest() {}

  private static Path dir() {
    if (dir == null) {
      throw new AssertionError("JUnit makes it");
    }
    return dir;
  }

  private static Path policy() {
    return dir().resolve("access.yaml");
  }

  private static String name(String path) {
    return LabAuthority.spiffe(DOMAIN, path);
  }

  @BeforeAll
  void start() throws IOException, JOSEException {
    authority = LabAuthority.in(dir(), DOMAIN);
    TlsFiles own = authority.issue("node", List.of(name("member/n1"), "ip:127.0.0.1"), HOUR);
    signing = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
    Path jwks = dir().resolve("jwks.json");
    Files.writeString(jwks, new JWKSet(signing).toString(true));
    Files.writeString(policy(), POLICY);
    node =
        new Node(
            new Node.Config(
                    FABRIC,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Pace.of(Duration.ofHours(1)))
                .with(
                    new Security(
                        own,
                        Security.SwitchTls.BEYOND_LOOPBACK,
                        policy(),
                        dir().resolve("audit"))));
    channels.put('A', as("admin", "admin"));
    channels.put('O', as("operator", "operator"));
    channels.put('V', as("viewer", "viewer"));
    channels.put('T', as("blue", "tenant/blue"));
    channels.put('W', as("viewer-blue", "viewer/blue"));
  }

  @AfterAll
  void stop() {
    open.forEach(ManagedChannel::shutdownNow);
    node.close();
  }

  private ManagedChannel channel(ChannelCredentials credentials) {
    ManagedChannel c =
        NettyChannelBuilder.forAddress("127.0.0.1", node.port(), credentials).build();
    open.add(c);
    return c;
  }

  private ManagedChannel as(String file, String path) throws IOException {
    TlsFiles f = authority.issue(file, List.of(name(path)), HOUR);
    return channel(
        TlsChannelCredentials.newBuilder()
            .trustManager(f.trust().toFile())
            .keyManager(f.certificate().toFile(), f.key().toFile())
            .build());
  }

  private ManagedChannel nobody() throws IOException {
    return channel(
        TlsChannelCredentials.newBuilder().trustManager(dir().resolve("ca.pem").toFile()).build());
  }

  private Channel bearing(Channel channel, String header, String value) {
    Metadata m = new Metadata();
    m.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(m));
  }

  // ---- the matrix ------------------------------------------------------------------------------

  /** Every method of every service, by every role, for the own tenant and for another. */
  @Test
  void everyMethodForEveryRoleAndTenant() {
    Set<String> seen = new TreeSet<>();
    List<String> wrong = new ArrayList<>();
    for (ServiceDescriptor service : SERVICES) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        String row = method.getFullMethodName().replace("myelin.v1.", "");
        seen.add(row);
        String may = MATRIX.getOrDefault(row, "");
        for (Map.Entry<Character, Channel> e : channels.entrySet()) {
          boolean confined = "TW".indexOf(e.getKey()) >= 0;
          for (String tenant : List.of("blue", "red", "nonesuch", "-")) {
            boolean scoped = named(request(method), tenant) != null;
            boolean own = !confined || !scoped || tenant.equals("blue");
            boolean expected = may.indexOf(e.getKey()) >= 0 && own;
            Status.Code code = call(e.getValue(), method, tenant);
            boolean denied = code == Status.Code.PERMISSION_DENIED;
            if (denied == expected || code == Status.Code.UNAUTHENTICATED) {
              wrong.add(row + " by " + e.getKey() + " for " + tenant + ": " + code);
            }
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(new TreeSet<>(MATRIX.keySet()), seen, "a method is not in the table");
  }

  private static Message request(MethodDescriptor<?, ?> method) {
    return (Message) ((PrototypeMarshaller<?>) method.getRequestMarshaller()).getMessagePrototype();
  }

  /** The request with the name of something of a tenant's; null: it names nothing. */
  private static @Nullable Message named(Message prototype, String tenant) {
    for (String field : List.of("parent", "name")) {
      FieldDescriptor f = prototype.getDescriptorForType().findFieldByName(field);
      if (f != null) {
        String kind =
            prototype.getDescriptorForType().getName().contains("Job") ? "/jobs/x" : "/leases/x";
        String value = "tenants/" + tenant + (field.equals("parent") ? "" : kind);
        return prototype.toBuilder().setField(f, value).build();
      }
    }
    for (String field : List.of("lease", "job", "query")) {
      FieldDescriptor f = prototype.getDescriptorForType().findFieldByName(field);
      if (f != null) {
        Message inner = named((Message) prototype.getField(f), tenant);
        if (inner != null) {
          return prototype.toBuilder().setField(f, inner).build();
        }
      }
    }
    return null;
  }

  private static <Q, R> Status.Code call(
      Channel channel, MethodDescriptor<Q, R> method, String tenant) {
    Message named = named(request(method), tenant);
    return call(channel, method, named == null ? request(method) : named);
  }

  @SuppressWarnings("unchecked")
  private static <Q, R> Status.Code call(
      Channel channel, MethodDescriptor<Q, R> method, Message request) {
    CallOptions soon = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
    try {
      if (method.getType() == MethodDescriptor.MethodType.UNARY) {
        ClientCalls.blockingUnaryCall(channel, method, soon, (Q) request);
      } else {
        io.grpc.Context.CancellableContext c = io.grpc.Context.current().withCancellation();
        io.grpc.Context before = c.attach();
        try {
          Iterator<R> all =
              ClientCalls.blockingServerStreamingCall(channel, method, soon, (Q) request);
          boolean unused = all.hasNext(); // waits for the first message, or the refusal
        } finally {
          c.detach(before);
          c.cancel(null);
        }
      }
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  /** A name that is none must not slip past the check of names. */
  @Test
  void whoIsConfinedGetsNothingForMalformedNames() {
    Channel blue = Objects.requireNonNull(channels.get('T'));
    for (ServiceDescriptor service : SERVICES) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        Message prototype = request(method);
        if (named(prototype, "x") == null) {
          continue;
        }
        for (String bad : List.of("blue/../red", "red ", "RED", "")) {
          Status.Code code = call(blue, method, bad);
          assertTrue(
              code == Status.Code.PERMISSION_DENIED || code == Status.Code.INVALID_ARGUMENT,
              method.getFullMethodName() + " for '" + bad + "': " + code);
        }
        Status.Code none = call(blue, method, prototype);
        assertTrue(
            none == Status.Code.PERMISSION_DENIED || none == Status.Code.INVALID_ARGUMENT,
            method.getFullMethodName() + " without a name: " + none);
      }
    }
  }

  private static StatusRuntimeException refusal(org.junit.jupiter.api.function.Executable e) {
    return assertThrows(StatusRuntimeException.class, e);
  }

  private static String reason(StatusRuntimeException e) {
    com.google.rpc.Status s = StatusProto.fromThrowable(e);
    try {
      return s == null ? "" : s.getDetails(0).unpack(ErrorInfo.class).getReason();
    } catch (com.google.protobuf.InvalidProtocolBufferException x) {
      throw new AssertionError(x);
    }
  }

  /** The same words whether another's lease exists or not, and nothing of others in any message. */
  @Test
  void errorsDoNotRevealWhatOthersHave() throws IOException {
    Channel blue = Objects.requireNonNull(channels.get('T'));
    LeaseServiceGrpc.LeaseServiceBlockingStub stub = LeaseServiceGrpc.newBlockingStub(blue);
    StatusRuntimeException there =
        refusal(
            () ->
                stub.getLease(
                    GetLeaseRequest.newBuilder().setName("tenants/red/leases/a").build()));
    StatusRuntimeException absent =
        refusal(
            () ->
                stub.getLease(GetLeaseRequest.newBuilder().setName("tenants/no/leases/a").build()));
    assertEquals(there.getStatus().getDescription(), absent.getStatus().getDescription());
    for (String other : List.of("r1", "nonesuch")) {
      StatusRuntimeException e =
          refusal(
              () ->
                  stub.createLease(
                      CreateLeaseRequest.newBuilder()
                          .setParent("tenants/blue")
                          .setLease(
                              Lease.newBuilder()
                                  .setSource("b1")
                                  .setDestination(other)
                                  .setBandwidthBps(1000))
                          .build()));
      assertEquals("UNKNOWN_RESOURCE", reason(e));
      assertEquals(
          "lease.destination: '" + other + "' is not known; known: b1, b2",
          e.getStatus().getDescription());
    }
    var fabric =
        FabricServiceGrpc.newBlockingStub(blue)
            .getFabric(GetFabricRequest.getDefaultInstance())
            .getFabric();
    assertEquals(
        List.of("b1", "b2"), fabric.getEndpointsList().stream().map(e -> e.getName()).toList());
    assertFalse(fabric.toString().contains("r1"), "nothing of red's");
    Set<String> all =
        FabricServiceGrpc.newBlockingStub(Objects.requireNonNull(channels.get('A')))
            .getFabric(GetFabricRequest.getDefaultInstance())
            .getFabric()
            .getEndpointsList()
            .stream()
            .map(e -> e.getName())
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected = new TreeSet<>();
    for (Map.Entry<?, Endpoint> e : FABRIC.endpoints()) {
      expected.add(e.getValue().id().value());
    }
    assertEquals(expected, all);
  }

  // ---- who is who ------------------------------------------------------------------------------

  @Test
  void withoutCertificateOrTokenThereIsHealthOnly() throws IOException {
    ManagedChannel c = nobody();
    HealthCheckResponse.ServingStatus health =
        HealthGrpc.newBlockingStub(c).check(HealthCheckRequest.getDefaultInstance()).getStatus();
    // Nobody has switches here: after some seconds the node says that it cannot do its work.
    assertTrue(
        health == HealthCheckResponse.ServingStatus.SERVING
            || health == HealthCheckResponse.ServingStatus.NOT_SERVING,
        health.toString());
    StatusRuntimeException e =
        refusal(
            () ->
                FabricServiceGrpc.newBlockingStub(c)
                    .getFabric(GetFabricRequest.getDefaultInstance()));
    assertEquals(Status.Code.UNAUTHENTICATED, e.getStatus().getCode());
  }

  @Test
  void plaintextAndCertificatesOfOthersGetNoConnection(@TempDir Path elsewhere) throws IOException {
    ManagedChannel plain = channel(InsecureChannelCredentials.create());
    assertEquals(Status.Code.UNAVAILABLE, cluster(plain));
    TlsFiles foreign =
        LabAuthority.in(elsewhere, DOMAIN).issue("admin", List.of(name("admin")), HOUR);
    ManagedChannel stranger =
        channel(
            TlsChannelCredentials.newBuilder()
                .trustManager(dir().resolve("ca.pem").toFile())
                .keyManager(foreign.certificate().toFile(), foreign.key().toFile())
                .build());
    assertEquals(Status.Code.UNAVAILABLE, cluster(stranger));
    // … and a client does not believe a node of another authority.
    ManagedChannel wary =
        channel(TlsChannelCredentials.newBuilder().trustManager(foreign.trust().toFile()).build());
    assertEquals(Status.Code.UNAVAILABLE, cluster(wary));
  }

  @Test
  void namesThatThePolicyDoesNotKnowAreNobody() throws IOException {
    for (String path : List.of("tenant/green", "admin/x", "member/n2", "member/n1")) {
      // A node alone has no other members: their names open nothing.
      assertEquals(
          Status.Code.UNAUTHENTICATED, cluster(as("x-" + path.replace('/', '-'), path)), path);
    }
  }

  private static Status.Code cluster(Channel c) {
    return call(c, ClusterServiceGrpc.getGetClusterMethod(), "x");
  }

  /** Headers with which members pass on callers mean nothing from anybody else. */
  @Test
  void aLowerRoleCannotRaiseItself() throws IOException, JOSEException {
    Channel blue = Objects.requireNonNull(channels.get('T'));
    Channel viewer = Objects.requireNonNull(channels.get('V'));
    for (Channel low : List.of(blue, viewer)) {
      for (Channel forged :
          List.of(
              bearing(low, "myelin-caller", "admin//root"),
              bearing(low, "myelin-forwarded-by", "n1"),
              // A token does not raise whoever has shown a certificate.
              bearing(low, "authorization", "Bearer " + token(claims("x", "tenant", "red"))))) {
        assertEquals(
            Status.Code.PERMISSION_DENIED, call(forged, ClusterServiceGrpc.getBackupMethod(), "x"));
        assertEquals(
            Status.Code.PERMISSION_DENIED,
            call(forged, LeaseServiceGrpc.getCreateLeaseMethod(), "red"));
      }
    }
    Channel operator = Objects.requireNonNull(channels.get('O'));
    assertEquals(
        Status.Code.PERMISSION_DENIED,
        call(operator, LeaseServiceGrpc.getReleaseLeaseMethod(), "blue"));
    assertEquals(
        Status.Code.PERMISSION_DENIED, call(operator, ClusterServiceGrpc.getBackupMethod(), "x"));
  }

  // ---- tokens ----------------------------------------------------------------------------------

  private static JWTClaimsSet.Builder claims(String subject, String role, String tenant) {
    Instant now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .audience("myelin")
        .subject(subject)
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(600)))
        .claim("role", role)
        .claim("tenant", tenant);
  }

  private String token(JWTClaimsSet.Builder claims) throws JOSEException {
    return token(claims, signing);
  }

  private static String token(JWTClaimsSet.Builder claims, ECKey key) throws JOSEException {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k1").build(), claims.build());
    jwt.sign(new ECDSASigner(key));
    return jwt.serialize();
  }

  private Status.Code leases(String token, String tenant) throws IOException {
    return call(
        bearing(nobody(), "authorization", "Bearer " + token),
        LeaseServiceGrpc.getListLeasesMethod(),
        tenant);
  }

  @Test
  void aTokenIsAsGoodAsWhatItsIssuerMayGive() throws IOException, JOSEException {
    String blue = token(claims("agent-7", "tenant", "blue"));
    assertEquals(Status.Code.OK, leases(blue, "blue"));
    assertEquals(Status.Code.PERMISSION_DENIED, leases(blue, "red"));
    Instant now = Instant.now();
    Map<String, String> bad = new TreeMap<>();
    bad.put("admin is not given by this issuer", token(claims("x", "admin", "")));
    bad.put("operator neither", token(claims("x", "operator", "")));
    bad.put("no such role", token(claims("x", "root", "blue")));
    bad.put("a member least of all", token(claims("x", "member", "")));
    bad.put("a tenant without its name", token(claims("x", "tenant", "")));
    bad.put("a viewer of everything", token(claims("x", "viewer", "")));
    bad.put("no subject", token(claims("", "tenant", "blue")));
    bad.put("another audience", token(claims("x", "tenant", "blue").audience("other")));
    bad.put("another issuer", token(claims("x", "tenant", "blue").issuer("https://evil")));
    bad.put(
        "expired",
        token(
            claims("x", "tenant", "blue")
                .issueTime(Date.from(now.minusSeconds(700)))
                .expirationTime(Date.from(now.minusSeconds(60)))));
    bad.put(
        "not yet",
        token(claims("x", "tenant", "blue").notBeforeTime(Date.from(now.plusSeconds(99)))));
    bad.put(
        "valid for too long",
        token(claims("x", "tenant", "blue").expirationTime(Date.from(now.plusSeconds(86_400)))));
    bad.put("no expiry", token(claims("x", "tenant", "blue").expirationTime(null)));
    bad.put(
        "signed by somebody else",
        token(
            claims("x", "tenant", "blue"), new ECKeyGenerator(Curve.P_256).keyID("k1").generate()));
    String[] parts = blue.split("\\.");
    bad.put("signature of another token", parts[0] + "." + parts[1] + "." + flipped(parts[2]));
    bad.put("no signature", "eyJhbGciOiJub25lIn0." + parts[1] + ".");
    SignedJWT mac =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("k1").build(),
            claims("x", "tenant", "blue").build());
    mac.sign(new MACSigner(signing.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8)));
    bad.put("the public key taken for a secret", mac.serialize());
    bad.put("no token at all", "x");
    bad.put("too long", "x".repeat(5_000));
    for (Map.Entry<String, String> e : bad.entrySet()) {
      assertEquals(Status.Code.UNAUTHENTICATED, leases(e.getValue(), "blue"), e.getKey());
    }
  }

  private static String flipped(String s) {
    char c = s.charAt(5) == 'A' ? 'B' : 'A';
    return s.substring(0, 5) + c + s.substring(6);
  }

  // ---- what changes ----------------------------------------------------------------------------

  /** Puts another text into the policy's file; the node looks at once, not in some seconds. */
  private void policy(String text) throws IOException {
    Files.writeString(policy(), text);
    written += 1;
    Files.setLastModifiedTime(
        policy(), FileTime.fromMillis(System.currentTimeMillis() + written * 1_000L));
    node.reread();
  }

  @Test
  void aNewPolicyHoldsWithoutARestartAlsoForStreams() throws IOException {
    Channel guest = as("guest", "guest");
    assertEquals(Status.Code.UNAUTHENTICATED, leases(guest));
    policy(
        POLICY.replace(
            "identities:", "identities:\n  - {name: '" + name("guest") + "', role: viewer}"));
    assertEquals(Status.Code.OK, leases(guest));
    Iterator<WatchLeasesResponse> watch =
        LeaseServiceGrpc.newBlockingStub(guest)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .watchLeases(WatchLeasesRequest.newBuilder().setParent("tenants/-").build());
    assertTrue(watch.hasNext(), "it has begun");

    policy("identities: [nobody");
    assertEquals(Status.Code.OK, leases(guest), "a broken file changes nothing");

    policy(POLICY);
    assertEquals(Status.Code.UNAUTHENTICATED, leases(guest));
    StatusRuntimeException ended =
        refusal(
            () -> {
              while (watch.hasNext()) {
                watch.next();
              }
            });
    assertEquals(Status.Code.UNAUTHENTICATED, ended.getStatus().getCode());
    assertEquals("CREDENTIALS_ENDED", reason(ended));
  }

  private static Status.Code leases(Channel channel) {
    return call(channel, LeaseServiceGrpc.getListLeasesMethod(), "-");
  }

  // ---- the record ------------------------------------------------------------------------------

  @Test
  void refusalsAndChangesAreRecorded() throws IOException {
    Channel blue = Objects.requireNonNull(channels.get('T'));
    call(blue, LeaseServiceGrpc.getReleaseLeaseMethod(), "red");
    call(blue, LeaseServiceGrpc.getReleaseLeaseMethod(), "blue");
    call(blue, LeaseServiceGrpc.getGetLeaseMethod(), "blue");
    List<String> lines = new ArrayList<>();
    AuditFile.verify(
        dir().resolve("audit"),
        (e, at) ->
            lines.add(
                String.join(
                    " ", e.caller(), e.role(), e.method(), e.resource(), e.code(), e.reason())));
    String who = name("tenant/blue") + " tenant myelin.v1.LeaseService/";
    assertTrue(
        lines.contains(who + "ReleaseLease tenants/red/leases/x PERMISSION_DENIED TENANT_DENIED"),
        lines::toString);
    assertTrue(
        lines.contains(who + "ReleaseLease tenants/blue/leases/x NOT_FOUND LEASE_NOT_FOUND"),
        lines::toString);
    assertTrue(
        lines.stream().noneMatch(l -> l.startsWith(who + "GetLease tenants/blue")),
        "reads that are allowed are not recorded");
  }

  // ---- what does not start ---------------------------------------------------------------------

  @Test
  void plaintextBeyondLoopbackIsRefusedWithTheRemedy() throws Exception {
    InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 0);
    IOException e =
        assertThrows(
            IOException.class,
            () -> new Node(new Node.Config(FABRIC, everywhere, Pace.of(HOUR))).close());
    assertTrue(String.valueOf(e.getMessage()).startsWith("plaintext is refused beyond loopback"));
    assertTrue(String.valueOf(e.getMessage()).contains("myelin certs init"), e.getMessage());
  }
}
