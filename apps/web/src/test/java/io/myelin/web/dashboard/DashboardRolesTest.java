package io.myelin.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.myelin.web.SecuredNode;
import io.myelin.web.dashboard.Chromium.Look;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the dashboard shows to whom: over TLS, to bearers of tokens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DashboardRolesTest {
  private static final String POLICY =
      """
      identities: []
      tokens:
        - {issuer: "https://issuer.example", audience: myelin, jwks: jwks.json, roleClaim: role, tenantClaim: tenant, roles: [admin, operator, tenant, viewer]}
      """;

  @TempDir static Path dir;

  private SecuredNode node;
  private Chromium chromium;
  private Page page;

  @BeforeAll
  void start() throws Exception {
    node = new SecuredNode(dir, POLICY);
    chromium = new Chromium(node.door().url());
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

  private void signIn(String view, String role, String tenant) throws Exception {
    page = chromium.open(view, Look.DESK);
    page.getByLabel("Token").fill(node.token(role, tenant));
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
