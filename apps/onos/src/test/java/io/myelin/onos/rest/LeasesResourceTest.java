package io.myelin.onos.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.myelin.onos.FakeMyelin;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Set;
import javax.ws.rs.core.SecurityContext;
import org.glassfish.jersey.internal.MapPropertiesDelegate;
import org.glassfish.jersey.server.ApplicationHandler;
import org.glassfish.jersey.server.ContainerRequest;
import org.glassfish.jersey.server.ContainerResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onlab.junit.TestUtils;
import org.onlab.rest.BaseResource;

/** The REST application in ONOS's Jersey, without a network: routing, filters, writers and all. */
class LeasesResourceTest {
  private static final String BASE = "http://localhost/onos/myelin/";
  private static final Set<String> ADMIN = Set.of("admin", "viewer");
  private static final ApplicationHandler REST = new ApplicationHandler(new MyelinWebApplication());

  private final FakeMyelin myelin;

  LeasesResourceTest() throws IOException {
    myelin = new FakeMyelin();
    TestUtils.setField(BaseResource.class, "services", myelin); // as ONOS's own tests do
  }

  @AfterEach
  void stop() {
    myelin.close();
  }

  private record Answer(int status, JsonNode body) {}

  private record User(Set<String> roles) implements SecurityContext {
    @Override
    public @Nullable Principal getUserPrincipal() {
      return null;
    }

    @Override
    public boolean isUserInRole(String role) {
      return roles.contains(role);
    }

    @Override
    public boolean isSecure() {
      return false;
    }

    @Override
    public String getAuthenticationScheme() {
      return BASIC_AUTH;
    }
  }

  private static Answer call(String method, String path, String body) throws Exception {
    return call(ADMIN, method, path, body);
  }

  private static Answer call(Set<String> roles, String method, String path, String body)
      throws Exception {
    ContainerRequest request =
        new ContainerRequest(
            URI.create(BASE),
            URI.create(BASE + path),
            method,
            new User(roles),
            new MapPropertiesDelegate());
    request.header("Accept", "application/json");
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
      request.setEntityStream(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ContainerResponse response = REST.apply(request, out).get();
    String text = out.toString(StandardCharsets.UTF_8);
    if (response.getStatus() == 200) {
      assertEquals("application/json", response.getMediaType().toString());
    }
    return new Answer(response.getStatus(), new ObjectMapper().readTree(text));
  }

  private static String lease(String id, long bps) {
    return "{\"parent\":\"tenants/blue\",\"leaseId\":\""
        + id
        + "\",\"lease\":{\"source\":\"gpu-1\",\"destination\":\"gpu-2\",\"bandwidthBps\":\""
        + bps
        + "\"}}";
  }

  @Test
  void createsReadsListsAndReleases() throws Exception {
    Answer created = call("POST", "leases", lease("a", 1_000));
    assertEquals(200, created.status());
    assertEquals("tenants/blue/leases/a", created.body().path("name").asText());
    assertEquals("LEASE_STATE_ACTIVE", created.body().path("state").asText());
    assertEquals(created.body(), call("GET", "tenants/blue/leases/a", "").body());
    assertEquals(1, call("GET", "leases", "").body().path("leases").size());
    assertEquals(1, call("GET", "tenants/blue/leases", "").body().path("leases").size());
    assertEquals(0, call("GET", "tenants/red/leases", "").body().path("leases").size());
    assertEquals(
        "LEASE_STATE_RELEASED",
        call("DELETE", "tenants/blue/leases/a", "").body().path("state").asText());
    assertEquals(0, call("GET", "leases", "").body().path("leases").size());
    assertEquals(1, call("GET", "leases?ended=true", "").body().path("leases").size());
  }

  @Test
  void refusalsHaveTheirHttpStatusAndEveryDetail() throws Exception {
    Answer full = call("POST", "leases", lease("a", 1L << 50));
    assertEquals(429, full.status());
    assertEquals(
        "INSUFFICIENT_BANDWIDTH", full.body().path("details").path(0).path("reason").asText());
    assertEquals(404, call("GET", "tenants/blue/leases/none", "").status());
    Answer malformed = call("POST", "leases", "{\"lease\": {\"colour\": 1}}");
    assertEquals(400, malformed.status());
    assertTrue(malformed.body().path("message").asText().contains("colour"), malformed.toString());
    assertEquals(400, call("POST", "leases", "no JSON").status());
    assertEquals(404, call("GET", "nothing/here", "").status());
  }

  @Test
  void aRequestThatIsTooLargeIsRefused() throws Exception {
    Answer answer = call("POST", "leases", " ".repeat((1 << 20) + 1));
    assertEquals(400, answer.status());
    assertTrue(answer.body().path("message").asText().contains("1048576"), answer.toString());
  }

  @Test
  void explainsPaths() throws Exception {
    Answer answer =
        call(
            "POST",
            "paths/explain",
            "{\"query\":{\"parent\":\"tenants/blue\",\"source\":\"gpu-1\",\"destination\":\"gpu-2\"}}");
    assertEquals(200, answer.status());
    assertEquals(3, answer.body().path("path").path("path").path("hops").size());
  }

  @Test
  void showsTheFabric() throws Exception {
    Answer answer = call("GET", "fabric", "");
    assertEquals(200, answer.status());
    assertEquals("small", answer.body().path("name").asText());
  }

  @Test
  void viewersOnlyRead() throws Exception {
    Set<String> viewer = Set.of("viewer");
    assertEquals(200, call(viewer, "GET", "leases", "").status());
    assertEquals(403, call(viewer, "POST", "leases", lease("a", 1)).status());
    assertEquals(403, call(viewer, "DELETE", "tenants/blue/leases/a", "").status());
    assertEquals(403, call(Set.of(), "GET", "leases", "").status());
    assertEquals(0, myelin.created.size());
  }

  @Test
  void withoutAFabricItSaysWhatIsMissing() throws Exception {
    myelin.unconfigured("no netcfg");
    Answer answer = call("GET", "leases", "");
    assertEquals(503, answer.status());
    assertEquals("no netcfg", answer.body().path("message").asText());
  }
}
