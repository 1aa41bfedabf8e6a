package io.myelin.web.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.myelin.web.dashboard.Chromium.Look;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** 1,000 switches and 30,000 links, of which 2,000 change each second. */
final class LargeFabricTest {
  private static final double PATIENCE_MS = 60_000;

  /**
   * Notes when the first line was drawn on a canvas, and counts pictures: each begins with a fill.
   */
  private static final String WATCH =
      """
      window.seen = {firstMs: 0, pictures: 0};
      const proto = CanvasRenderingContext2D.prototype;
      const {stroke, fillRect} = proto;
      proto.stroke = function (...a) {
        window.seen.firstMs ||= performance.now();
        return stroke.apply(this, a);
      };
      proto.fillRect = function (x, y, w, h) {
        if (w > 200 && this.canvas.isConnected) {
          window.seen.pictures++;
        }
        return fillRect.call(this, x, y, w, h);
      };
      """;

  /** Zooms in and out and moves, an event a frame, for a second. */
  private static final String USE =
      """
      () => new Promise(done => {
        const canvas = document.querySelector('.map-canvas');
        const box = canvas.getBoundingClientRect();
        const begun = performance.now();
        const before = window.seen.pictures;
        let longest = 0;
        let last = begun;
        let n = 0;
        const frame = now => {
          longest = Math.max(longest, now - last);
          last = now;
          n++;
          const x = box.left + box.width * (0.3 + 0.4 * Math.abs(Math.sin(n / 90)));
          canvas.dispatchEvent(new WheelEvent('wheel', {
            deltaY: Math.floor(n / 60) % 2 ? 28 : -28,
            clientX: x, clientY: box.top + box.height / 2, bubbles: true, cancelable: true}));
          const s = (now - begun) / 1000;
          if (s < 1) {
            requestAnimationFrame(frame);
          } else {
            done({perSecond: (window.seen.pictures - before) / s, longestMs: longest});
          }
        };
        requestAnimationFrame(frame);
      })
      """;

  @Test
  void itIsSeenSearchedAndZoomed() throws Exception {
    try (LargeFabric fabric = new LargeFabric();
        Chromium chromium = new Chromium(fabric.url())) {
      assertTrue(fabric.linkCount() >= 30_000, fabric.linkCount() + " links");
      Page page = chromium.blank(new Look(1440, 900, ColorScheme.DARK));
      page.addInitScript(WATCH);
      page.navigate(fabric.url());
      assertThat(page.getByRole(AriaRole.APPLICATION))
          .hasAttribute(
              "aria-label",
              Pattern.compile("Map of 1,000 switches and 14,976 cables.*"),
              new LocatorAssertions.HasAttributeOptions().setTimeout(PATIENCE_MS));
      assertTrue(number(page.evaluate("() => window.seen.firstMs")) > 0, "no line was drawn");
      assertThat(page.getByLabel("Details").locator(".tile").nth(1))
          .containsText(
              "down", new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MS));
      Map<?, ?> measured = (Map<?, ?>) page.evaluate(USE);
      assertTrue(number(measured.get("perSecond")) > 0, "nothing is drawn while it is zoomed");
      page.getByRole(
              AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Show all").setExact(true))
          .click();
      Chromium.screenshot(page, "large");
      page.getByLabel("Find a switch, link or host").fill("leaf500/3>");
      page.keyboard().press("Enter");
      assertThat(
              page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName("leaf500/3"))
                  .first())
          .isVisible();
      Chromium.screenshot(page, "large-link");
      page.context().close();
      chromium.assertQuiet();
    }
  }

  private static double number(Object o) {
    return ((Number) o).doubleValue();
  }
}
