package io.myelin.onos.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import aQute.bnd.osgi.Builder;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.rpc.ErrorInfo;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import io.myelin.java11.Downgrade;
import io.myelin.node.tls.LabAuthority;
import io.myelin.node.tls.TlsFiles;
import io.myelin.onos.fake.FakeOnos;
import io.myelin.onos.fake.OnosLibraries;
import io.myelin.onos.java11.Java11;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ReleaseLeaseRequest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packed bundle in an OSGi framework (Felix and its Service Component Runtime) on Java 11, with
 * the bundles of ONOS 2.7 from the registry: its gRPC, protobuf, Guava and Jackson among them,
 * which must not get in the way of ours. ONOS's services are its own test doubles.
 */
class ContainerTest {
  private static final Path ONOS = Path.of("target", "onos");
  private static final Path BUNDLE = Path.of("target", "myelin-onos-bundle.jar");
  private static final int CALL_S = 60;

  @TempDir Path dir = Path.of("");

  @Test
  @Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void servesLeasesInsideOsgiOnJava11() throws Exception {
    Optional<Path> java = Java11.java();
    assumeTrue(java.isPresent(), Java11.MISSING);
    Path bundles = Files.createDirectory(dir.resolve("bundles"));
    for (Path jar : Java11.jars(OnosLibraries.BUNDLES)) {
      Files.copy(jar, bundles.resolve("1-" + jar.getFileName()));
    }
    for (Path tests : Java11.jars(ONOS.resolve("doubles"))) {
      fragment(tests, bundles.resolve("1-onos-api-tests.jar"));
    }
    doubles(bundles.resolve("2-doubles.jar"));
    Files.copy(BUNDLE, bundles.resolve("3-myelin.jar"), StandardCopyOption.REPLACE_EXISTING);
    Lab lab = new Lab(dir.resolve("certs"));
    Path config = Files.writeString(dir.resolve("config.json"), config(lab));
    Path launcher = rewritten("launcher", "io/myelin/onos/container/Launcher");
    List<Path> classPath = new ArrayList<>(List.of(launcher));
    classPath.addAll(Java11.jars(ONOS.resolve("libraries")));
    List<String> command =
        List.of(
            java.get().toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-D" + Doubles.CONFIG + "=" + config,
            "-cp",
            Java11.path(classPath),
            Launcher.class.getName(),
            bundles.toString(),
            ONOS.resolve("libraries").toString(),
            dir.resolve("cache").toString());
    try (Java11.Running running = new Java11.Running(command)) {
      int port = Integer.parseInt(running.await("SERVING"));
      List<String> said = running.lines();
      assertTrue(said.contains("COMPONENT io.myelin.onos.MyelinApplication"), said.toString());
      for (String c :
          List.of(
              "io.grpc.Server", "com.google.protobuf.Message", "com.google.common.base.Joiner")) {
        assertTrue(said.contains("CLASS " + c + " ours true"), c + " is not ours: " + said);
      }
      assertFalse(
          said.stream().anyMatch(l -> l.contains("Exception")), () -> String.join("\n", said));
      assertTrue(said.contains("DESK true"), "who works inside ONOS is served: " + said);
      try (Clients clients = new Clients(lab, port)) {
        use(clients.of(lab.blue));
        refuse(clients, lab);
      }
      assertTrue(
          audited(lab).stream()
              .anyMatch(l -> l.contains("tenant/blue") && l.contains("CreateLease")),
          "what tenants change is on record");
      assertEquals(0, running.end(), () -> String.join("\n", running.lines()));
      assertTrue(running.lines().contains("STOPPED"), () -> String.join("\n", running.lines()));
    }
  }

  /** An authority, the node's certificate, a tenant's, a token's issuer, and the policy. */
  private static final class Lab {
    private static final Duration HOUR = Duration.ofHours(1);
    final Path directory;
    final TlsFiles node;
    final TlsFiles blue;
    final TlsFiles stranger;
    final String token;

