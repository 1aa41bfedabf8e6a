package io.myelin.sim.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private static final Pattern DATA =
      Pattern.compile("<script type=\"application/json\" id=\"plots\">(.*?)</script>");
  private static final Pattern ATTRIBUTE = Pattern.compile("\\b(?:src|href)=\"?([^\">]*)");

  private static JsonNode data(String html) throws IOException {
    Matcher m = DATA.matcher(html);
    assertTrue(m.find());
    return new ObjectMapper().readTree(m.group(1));
  }

  private static String html(Plot... plots) {
    return new Report("t", "", List.of(), List.of(Section.of("s", plots))).html();
  }

  @Test
  void needsNothingBesidesItself() {
    String html = SampleReport.report().html();
    List<String> targets = new ArrayList<>();
    Matcher m = ATTRIBUTE.matcher(html);
    while (m.find()) {
      targets.add(m.group(1));
    }
    assertEquals(List.of("data:,"), targets);
    assertTrue(html.contains("default-src 'none'"));
    assertFalse(html.contains("@import"));
    assertFalse(html.contains("url("));
  }

  @Test
  void hasUplotInIt() {
    String html = SampleReport.report().html();
    assertTrue(html.contains("var uPlot="));
    assertTrue(html.contains(".u-legend"));
    assertEquals(3, html.split("</script>", -1).length - 1, "data, uPlot and ours");
  }

  @Test
  void namesAreOnlyText() throws IOException {
    String html = SampleReport.report().html();
    assertFalse(html.contains(SampleReport.NASTY));
    assertFalse(html.contains("<b>"));
    assertTrue(html.contains("&lt;/script&gt;&lt;b&gt;&quot;&amp;&#39; ]]&gt;"));
    assertEquals(
        SampleReport.NASTY, data(html).get(1).get("series").get(1).get("name").textValue());
  }

  @Test
  void axesNameTheirUnits() throws IOException {
    JsonNode plots = data(SampleReport.report().html());
    assertEquals("virtual time (s)", plots.get(0).get("x").get("label").textValue());
    assertEquals("leases", plots.get(1).get("y").get("label").textValue());
    assertTrue(plots.get(1).get("y").get("log").booleanValue());
  }

  @Test
  void everyPlotHasATextAlternative() {
    String html = SampleReport.report().html();
    assertEquals(4, html.split("role=\"img\" aria-label=\"", -1).length - 1);
    assertEquals(4, html.split("<details>", -1).length - 1);
    assertTrue(html.contains("<td>mixture of experts</td><td class=\"number\">2.75</td>"), html);
  }

  @Test
  void numbersAreSetToTheRight() {
    Block.Table t =
        new Block.Table(
            "",
            List.of("a", "b", "c", "d"),
            List.of(
                Block.Table.row("x1", 1.5, "28.3 %", Double.NaN),
                Block.Table.row("2", -3e12, "< 1 Gb/s", 7)));
    assertFalse(t.isNumeric(0));
    assertTrue(t.isNumeric(1));
    assertFalse(t.isNumeric(2));
    assertTrue(t.isNumeric(3));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Block.Table("", List.of("a"), List.of(Block.Table.row(1, 2))));
  }

  @Test
  void whatHasNoPlaceOnALogarithmicAxisIsSaid() throws IOException {
    Series s = Series.line("s", new double[] {0, 1, 2}, new double[] {1, 0, 5});
    String html = html(new Plot.Lines("p", Axis.log("x", ""), Axis.log("y", ""), List.of(s)));
    assertEquals("[1,2]", data(html).get(0).get("series").get(0).get("x").toString());
    assertEquals("[null,5]", data(html).get(0).get("series").get(0).get("y").toString());
    assertTrue(html.contains("2 points are not shown"));
  }

  @Test
  void nothingToShowIsSaid() {
    Series none = Series.line("none", new double[0], new double[0]);
    Axis axis = Axis.linear("x", "s");
    assertTrue(html(new Plot.Lines("p", axis, axis, List.of(none))).contains("There is no data."));
    assertTrue(html(new Plot.Lines("p", axis, axis, List.of())).contains("There is no data."));
    assertTrue(
        html(new Plot.Cdf("p", axis, List.of(new Samples("s", new double[0]))))
            .contains("There is no data."));
    assertTrue(html(new Plot.Bars("p", List.of(), axis, List.of())).contains("There is no data."));
  }

  @Test
  void writesIntoADirectoryThatItMakes(@TempDir Path dir) throws IOException {
    Path file = SampleReport.report().write(dir.resolve("a/b"));
    assertEquals(dir.resolve("a/b/index.html"), file);
    assertTrue(Files.readString(file).startsWith("<!DOCTYPE html>"));
  }

  @Test
  void saysWhatCannotBeWritten(@TempDir Path dir) throws IOException {
    Path taken = Files.createFile(dir.resolve("taken"));
    IOException e = assertThrows(IOException.class, () -> SampleReport.report().write(taken));
    assertEquals(
        "cannot write the report "
            + taken.resolve("index.html")
            + ": "
            + taken
            + " is not a directory",
        e.getMessage());
  }
}
