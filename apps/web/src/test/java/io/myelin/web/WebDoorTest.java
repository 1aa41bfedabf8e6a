package io.myelin.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabSwitches;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.web.Http.Answer;
import io.myelin.web.Http.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** HTTP/JSON and events of a node whose switches are real ones of a lab. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WebDoorTest {
  private static final FabricSpec SPEC = new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 1024);
  private static final String LEASES = "/v1/tenants/blue/leases";

  private Lab lab;
  private WebDoor door;
  private Http http;

  @SuppressWarnings("NullAway.Init")
  WebDoorTest() {}

  @BeforeAll
  void start() throws IOException, InterruptedException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    lab =
        new Lab(
            new LabSwitches(SPEC, 0),
            any,
            Lab.PACE,
            new WebOptions(
                any,
                List.of("fabric.example"),
                List.of("https://portal.example"),
                Duration.ofMillis(300)));
    door = Objects.requireNonNull(lab.node().door());
    http = new Http(door.url());
    lab.awaitConverged();
  }

  @AfterAll
  void stop() {
    lab.close();
  }

  private static String lease(String source, String destination, long bps) {
    return """
        {"source": "%s", "destination": "%s", "traffic": {"kind": "KIND_ROCE"}, "bandwidthBps": "%d"}
        """
        .formatted(source, destination, bps);
  }

  @Test
  void aLeaseFromItsCreationToItsRelease() throws Exception {
    try (Http.Events watch = http.watch(LEASES + ":watch")) {
      watch.next(e -> e.data().path("type").asText().equals("TYPE_SYNCED"));
      Answer created =
          http.post(LEASES + "?leaseId=life&requestId=r1", lease("gpu-1-1", "gpu-2-1", 1_000_000));
      assertEquals(200, created.status(), created.full().body());
      assertEquals("LEASE_STATE_ACTIVE", created.json().at("/lease/state").asText());
      assertEquals("1000000", created.json().at("/lease/bandwidthBps").asText(), "int64 as text");
      assertEquals("local", created.header("myelin-member"));
      Event seen = watch.next(e -> e.data().at("/lease/name").asText().endsWith("/life"));
      assertFalse(seen.id().isEmpty(), "EventSource goes on behind it");

      JsonNode etag = created.json().at("/lease/etag");
      Answer changed =
          http.send(
              "PATCH",
              LEASES + "/life?updateMask=bandwidthBps",
              "{\"etag\": " + etag + ", \"bandwidthBps\": 2000000}");
      assertEquals(200, changed.status(), changed.full().body());
      assertEquals("2000000", changed.json().at("/lease/bandwidthBps").asText());
      assertEquals(
          "tenants/blue/leases/life", http.get(LEASES + "/life").json().at("/lease/name").asText());
      assertEquals(1, http.get(LEASES + "?pageSize=1").json().path("leases").size());
      Answer released = http.post(LEASES + "/life:release", "{}");
      assertEquals("LEASE_STATE_RELEASED", released.json().at("/lease/state").asText());
      watch.next(e -> e.data().at("/lease/state").asText().equals("LEASE_STATE_RELEASED"));
    }
  }

  /** A stream goes on behind the last event that a browser has seen. */
  @Test
  void aStreamIsResumedByItsLastEvent() throws Exception {
    String id;
    try (Http.Events watch = http.watch(LEASES + ":watch")) {
      id = watch.next(e -> e.data().path("type").asText().equals("TYPE_SYNCED")).id();
    }
    http.post(LEASES + "?leaseId=resumed", lease("gpu-1-2", "gpu-2-2", 1_000_000));
    Http again = new Http(door.url()).with("last-event-id", id);
    try (Http.Events watch = again.watch(LEASES + ":watch?resumeToken=overridden")) {
      Event first = watch.next();
      assertEquals("tenants/blue/leases/resumed", first.data().at("/lease/name").asText());
    }
    http.post(LEASES + "/resumed:release", "{}");
  }

  /** EventSource cannot begin anew by itself: it is told that it does. */
  @Test
  void aStreamWhoseTokenIsTooOldBeginsAnew() throws Exception {
    String old = "0123456789abcdef0123456789abcdef-1";
    Http browser = new Http(door.url()).with("last-event-id", old);
    try (Http.Events watch = browser.watch("/v1/fabric:watch")) {
      assertEquals("restarted", watch.next().type());
      assertEquals("TYPE_DEVICE", watch.next().data().path("type").asText());
    }
    Answer other = http.get("/v1/fabric:watch?resumeToken=" + old);
    assertEquals(400, other.status(), "who said it itself is told");
    assertEquals("RESUME_TOKEN_EXPIRED", other.reason());
  }

  @Test
  void aBackupIsItsBytes() throws Exception {
    byte[] backup = http.bytes("POST", "/v1/cluster:backup");
    assertArrayEquals("MYELIN".getBytes(StandardCharsets.US_ASCII), Arrays.copyOf(backup, 6));
  }

  @Test
  void aRefusedLeaseIsExplained() throws Exception {
    Answer refused = http.post(LEASES, lease("gpu-1-1", "gpu-2-1", 400_000_000_000L));
    assertEquals(429, refused.status(), refused.full().body());
    Set<String> kinds = new HashSet<>();
    refused.json().path("details").forEach(d -> kinds.add(d.path("@type").asText()));
    assertTrue(kinds.contains("type.googleapis.com/myelin.v1.PathExplanation"), kinds.toString());
  }

  /** What is wrong is named: the field, what it says, what is allowed. */
  @Test
  void badRequestsAreNamed() throws Exception {
    String source = "{\"source\": ";
    for (List<String> c :
        List.of(
            List.of(
                "{\"sauce\": 1}", "lease.sauce: there is no such field in Lease; allowed: name"),
            List.of(source + "7}", "lease.source: 7 is not allowed; allowed: a string"),
            List.of("{\"bandwidthBps\": \"1e3x\"}", "lease.bandwidthBps: \"1e3x\" is not allowed"),
            List.of(
                "{\"objective\": \"FAST\"}",
                "lease.objective: \"FAST\" is not allowed; allowed: OBJECTIVE_"),
            List.of("{\"ttl\": \"soon\"}", "lease.ttl: \"soon\" is not allowed; allowed: seconds"),
            List.of(
                "{\"startTime\": \"noon\"}",
                "lease.startTime: \"noon\" is not allowed; allowed: a time"),
            List.of(
                "{\"startTime\": \"2026-09-31T12:00:00Z\"}",
                "lease.startTime: \"2026-09-31T12:00:00Z\" is not allowed; allowed: a time"),
            List.of(
                "{\"protection\": \"SCOPE_LINK\"}",
                "lease.protection: \"SCOPE_LINK\" is not allowed; allowed: an array"),
            List.of(
                "{\"traffic\": {\"destQps\": [1, -1]}}",
                "lease.traffic.destQps[1]: -1 is not allowed; allowed: an integer from 0"),
            List.of("[]", "body: an array is not allowed; allowed: an object"),
            List.of("{\"a\": 1} {}", "body: there is more than one JSON value"),
            List.of("{\"source\": \"x\"", "body: the JSON ends too early"),
            List.of("{'source': 1}", "body: not JSON"),
            List.of("[".repeat(100), "body: not JSON"))) {
      Answer a = http.post(LEASES, c.get(0));
      assertEquals(400, a.status(), c.get(0));
      String message = a.json().path("message").asText();
      assertTrue(message.startsWith(c.get(1)), c.get(0) + ": " + message);
      assertFalse(message.contains("Exception"), message);
    }
    for (List<String> c :
        List.of(
            List.of("?pagesize=1", "pagesize: there is no such field; allowed: parent, pageSize"),
            List.of("?pageSize=0x1", "pageSize: \"0x1\" is not allowed; allowed: an integer"),
            List.of("?pageSize=1&pageSize=2", "pageSize: is there 2 times; allowed: once"),
            List.of("?pageSize.x=1", "pageSize.x: pageSize has no fields"))) {
      Answer a = http.get(LEASES + c.get(0));
      assertEquals(400, a.status(), c.get(0));
      assertTrue(a.json().path("message").asText().startsWith(c.get(1)), a.full().body());
    }
    Answer twice = http.post(LEASES + "?lease.source=x", lease("gpu-1-1", "gpu-2-1", 1));
    assertTrue(twice.json().path("message").asText().contains("belongs into the body"));
  }

  @Test
  void whatIsNotThereIsSaid() throws Exception {
    Answer path = http.get("/v1/tenants/blue/lease");
    assertEquals(404, path.status());
    assertEquals("NO_SUCH_PATH", path.reason());
    Answer verb = http.send("PUT", LEASES, "{}");
    assertEquals(405, verb.status());
    assertEquals("GET, POST", verb.header("allow"));
    Answer page = http.get("/nothing.html");
    assertEquals(404, page.status());
    assertEquals("NO_SUCH_PATH", page.reason());
    assertEquals(400, http.get("/../io/myelin/web/WebServer.class").status());
    Answer lease = http.get(LEASES + "/none");
    assertEquals(404, lease.status());
    assertEquals(5, lease.json().path("code").asInt(), "google.rpc.Code.NOT_FOUND");
  }

  @Test
  void aBodyIsBoundedAndJson() throws Exception {
    Answer large = http.post(LEASES, " ".repeat(1_100_000));
    assertEquals(413, large.status());
    assertTrue(large.json().path("message").asText().contains("1048576 bytes"));
    Answer form =
        new Http(door.url()).with("content-type", "text/plain").post("/v1/fabric:drain", "");
    assertEquals(400, form.status(), "an empty request is malformed: " + form.full().body());
  }

  /** Whoever begins a request and does not go on is told so, and hung up on. */
  @Test
  void aSenderThatStopsIsTimedOut() throws Exception {
    try (Socket slow = new Socket(door.address().getAddress(), door.address().getPort())) {
      slow.setSoTimeout(60_000);
      String head =
          "POST "
              + LEASES
              + " HTTP/1.1\r\nHost: localhost:"
              + door.address().getPort()
              + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
      slow.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      byte[] answer = slow.getInputStream().readNBytes(12);
      assertEquals("HTTP/1.1 408", new String(answer, StandardCharsets.US_ASCII));
    }
  }

  @Test
  void otherPagesMayNotCall() throws Exception {
    Answer evil = new Http(door.url()).with("origin", "https://evil.example").get("/v1/fabric");
    assertEquals(403, evil.status());
    assertEquals("ORIGIN_DENIED", evil.reason());
    Answer image = new Http(door.url()).with("sec-fetch-site", "cross-site").get("/v1/fabric");
    assertEquals("ORIGIN_DENIED", image.reason());
    Answer link =
        new Http(door.url())
            .with("sec-fetch-site", "cross-site")
            .with("sec-fetch-mode", "navigate")
            .get("/");
    assertEquals(200, link.status(), "a link to the dashboard may be followed");
    String own = door.url().substring(0, door.url().length() - 1);
    assertEquals(200, new Http(door.url()).with("origin", own).get("/v1/fabric").status());
    Answer portal = new Http(door.url()).with("origin", "https://portal.example").get("/v1/fabric");
    assertEquals(200, portal.status(), "web.origins has it");
    assertEquals("https://portal.example", portal.header("access-control-allow-origin"));
  }

  /** A page of somebody else whose name was made to lead here. */
  @Test
  void onlyItsOwnNamesReachIt() throws IOException {
    assertEquals("HTTP/1.1 403", status("evil.example"));
    assertEquals("HTTP/1.1 403", status("localhost:1"));
    assertEquals("HTTP/1.1 200", status("fabric.example"));
    assertEquals("HTTP/1.1 200", status("LOCALHOST:" + door.address().getPort()));
  }

  private String status(String host) throws IOException {
    try (Socket s = new Socket(door.address().getAddress(), door.address().getPort())) {
      s.getOutputStream()
          .write(
              ("GET /v1/caller HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(s.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void everyAnswerHasItsHeaders() throws Exception {
    for (String path : List.of("/", "/v1/fabric", "/metrics", "/v1/none", "/openapi.json")) {
      Answer a = http.get(path);
      assertTrue(a.header("content-security-policy").startsWith("default-src 'none'"), path);
      assertEquals("nosniff", a.header("x-content-type-options"), path);
      assertEquals("DENY", a.header("x-frame-options"), path);
      assertEquals("same-origin", a.header("cross-origin-resource-policy"), path);
      assertEquals("", a.header("server"), path);
    }
  }

  @Test
  void aDoorThatCannotBeOpenedIsSaid() {
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                new Lab(
                    new LabSwitches(SPEC, 0),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Lab.PACE,
                    WebOptions.at(door.address())));
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("cannot listen for the web on"), e.getMessage());
  }
}