    Lab(Path directory) throws Exception {
      this.directory = directory;
      LabAuthority authority = LabAuthority.in(directory, "lab");
      node =
          authority.issue(
              "node",
              List.of(LabAuthority.spiffe("lab", "member/" + FakeOnos.LOCAL), "ip:127.0.0.1"),
              HOUR);
      blue = authority.issue("blue", List.of(LabAuthority.spiffe("lab", "tenant/blue")), HOUR);
      stranger = authority.issue("x", List.of(LabAuthority.spiffe("lab", "tenant/red")), HOUR);
      ECKey key = new ECKeyGenerator(Curve.P_256).keyID("k").generate();
      Files.writeString(directory.resolve("jwks.json"), new JWKSet(key).toString(true));
      Files.writeString(
          directory.resolve("access.yaml"),
          """
          identities:
            - {name: "uri:spiffe://lab/tenant/blue", role: tenant, tenant: blue}
          tokens:
            - {issuer: issuer, audience: myelin, jwks: jwks.json}
          """);
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k").build(),
              new JWTClaimsSet.Builder()
                  .issuer("issuer")
                  .audience("myelin")
                  .subject("agent")
                  .issueTime(Date.from(Instant.now()))
                  .expirationTime(Date.from(Instant.now().plusSeconds(600)))
                  .claim("myelin_role", "viewer")
                  .claim("myelin_tenant", "blue")
                  .build());
      jwt.sign(new ECDSASigner(key));
      token = jwt.serialize();
    }
  }

  /** Channels to the node. */
  private static final class Clients implements AutoCloseable {
    private final Lab lab;
    private final int port;
    private final List<ManagedChannel> open = new ArrayList<>();

    Clients(Lab lab, int port) {
      this.lab = lab;
      this.port = port;
    }

    ManagedChannel with(ChannelCredentials credentials) {
      ManagedChannel c = NettyChannelBuilder.forAddress("127.0.0.1", port, credentials).build();
      open.add(c);
      return c;
    }

    ManagedChannel of(TlsFiles who) throws IOException {
      return with(
          TlsChannelCredentials.newBuilder()
              .trustManager(who.trust().toFile())
              .keyManager(who.certificate().toFile(), who.key().toFile())
              .build());
    }

    /** With the authority's certificate, and none of its own. */
    ManagedChannel nobody() throws IOException {
      return with(
          TlsChannelCredentials.newBuilder().trustManager(lab.node.trust().toFile()).build());
    }

    @Override
    public void close() {
      open.forEach(ManagedChannel::shutdownNow);
    }
  }

  private static List<String> audited(Lab lab) throws IOException {
    List<String> lines = new ArrayList<>();
    try (var files = Files.list(lab.directory.resolve("audit"))) {
      for (Path f : files.toList()) {
        lines.addAll(Files.readAllLines(f));
      }
    }
    return lines;
  }

  private static Status.Code list(Channel channel, String tenant) {
    try {
      var unused =
          LeaseServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(CALL_S, TimeUnit.SECONDS)
              .listLeases(ListLeasesRequest.newBuilder().setParent("tenants/" + tenant).build());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  /** Who is who, over TLS. */
  private static void refuse(Clients clients, Lab lab) throws IOException {
    assertEquals(Status.Code.PERMISSION_DENIED, list(clients.of(lab.blue), "red"));
    assertEquals(Status.Code.UNAUTHENTICATED, list(clients.of(lab.stranger), "red"));
    assertEquals(Status.Code.UNAUTHENTICATED, list(clients.nobody(), "blue"));
    assertEquals(
        Status.Code.UNAVAILABLE, list(clients.with(InsecureChannelCredentials.create()), "blue"));
    Metadata bearer = new Metadata();
    bearer.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + lab.token);
    Channel agent =
        ClientInterceptors.intercept(
            clients.nobody(), MetadataUtils.newAttachHeadersInterceptor(bearer));
    assertEquals(Status.Code.OK, list(agent, "blue"));
    assertEquals(Status.Code.PERMISSION_DENIED, list(agent, "red"));
    Metadata forged = new Metadata();
    forged.put(
        Metadata.Key.of("myelin-caller", Metadata.ASCII_STRING_MARSHALLER), "admin//onos:karaf");
    assertEquals(
        Status.Code.PERMISSION_DENIED,
        list(
            ClientInterceptors.intercept(
                clients.of(lab.blue), MetadataUtils.newAttachHeadersInterceptor(forged)),
            "red"),
        "what ONOS's own commands say of their user is believed of nobody else");
  }

  private static void use(ManagedChannel channel) {
    assertEquals(
        HealthCheckResponse.ServingStatus.SERVING,
        HealthGrpc.newBlockingStub(channel)
            .withDeadlineAfter(CALL_S, TimeUnit.SECONDS)
            .check(HealthCheckRequest.getDefaultInstance())
            .getStatus());
    var leases =
        LeaseServiceGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_S, TimeUnit.SECONDS);
    CreateLeaseRequest request =
        CreateLeaseRequest.newBuilder()
            .setParent("tenants/blue")
            .setLeaseId("one")
            .setRequestId("r1")
            .setLease(
                Lease.newBuilder()
                    .setSource("gpu-1")
                    .setDestination("gpu-2")
                    .setBandwidthBps(10_000_000_000L))
            .build();
    // The switches are connected when ONOS's doubles say so; until then leases are refused.
    Lease lease = whenReady(leases, request);
    assertEquals(LeaseState.LEASE_STATE_ACTIVE, lease.getState(), lease.getReason());
    assertEquals(3, lease.getPaths(0).getHopsCount());
    StatusRuntimeException refused =
        org.junit.jupiter.api.Assertions.assertThrows(
            StatusRuntimeException.class,
            () ->
                leases.createLease(
                    request.toBuilder()
                        .setLeaseId("two")
                        .setRequestId("r2")
                        .setLease(request.getLease().toBuilder().setBandwidthBps(1L << 50))
                        .build()));
    var status = StatusProto.fromThrowable(refused);
    assertTrue(
        status != null && status.getDetailsList().stream().anyMatch(d -> d.is(ErrorInfo.class)),
        () -> "every refusal has an ErrorInfo: " + refused);
    assertEquals(
        1,
        leases
            .listLeases(ListLeasesRequest.newBuilder().setParent("tenants/blue").build())
            .getLeasesCount());
    assertEquals(
        LeaseState.LEASE_STATE_RELEASED,
        leases
            .releaseLease(
                ReleaseLeaseRequest.newBuilder()
                    .setName(lease.getName())
                    .setRequestId("r3")
                    .build())
            .getLease()
            .getState());
  }

  private static Lease whenReady(
      LeaseServiceGrpc.LeaseServiceBlockingStub leases, CreateLeaseRequest request) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CALL_S);
    while (true) {
      try {
        return leases.createLease(request).getLease();
      } catch (StatusRuntimeException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  /** Two leaves and a spine, as netcfg has it. */
  private static String config(Lab lab) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode config = mapper.createObjectNode().put("listen", "127.0.0.1:0");
    config.put("discoveryMs", 60_000).put("loops", false);
    config
        .putObject("tls")
        .put("certificate", lab.node.certificate().toString())
        .put("key", lab.node.key().toString())
        .put("trust", lab.node.trust().toString());
    config.put("access", lab.directory.resolve("access.yaml").toString());
    config.put("audit", lab.directory.resolve("audit").toString());
    ObjectNode inventory = config.putObject("inventory").put("fabric", "small");
    inventory.putArray("tenants").addObject().put("name", "blue");
    var devices = inventory.putArray("devices");
    var links = inventory.putArray("links");
    var endpoints = inventory.putArray("endpoints");
    devices
        .addObject()
        .put("name", "spine1")
        .put("role", "spine")
        .put("address", "127.0.0.1:50003")
        .put("deviceId", 3);
    for (int i = 1; i <= 2; i++) {
      devices
          .addObject()
          .put("name", "leaf" + i)
          .put("role", "leaf")
          .put("address", "127.0.0.1:5000" + i)
          .put("deviceId", i);
      links
          .addObject()
          .put("a", "leaf" + i + "/1")
          .put("b", "spine1/" + i)
          .put("capacity", "100G")
          .put("latency", "500ns");
      endpoints
          .addObject()
          .put("name", "gpu-" + i)
          .put("attach", "leaf" + i + "/2")
          .put("ip", "10.0.0." + i)
          .put("mac", "02:00:00:00:00:0" + i)
          .put("tenant", "blue")
          .put("capacity", "100G");
    }
    return config.toString();
  }

  /** Test classes for Java 11. */
  private Path rewritten(String name, String... prefixes) throws Exception {
    Path in = Files.createDirectory(dir.resolve(name + "-17"));
    Path classes = Path.of("target", "test-classes");
    for (String prefix : prefixes) {
      try (var files = Files.walk(classes)) {
        for (Path f : files.filter(Files::isRegularFile).toList()) {
          String relative = classes.relativize(f).toString().replace(File.separatorChar, '/');
          if (relative.startsWith(prefix)) {
            Path to = in.resolve(relative);
            Files.createDirectories(to.resolveSibling("."));
            Files.copy(f, to);
          }
        }
      }
    }
    Path out = dir.resolve(name);
    Downgrade.main(new String[] {out.toString(), in.toString()});
    return out;
  }

  /** ONOS's doubles lie in the packages of its API: a part of that bundle, as OSGi has it. */
  private static void fragment(Path tests, Path jar) throws Exception {
    try (Builder builder = new Builder()) {
      builder.setProperty("Bundle-SymbolicName", "onos-api-tests");
      builder.setProperty("Bundle-Version", "1.0.0");
      builder.setProperty("Fragment-Host", "org.onosproject.onos-api");
      builder.setProperty("Include-Resource", "@" + tests);
      builder.setProperty("-exportcontents", "org.onosproject.net.pi");
      builder.setProperty("Import-Package", "!*");
      builder.setProperty("-noee", "true");
      builder.build().write(jar.toFile());
    }
  }

  /** A bundle of ONOS's doubles, with what of the application they are made of. */
  private void doubles(Path jar) throws Exception {
    Path classes =
        rewritten("doubles", "io/myelin/onos/fake/Fake", "io/myelin/onos/container/Doubles");
    Path main = Path.of("target", "bundle");
    for (String part :
        List.of("io/myelin/onos/pipeline", "io/myelin/core", "p4", "io/myelin/java11")) {
      try (var files = Files.walk(main.resolve(part))) {
        for (Path f : files.filter(Files::isRegularFile).toList()) {
          Path to = classes.resolve(main.relativize(f).toString());
          Files.createDirectories(to.resolveSibling("."));
          Files.copy(f, to, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    try (Builder builder = new Builder()) {
      builder.setProperty("Bundle-SymbolicName", "doubles");
      builder.setProperty("Bundle-Version", "1.0.0");
      builder.setProperty("Bundle-Activator", Doubles.class.getName());
      builder.setProperty("Include-Resource", classes.toString());
      builder.setProperty(
          "Import-Package",
          // The first three: of what proxies implement.
          "org.onosproject.grpc.api,org.onosproject.net.provider,io.grpc,"
              + "org.osgi.framework,!io.myelin.lib.*,*;version=!;resolution:=optional");
      builder.setProperty("-noee", "true");
      builder.build().write(jar.toFile());
    }
  }
}
