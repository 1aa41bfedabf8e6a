package io.myelin.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import io.myelin.core.model.Inventory;
import io.myelin.node.Node;
import io.myelin.node.WebOptions;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.web.dashboard.Chromium.Look;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A page that stays open while its node is restarted. */
final class DashboardRestartTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final double PATIENCE_MS = 30_000;

  private static Inventory fabric(String name) {
    return InventoryFile.parse(
        "fabric.yaml",
        """
        fabric: %s
        tenants:
          - {name: blue}
        devices:
          - {name: %s-leaf, role: leaf, address: "127.0.0.1:1", deviceId: 1}
        endpoints:
          - {name: b1, attach: %s-leaf/1, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: blue, capacity: 10G, host: hb}
        """
            .formatted(name, name, name));
  }

  private static Node node(String name, InetSocketAddress web) throws IOException {
    return new Node(
        new Node.Config(fabric(name), ANY, Pace.of(Duration.ofHours(1))).web(WebOptions.at(web)));
  }

  /** It says so, goes on by itself, and shows what the new process knows, not the old one. */
  @Test
  void aRestartOfTheNodeIsSurvived() throws IOException {
    Node first = node("first", ANY);
    InetSocketAddress web = Objects.requireNonNull(first.door()).address();
    try (Chromium chromium = new Chromium(first.door().url())) {
      Page page = chromium.open("fabric", Look.DESK);
      assertThat(page.locator(".connection")).hasText("● live");
      assertThat(page.locator(".fabric-name")).hasText("first");
      first.close();
      assertThat(page.locator(".connection")).hasText("✕ not connected");
      assertThat(page.getByRole(AriaRole.ALERT)).containsText("Not connected");
      Chromium.assertAccessible(page, "not connected");
      Chromium.screenshot(page, "not-connected");
      try (Node second = node("second", web)) {
        assertEquals(web, Objects.requireNonNull(second.door()).address());
        assertThat(page.locator(".connection"))
            .hasText("● live", new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE_MS));
        assertThat(page.locator(".fabric-name")).hasText("second");
        page.getByLabel("Find a switch, link or host").fill("leaf");
        assertThat(page.locator(".matches li")).hasCount(3);
        assertThat(page.locator(".matches li").first()).containsText("second-leaf");
        assertThat(page.getByRole(AriaRole.ALERT)).hasCount(0);
      }
      page.context().close();
    } finally {
      first.close();
    }
  }
}
