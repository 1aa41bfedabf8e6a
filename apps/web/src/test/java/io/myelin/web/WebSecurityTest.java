package io.myelin.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.node.tls.TlsIdentity;
import io.myelin.web.Http.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A web door behind TLS: the same certificates, tokens, rights, limits and audit log as gRPC. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WebSecurityTest {
  private static final String POLICY =
      """
      identities:
        - {name: "uri:spiffe://test.lab/admin", role: admin}
        - {name: "uri:spiffe://test.lab/viewer", role: viewer}
      tokens:
        - {issuer: "https://issuer.example", audience: myelin, jwks: jwks.json, roleClaim: role, tenantClaim: tenant}
      limits: {perSecond: 1, burst: 40, inFlight: 64, streams: 1}
      """;

  @TempDir static Path dir = Path.of("");

  private SecuredNode node;

  @SuppressWarnings("NullAway.Init")
  WebSecurityTest() {}

  @BeforeAll
  void start() throws Exception {
    node = new SecuredNode(dir, POLICY);
  }

  @AfterAll
  void stop() {
    node.close();
  }

  /** A client that trusts the lab's authority and shows a certificate; null: it shows none. */
  private Http client(@Nullable String who) throws IOException, GeneralSecurityException {
    TlsIdentity identity =
        new TlsIdentity(
            node.authority()
                .issue(
                    who == null ? "nobody" : who,
                    List.of(SecuredNode.name(who == null ? "nobody" : who)),
                    SecuredNode.HOUR));
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        who == null ? null : new KeyManager[] {identity.keyManager()},
        new TrustManager[] {identity.trustManager()},
        null);
    return new Http(node.door().url(), tls);
  }

  private String token(String role, @Nullable String tenant) throws Exception {
    return "Bearer " + node.token(role, tenant);
  }

  @Test
  void aCertificateIsWhoCalls() throws Exception {
    Answer admin = client("admin").get("/v1/caller");
    assertEquals("admin", admin.json().path("role").asText());
    assertTrue(admin.json().path("name").asText().endsWith("spiffe://test.lab/admin"));
    assertEquals("max-age=31536000", admin.header("strict-transport-security"));
  }

  @Test
  void aTokenIsWhoCallsWithoutOne() throws Exception {
    Answer tenant = client(null).with("authorization", token("tenant", "blue")).get("/v1/caller");
    assertEquals("tenant", tenant.json().path("role").asText(), tenant.full().body());
    assertEquals("tenants/blue", tenant.json().path("tenant").asText());
  }

  @Test
  void whoShowsNothingIsToldWhatToShow() throws Exception {
    Answer nobody = client(null).get("/v1/fabric");
    assertEquals(401, nobody.status());
    assertEquals("Bearer realm=\"myelin\"", nobody.header("www-authenticate"));
    assertEquals("UNAUTHENTICATED", nobody.reason());
    Answer wrong = client(null).with("authorization", "Bearer x.y.z").get("/v1/fabric");
    assertEquals(401, wrong.status());
    assertEquals(401, client(null).get("/metrics").status(), "metrics tell of every tenant");
    assertEquals(200, client(null).get("/").status(), "a page to sign in on");
  }

  /** The same rights, and the same audit log. */
  @Test
  void whatARoleMayNotDoIsRefusedAndRecorded() throws Exception {
    Answer denied = client("viewer").post("/v1/fabric:drain", "{\"device\": \"leaf1\"}");
    assertEquals(403, denied.status());
    assertEquals("ROLE_DENIED", denied.reason());
    Answer other =
        client(null).with("authorization", token("tenant", "blue")).get("/v1/tenants/red/leases");
    assertEquals("TENANT_DENIED", other.reason());
    Answer metrics = client(null).with("authorization", token("tenant", "blue")).get("/metrics");
    assertEquals(403, metrics.status(), "they tell of every tenant");
    assertEquals(200, client("viewer").get("/metrics").status());
    Answer audit = client("admin").get("/v1/auditEvents?parent=tenants/-");
    assertTrue(audit.full().body().contains("FabricService/Drain"), audit.full().body());
    Answer own = client(null).with("authorization", token("tenant", "blue")).get("/v1/tenants");
    assertEquals(1, own.json().path("tenants").size(), own.full().body());
    assertEquals("tenants/blue", own.json().at("/tenants/0/name").asText());
  }

  @Test
  void whoAsksTooOftenIsToldWhenToComeBack() throws Exception {
    Http busy = client(null).with("authorization", token("viewer", "red"));
    Answer a = busy.get("/v1/caller");
    for (int i = 0; i < 100 && a.status() == 200; i++) {
      a = busy.get("/v1/caller");
    }
    assertEquals(429, a.status());
    assertEquals("RATE_LIMITED", a.reason());
    assertEquals("1", a.header("retry-after"));
  }

  @Test
  void aStreamEndsWithThePolicyThatLetItBegin() throws Exception {
    Http viewer = client("viewer");
    try (Http.Events watch = viewer.watch("/v1/fabric:watch")) {
      watch.next(e -> e.data().path("type").asText().equals("TYPE_SYNCED"));
      Path policy = dir.resolve("access.yaml");
      Files.writeString(policy, POLICY.replace("/viewer", "/nobody-else"));
      Files.setLastModifiedTime(
          policy, java.nio.file.attribute.FileTime.from(Instant.now().plusSeconds(2)));
      node.reread();
      Http.Event end = watch.next(e -> e.type().equals("error-status"));
      assertEquals(16, end.data().path("code").asInt(), "google.rpc.Code.UNAUTHENTICATED");
    } finally {
      Files.writeString(dir.resolve("access.yaml"), POLICY);
      Files.setLastModifiedTime(
          dir.resolve("access.yaml"),
          java.nio.file.attribute.FileTime.from(Instant.now().plusSeconds(4)));
      node.reread();
    }
  }
}
