package io.myelin.sim.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;

/** The HTML of a {@link Report}. Plots are drawn by report.js from {@link PlotData}. */
final class HtmlPage {
  private static final String UPLOT = "META-INF/maven/org.webjars.npm/uplot/pom.properties";

  /** Refuses the browser every request, whatever the page says. */
  private static final String POLICY =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

  private final Report report;
  private final PlotData data = new PlotData();
  private final StringBuilder out = new StringBuilder(200_000);

  HtmlPage(Report report) {
    this.report = report;
  }

  String html() {
    String version = uplotVersion();
    String dist = "META-INF/resources/webjars/uplot/" + version + "/dist/uPlot.";
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"" + POLICY + "\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .append("<link rel=\"icon\" href=\"data:,\">\n");
    element("title", report.title());
    out.append("<style>\n").append(resource(dist + "min.css")).append(own("report.css"));
    out.append("</style>\n</head>\n<body>\n<main>\n");
    header();
    report.sections().forEach(this::section);
    element("footer", "Plots: drag to zoom, double-click for all; click a name to hide it.");
    out.append("</main>\n<noscript><p>Plots need JavaScript; their data is in the tables.</p>")
        .append("</noscript>\n<script type=\"application/json\" id=\"plots\">")
        .append(data.json())
        .append(
            "</script>\n<!-- uPlot " + version + " by Leon Sorokin, MIT licence -->\n<script>\n")
        .append(resource(dist + "iife.min.js"))
        .append("</script>\n<script>\n")
        .append(own("report.js"))
        .append("</script>\n</body>\n</html>\n");
    return out.toString();
  }

  private void header() {
    out.append("<header>\n");
    element("h1", report.title());
    if (!report.subtitle().isEmpty()) {
      out.append("<p class=\"subtitle\">").append(escape(report.subtitle())).append("</p>\n");
    }
    if (!report.parameters().isEmpty()) {
      out.append("<dl class=\"parameters\">\n");
      for (Report.Parameter p : report.parameters()) {
        out.append("<div>");
        element("dt", p.name());
        element("dd", p.value());
        out.append("</div>\n");
      }
      out.append("</dl>\n");
    }
    out.append("</header>\n");
  }

  private void section(Section s) {
    out.append("<section>\n");
    element("h2", s.heading());
    s.blocks().forEach(this::block);
    out.append("</section>\n");
  }

  private void block(Block block) {
    if (block instanceof Block.Text text) {
      text.paragraphs().forEach(p -> element("p", p));
    } else if (block instanceof Block.Table table) {
      table(table);
    } else if (block instanceof Plot plot) {
      plot(plot);
    }
  }

  private void plot(Plot plot) {
    out.append("<figure>\n");
    element("figcaption", plot.title());
    PlotData.Described d = data.add(plot);
    out.append("<div class=\"plot\" data-plot=\"" + d.number() + "\" role=\"img\" aria-label=\"")
        .append(escape(d.summary() + " Its data is in the table below."))
        .append("\"></div>\n");
    d.notes().forEach(n -> out.append("<p class=\"note\">").append(escape(n)).append("</p>\n"));
    out.append("<details>\n<summary>Data<span class=\"hidden\"> of ")
        .append(escape(plot.title()))
        .append("</span></summary>\n");
    d.tables().forEach(this::table);
    out.append("</details>\n</figure>\n");
  }

  private void table(Block.Table t) {
    // Wide tables scroll by themselves, with the keyboard too.
    out.append("<div class=\"scroll\" tabindex=\"0\">\n<table>\n");
    if (!t.caption().isEmpty()) {
      element("caption", t.caption());
    }
    List<String> headers = t.headers();
    List<String> styles = IntStream.range(0, headers.size()).mapToObj(c -> style(t, c)).toList();
    out.append("<thead><tr>");
    for (int c = 0; c < headers.size(); c++) {
      out.append("<th scope=\"col\"" + styles.get(c) + ">").append(escape(headers.get(c)));
      out.append("</th>");
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : t.rows()) {
      out.append("<tr>");
      for (int c = 0; c < row.size(); c++) {
        out.append("<td" + styles.get(c) + ">").append(escape(row.get(c))).append("</td>");
      }
      out.append("</tr>\n");
    }
    out.append("</tbody>\n</table>\n</div>\n");
  }

  private static String style(Block.Table t, int column) {
    return t.isNumeric(column) ? " class=\"number\"" : "";
  }

  private void element(String name, String text) {
    out.append("<" + name + ">").append(escape(text)).append("</" + name + ">\n");
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String own(String name) {
    return resource("io/myelin/sim/report/" + name);
  }

  private static String uplotVersion() {
    Properties properties = new Properties();
    try (InputStream in = open(UPLOT)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "");
  }

  private static String resource(String name) {
    try (InputStream in = open(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String name) {
    InputStream in = HtmlPage.class.getResourceAsStream("/" + name);
    if (in == null) {
      throw new IllegalStateException("not on the classpath: " + name);
    }
    return in;
  }
}
