package io.myelin.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.myelin.core.model.Inventory;
import io.myelin.node.Node;
import io.myelin.node.Security;
import io.myelin.node.WebOptions;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.tls.LabAuthority;
import io.myelin.node.tls.TlsFiles;
import io.myelin.web.dashboard.Chromium.Look;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the dashboard shows to whom: over TLS, to bearers of tokens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DashboardRolesTest {
  private static final String DOMAIN = "test.lab";
  private static final Duration HOUR = Duration.ofHours(1);
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
            - {name: r1, attach: leaf1/3, ip: 10.0.0.3, mac: "02:00:00:00:00:03", tenant: red, capacity: 10G, host: hr}
          """);
  private static final String POLICY =
      """
      identities: []
      tokens:
        - {issuer: "https://issuer.example", audience: myelin, jwks: jwks.json, roleClaim: role, tenantClaim: tenant, roles: [admin, operator, tenant, viewer]}
      """;

  @TempDir static Path dir;

  private ECKey signing;
  private Node node;
  private Chromium chromium;
  private Page page;

  @BeforeAll
  void start() throws Exception {
    TlsFiles own =
        LabAuthority.in(dir, DOMAIN)
            .issue(
                "node",
                List.of(LabAuthority.spiffe(DOMAIN, "member/n1"), "ip:127.0.0.1", "dns:localhost"),
                HOUR);
    signing = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
    Files.writeString(dir.resolve("jwks.json"), new JWKSet(signing).toString(true));
    Files.writeString(dir.resolve("access.yaml"), POLICY);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    node =
        new Node(
            new Node.Config(FABRIC, any, Pace.of(HOUR))
                .with(
                    new Security(
                        own,
                        Security.SwitchTls.BEYOND_LOOPBACK,
                        dir.resolve("access.yaml"),
                        dir.resolve("audit")))
                .web(WebOptions.at(any)));
    chromium = new Chromium(Objects.requireNonNull(node.door()).url());
  }

  @AfterAll
  void stop() {
    if (chromium != null) {
      chromium.close();
    }
    node.close();
  }

  @AfterEach
  void noComplaints() {
    page.context().close();
    chromium.assertQuiet();
  }

  private String token(String role, String tenant) throws Exception {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer("https://issuer.example")
            .audience("myelin")
            .subject("ann")
            .claim("role", role)
            .claim("tenant", tenant)
            .issueTime(Date.from(Instant.now()))
            .expirationTime(Date.from(Instant.now().plus(HOUR)))
            .build();
    SignedJWT jwt =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k1").build(), claims);
    jwt.sign(new ECDSASigner(signing));
    return jwt.serialize();
  }

  private void signIn(String view, String role, String tenant) throws Exception {
    page = chromium.open(view, Look.DESK);
    page.getByLabel("Token").fill(token(role, tenant));
    button("Sign in").click();
    assertThat(page.locator(".connection")).hasText("● live");
  }

  private com.microsoft.playwright.Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  @Test
  void whoShowsNothingIsAskedForAToken() {
    page = chromium.open("leases", Look.DESK);
    assertThat(page.getByLabel("Token")).isVisible();
    Chromium.assertAccessible(page, "sign-in");
    Chromium.screenshot(page, "sign-in");
    page.getByLabel("Token").fill("not.a.token");
    button("Sign in").click();
    assertThat(page.getByRole(AriaRole.ALERT)).isVisible();
    assertThat(page.locator(".views")).hasCount(0);
  }

  @Test
  void anAdminHasButtonsAndTheAuditLog() throws Exception {
    signIn("leases", "admin", null);
    assertThat(button("New lease …")).isVisible();
    button("New lease …").click();
    assertThat(page.getByLabel("Tenant").locator("option")).hasText(new String[] {"blue", "red"});
    page.keyboard().press("Escape");
    page.navigate(page.url().replaceAll("#.*", "#/fabric?host=b1"));
    button("Drain …").click();
    button("Drain b1>leaf1/1").or(button("Drain leaf1/1>b1")).click();
    assertThat(button("Undrain")).isVisible();
    button("Undrain").click();
    page.navigate(page.url().replaceAll("#.*", "#/audit"));
    assertThat(page.locator("tbody tr").first()).containsText("FabricService/Undrain");
    assertThat(page.locator("tbody tr").first()).containsText("#ann");
    Chromium.assertAccessible(page, "audit");
    Chromium.screenshot(page, "audit-admin");
  }

  /** Looks at everything and changes nothing: there is no button for what would be refused. */
  @Test
  void aViewerHasNoButtons() throws Exception {
    signIn("leases", "viewer", null);
    assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName("Leases")))
        .isVisible();
    assertThat(page.getByText("There are no leases.")).isVisible();
    assertThat(button("New lease …")).hasCount(0);
    page.navigate(page.url().replaceAll("#.*", "#/jobs"));
    assertThat(page.getByText("There are no jobs.")).isVisible();
    assertThat(button("New job …")).hasCount(0);
    page.navigate(page.url().replaceAll("#.*", "#/fabric?device=leaf1"));
    assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName("leaf1")))
        .isVisible();
    assertThat(button("Drain …")).hasCount(0);
  }

  /** Sees its own NIC and not the other's. */
  @Test
  void aTenantSeesItsOwn() throws Exception {
    signIn("tenants", "tenant", "blue");
    assertThat(page.locator("tbody tr")).hasCount(1);
    assertThat(page.locator("tbody")).containsText("blue");
    page.navigate(page.url().replaceAll("#.*", "#/fabric"));
    page.getByLabel("Find a switch, link or host").fill("b1");
    assertThat(page.locator(".matches li").first()).containsText("b1");
    page.getByLabel("Find a switch, link or host").fill("r1");
    assertThat(page.locator(".matches")).containsText("Nothing is called so.");
    assertThat(page.locator(".views")).not().containsText("Cluster");
  }

  @Test
  void aTokenIsForgottenBySigningOutAndIsInNoCookie() throws Exception {
    signIn("fabric", "viewer", null);
    assertEquals(List.of(), page.context().cookies());
    button("Sign out").click();
    assertThat(page.getByLabel("Token")).isVisible();
    assertEquals(0, page.evaluate("() => sessionStorage.length"));
  }
}
