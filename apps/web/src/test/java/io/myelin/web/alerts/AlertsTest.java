package io.myelin.web.alerts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Inventory;
import io.myelin.core.state.Command;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabFaults;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.Traffic;
import io.myelin.lab.TrafficPattern;
import io.myelin.node.Node;
import io.myelin.node.Security;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.port.SmallDisk;
import io.myelin.node.store.RaftOptions;
import io.myelin.node.store.RaftStateLog;
import io.myelin.node.tls.LabAuthority;
import io.myelin.node.tls.TlsFiles;
import io.myelin.web.Http;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each alert fires by a real fault, as a real Prometheus sees it. Here what has to last for minutes
 * counts at once; everything else is as it is shipped.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AlertsTest {
  private static final Path RULES = Path.of("../../docs/monitoring/alerts.yaml");
  private static final Path RUNBOOKS = Path.of("../../docs/RUNBOOKS.md");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final FabricSpec SPEC = new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 1024);

  /** Each may reach each: more pairs than the table of a switch has room for. */
  private static final int TENANTS = 95;

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static final String FABRIC =
      """
      fabric: small
      tenants:
        - {name: blue}
      devices:
        - {name: leaf1, role: leaf, address: "127.0.0.1:1", deviceId: 1}
      endpoints:
        - {name: b1, attach: leaf1/1, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: blue, capacity: 10G, host: hb}
        - {name: b2, attach: leaf1/2, ip: 10.0.0.2, mac: "02:00:00:00:00:02", tenant: blue, capacity: 10G, host: hc}
      """;

  @TempDir static Path dir = Path.of("");

  private Path rules = Path.of("");

  @BeforeAll
  void atOnce() throws IOException {
    rules = dir.resolve("alerts.yaml");
    Files.writeString(rules, Files.readString(RULES).replaceAll("for: [0-9]+[sm]", "for: 0s"));
  }

  private static String job(String name, WebDoor door) {
    return "  - job_name: %s\n    static_configs: [{targets: ['%s']}]\n"
        .formatted(name, door.url().replaceFirst("http://", "").replace("/", ""));
  }

  private static Inventory fabric() {
    return InventoryFile.parse("fabric.yaml", FABRIC);
  }

  private static Node node(Node.Config how) throws IOException {
    return new Node(how.web(WebOptions.at(ANY)));
  }

  private static Node.Config config() {
    return new Node.Config(fabric(), ANY, Pace.of(HOUR));
  }

  @Test
  void everyAlertHasItsRunbook() throws IOException {
    String text = Files.readString(RULES);
    String books = Files.readString(RUNBOOKS);
    var alerts = new TreeSet<String>();
    var m = Pattern.compile("alert: (\\w+)").matcher(text);
    while (m.find()) {
      alerts.add(m.group(1));
      assertTrue(books.contains("## " + m.group(1) + "\n"), m.group(1) + " has no runbook");
      assertTrue(
          text.contains("RUNBOOKS.md#" + m.group(1).toLowerCase(Locale.ROOT) + "\n"),
          m.group(1) + " does not lead to its runbook");
    }
    assertEquals(13, alerts.size());
  }

  @Test
  void faultsOfAFabric() throws Exception {
    Path own = Files.createDirectory(dir.resolve("fabric"));
    try (Lab lab = new Lab(new LabSwitches(SPEC, 0), ANY, Lab.PACE, WebOptions.at(ANY));
        Prometheus prometheus =
            new Prometheus(
                own, job("lab", Objects.requireNonNull(lab.node().door())), List.of(rules))) {
      lab.awaitConverged();
      LabFaults faults = new LabFaults(lab.fabric());

      Traffic traffic = new Traffic(lab.fabric());
      traffic
          .start(new Traffic.Request("hot", TrafficPattern.PERMUTATION, List.of(), 0, 0, 1))
          .join();
      prometheus.awaitAlert("MyelinLinkHot", l -> l.path("link").asText().contains("spine"));
      traffic.stop("hot").join();

      Http http = new Http(Objects.requireNonNull(lab.node().door()).url());
      assertEquals(
          200,
          http.post(
                  "/v1/tenants/blue/leases?leaseId=cut",
                  "{\"source\":\"gpu-1-1\",\"destination\":\"gpu-2-1\",\"bandwidthBps\":10000000}")
              .status());
      apply(http, "{name: blue}", "{name: blue, quota: {leases: 1}}");
      prometheus.awaitAlert("MyelinQuotaNearlyUsed", l -> l.path("tenant").asText().equals("blue"));
      faults.cut("leaf1/1-spine1/1").join();
      faults.cut("leaf1/2-spine2/1").join();
      prometheus.awaitAlert("MyelinLeaseDegraded", l -> l.path("tenant").asText().equals("blue"));
      prometheus.awaitAlert("MyelinFlowStarving", l -> l.path("tenant").asText().equals("blue"));

      for (int i = 0; i < 2; i++) {
        faults.mend("leaf1/1-spine1/1").join();
        up(prometheus, "leaf1/1>spine1/1", 1);
        faults.cut("leaf1/1-spine1/1").join();
        up(prometheus, "leaf1/1>spine1/1", 0);
      }
      prometheus.awaitAlert(
          "MyelinLinkFlapping", l -> l.path("link").asText().equals("leaf1/1>spine1/1"));

      var unused = faults.kill("spine2");
      prometheus.awaitAlert("MyelinSwitchLost", l -> l.path("device").asText().equals("spine2"));
    }
  }

  /** Applies the inventory in force with something else in place of a part of it. */
  private static void apply(Http http, String part, String instead) throws Exception {
    Http.Answer a = http.get("/v1/fabric/inventory");
    String text =
        new String(
            Base64.getDecoder().decode(a.json().path("inventory").asText()),
            StandardCharsets.UTF_8);
    assertTrue(text.contains(part), text);
    String next =
        Base64.getEncoder()
            .encodeToString(text.replace(part, instead).getBytes(StandardCharsets.UTF_8));
    Http.Answer applied =
        http.post(
            "/v1/fabric/inventory:apply",
            "{\"inventory\": \"" + next + "\", \"etag\": " + a.json().path("etag") + "}");
    assertEquals(200, applied.status(), applied.full().body());
    assertTrue(applied.json().path("applied").asBoolean(), applied.full().body());
  }

  private static void up(Prometheus prometheus, String link, int value)
      throws InterruptedException {
    String query = "myelin_link_up{link=\"" + link + "\"} == " + value;
    Prometheus.await(link + " is not " + value, () -> prometheus.query(query).size() == 1);
  }

  /** More entries than the table has room for: the switch itself says no. */
  @Test
  void aSwitchThatRefuses() throws Exception {
    Path own = Files.createDirectory(dir.resolve("refuses"));
    try (Lab lab = new Lab(new LabSwitches(SPEC, 0), ANY, Lab.PACE, WebOptions.at(ANY));
        Prometheus prometheus =
            new Prometheus(
                own, job("lab", Objects.requireNonNull(lab.node().door())), List.of(rules))) {
      lab.awaitConverged();
      Http http = new Http(Objects.requireNonNull(lab.node().door()).url());
      StringBuilder tenants = new StringBuilder("tenants:\n  - {name: blue}\n");
      for (int t = 1; t <= TENANTS; t++) {
        tenants.append("  - {name: t").append(t).append(", mayReach: [blue");
        for (int o = 1; o <= TENANTS; o++) {
          tenants.append(o == t ? "" : ", t" + o);
        }
        tenants.append("]}\n");
      }
      apply(http, "tenants:\n  - {name: blue}\n", tenants.toString());
      prometheus.awaitAlert("MyelinSwitchRefuses", l -> l.path("device").asText().equals("leaf1"));
    }
  }

  @Test
  void aMemberWithoutOthers() throws Exception {
    Path own = Files.createDirectory(dir.resolve("lonely"));
    Map<String, InetSocketAddress> members = new TreeMap<>();
    for (String id : List.of("n1", "n2", "n3")) {
      try (var s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        members.put(id, new InetSocketAddress(InetAddress.getLoopbackAddress(), s.getLocalPort()));
      }
    }
    try (Node alone = node(config().on(new RaftOptions("n1", members, own.resolve("data"))));
        Prometheus prometheus =
            new Prometheus(
                own, job("lonely", Objects.requireNonNull(alone.door())), List.of(rules))) {
      prometheus.awaitAlert("MyelinNoLeader", l -> true);
      prometheus.awaitAlert("MyelinMemberBehind", l -> l.path("job").asText().equals("lonely"));
    }
  }

  @Test
  void aMemberWithTroubleOfItsOwn() throws Exception {
    Path own = Files.createDirectory(dir.resolve("trouble"));
    LabAuthority authority = LabAuthority.in(own, "test.lab");
    TlsFiles files =
        authority.issue(
            "node", List.of(LabAuthority.spiffe("test.lab", "member/n1"), "ip:127.0.0.1"), HOUR);
    TlsFiles viewer =
        authority.issue("viewer", List.of(LabAuthority.spiffe("test.lab", "viewer")), HOUR);
    Files.writeString(
        own.resolve("access.yaml"),
        "identities:\n  - {name: \"uri:spiffe://test.lab/viewer\", role: viewer}\n");
    ahead(own.resolve("ahead"));
    try (SmallDisk disk = new SmallDisk(own.resolve("disk"), 8);
        Node secured =
            node(
                config()
                    .with(
                        new Security(
                            files,
                            Security.SwitchTls.BEYOND_LOOPBACK,
                            own.resolve("access.yaml"),
                            own.resolve("audit"))));
        Node full =
            node(
                config()
                    .on(RaftOptions.alone(disk.path().resolve("data")))
                    .with(
                        new Security(
                            null,
                            Security.SwitchTls.BEYOND_LOOPBACK,
                            null,
                            disk.path().resolve("audit"))));
        Node ahead = node(config().on(RaftOptions.alone(own.resolve("ahead"))));
        Prometheus prometheus =
            new Prometheus(
                own,
                job("full", Objects.requireNonNull(full.door()))
                    + job("ahead", Objects.requireNonNull(ahead.door()))
                    + "  - job_name: secured\n    scheme: https\n    tls_config: {ca_file: %s, cert_file: %s, key_file: %s}\n    static_configs: [{targets: ['127.0.0.1:%d']}]\n"
                        .formatted(
                            files.trust(),
                            viewer.certificate(),
                            viewer.key(),
                            Objects.requireNonNull(secured.door()).address().getPort()),
                List.of(rules))) {
      prometheus.awaitAlert("MyelinCertificateEnds", l -> l.path("job").asText().equals("secured"));
      prometheus.awaitAlert("MyelinClockOff", l -> l.path("job").asText().equals("ahead"));

      Http http = new Http(Objects.requireNonNull(full.door()).url());
      disk.fill(0);
      prometheus.awaitAlert("MyelinDiskNearlyFull", l -> l.path("job").asText().equals("full"));
      Prometheus.await(
          "the audit log does not fail",
          () -> {
            var unused = http.post("/v1/fabric:drain", "{\"device\":\"leaf1\"}");
            return full.state() != null
                && prometheus.query("myelin_audit_failing{job=\"full\"} == 1").size() == 1;
          });
      prometheus.awaitAlert("MyelinAuditFailing", l -> l.path("job").asText().equals("full"));
    }
  }

  /** A log whose time is an hour ahead: whoever wrote it had another clock. */
  private static void ahead(Path data) throws Exception {
    try (RaftStateLog log = new RaftStateLog(RaftOptions.alone(data))) {
      Prometheus.await("nobody leads", () -> log.leadership().leads());
      long then = System.currentTimeMillis() + HOUR.toMillis();
      log.submit(new Command.SetInventory(fabric(), then)).join();
    }
  }
}
