package io.myelin.web.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** A real browser, without a window. */
final class Chromium implements AutoCloseable {
  private static final Path EXECUTABLE = Path.of("/usr/bin/chromium");
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  /** Without these a browser looks for its maker's hosts. */
  private static final List<String> QUIET =
      List.of(
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync");

  /** How wide and high, and which colours. */
  record Look(int width, int height, ColorScheme colours) {
    static final Look DESK = new Look(1440, 900, ColorScheme.LIGHT);

    @Override
    public String toString() {
      return width + "-" + colours.name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final Playwright playwright;
  private final Browser browser;
  private final String url;

  /** What pages complained of, and what they asked of other hosts. */
  private final List<String> complaints = new ArrayList<>();

  /** Skips the tests where there is no browser. */
  Chromium(String url) {
    Assumptions.assumeTrue(
        Files.isExecutable(EXECUTABLE),
        "no " + EXECUTABLE + ": the dashboard is not tried; apt-get install chromium");
    this.url = url;
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions().setExecutablePath(EXECUTABLE).setArgs(QUIET));
  }

  /** A window of its own at a view such as {@code leases?tenant=blue}. */
  Page open(String view, Look look) {
    Page page = blank(look);
    page.navigate(url + "#/" + view);
    return page;
  }

  /** A window of its own, before it goes anywhere. */
  Page blank(Look look) {
    BrowserContext context =
        browser.newContext(
            new Browser.NewContextOptions()
                .setViewportSize(look.width(), look.height())
                .setColorScheme(look.colours())
                .setIgnoreHTTPSErrors(true));
    Page page = context.newPage();
    page.onPageError(e -> complaints.add(e));
    page.onConsoleMessage(
        m -> {
          // A refused call is an answer; Chromium writes it down as an error all the same.
          if (m.type().equals("error") && !m.text().startsWith("Failed to load resource")) {
            complaints.add(m.text());
          }
        });
    page.onRequest(
        r -> {
          if (!r.url().startsWith(url) && !r.url().startsWith("data:")) {
            complaints.add("asked another host: " + r.url());
          }
        });
    return page;
  }

  /** No error was written, and no other host asked, since the last time. */
  void assertQuiet() {
    List<String> all = List.copyOf(complaints);
    complaints.clear();
    assertEquals(List.of(), all);
  }

  /** Nothing that keeps people from using the page, as axe-core finds it. */
  static void assertAccessible(Page page, String what) {
    page.evaluate(AXE);
    Object found =
        page.evaluate(
            "() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations"
                + ".filter(v => v.impact === 'serious' || v.impact === 'critical')"
                + ".map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' +"
                + " n.failureSummary).join(' | ')))");
    assertEquals(List.of(), found, what);
  }

  /** Everything fits beside each other: nothing is cut off at the right. */
  static void assertFits(Page page, String what) {
    Object over =
        page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assertTrue(((Number) over).intValue() <= 0, what + " is too wide by " + over + " pixels");
  }

  static void screenshot(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
  }

  private static final String AXE = axe();

  private static String axe() {
    try (InputStream in = Chromium.class.getClassLoader().getResourceAsStream("axe.min.js")) {
      if (in == null) {
        throw new IllegalStateException("axe.min.js is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
