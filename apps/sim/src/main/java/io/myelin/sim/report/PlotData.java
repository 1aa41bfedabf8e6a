package io.myelin.sim.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What report.js draws, and the same in words and tables. */
final class PlotData {
  /** Points of a curve: more than a screen has columns. */
  static final int MAX_POINTS = 2_000;

  /** Rows of a table beside a plot: what someone may want to read. */
  static final int MAX_ROWS = 50;

  private static final double[] SHARES = {0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ArrayNode plots = JSON.createArrayNode();

  /**
   * A plot for those who do not see it.
   *
   * @param number its place in the JSON
   * @param notes on what is not shown
   */
  record Described(int number, String summary, List<String> notes, List<Block.Table> tables) {}

  Described add(Plot plot) {
    int number = plots.size();
    ObjectNode node = plots.addObject();
    List<String> notes = new ArrayList<>();
    if (plot instanceof Plot.Lines lines) {
      addCurves(node, lines.x(), lines.y(), lines.series(), notes);
      List<Block.Table> tables = lines.series().stream().map(s -> table(lines, s)).toList();
      return new Described(number, summary("Line plot", lines), notes, tables);
    }
    if (plot instanceof Plot.Cdf cdf) {
      Axis share = Axis.linear("share of samples", "");
      addCurves(node, cdf.x(), share, cdf.samples().stream().map(Samples::cdf).toList(), notes);
      node.withObject("/y").put("from", 0).put("to", 1);
      return new Described(number, summary(cdf), notes, List.of(quantiles(cdf)));
    }
    Plot.Bars bars = (Plot.Bars) plot;
    addBars(node, bars, notes);
    return new Described(number, summary(bars), notes, List.of(table(bars)));
  }

  /** An array with an object for each plot, fit for the inside of a script element. */
  String json() {
    try {
      return JSON.writeValueAsString(plots).replace("<", "\\u003c");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(ObjectNode node, Axis axis) {
    node.put("label", axis.text()).put("log", axis.scale() == Axis.Scale.LOG);
  }

  private static void addCurves(
      ObjectNode node, Axis x, Axis y, List<Series> series, List<String> notes) {
    node.put("kind", "curves");
    put(node.putObject("x"), x);
    put(node.putObject("y"), y);
    ArrayNode all = node.putArray("series");
    int hidden = 0;
    int points = 0;
    for (Series s : series) {
      int[] shown = IntStream.range(0, s.x().length).filter(i -> x.shows(s.x()[i])).toArray();
      hidden += s.x().length - shown.length;
      Series thin = Thinning.thin(shown.length == s.x().length ? s : s.at(shown), MAX_POINTS);
      ObjectNode curve = all.addObject();
      curve.put("name", s.name()).put("step", s.style() == Series.Style.STEP);
      addNumbers(curve.putArray("x"), x, thin.x());
      addNumbers(curve.putArray("y"), y, thin.y());
      hidden +=
          (int)
              Arrays.stream(shown)
                  .filter(i -> !Double.isNaN(s.y()[i]) && !y.shows(s.y()[i]))
                  .count();
      points += shown.length;
    }
    note(hidden, points, notes);
  }

  private static void addBars(ObjectNode node, Plot.Bars bars, List<String> notes) {
    node.put("kind", "bars");
    ArrayNode categories = node.putArray("categories");
    bars.categories().forEach(categories::add);
    put(node.putObject("y"), bars.y());
    ArrayNode all = node.putArray("series");
    int hidden = 0;
    int shown = 0;
    for (Plot.Values s : bars.series()) {
      ObjectNode series = all.addObject();
      series.put("name", s.name());
      addNumbers(series.putArray("y"), bars.y(), s.values());
      shown += (int) Arrays.stream(s.values()).filter(bars.y()::shows).count();
      hidden +=
          (int)
              Arrays.stream(s.values()).filter(v -> !Double.isNaN(v) && !bars.y().shows(v)).count();
    }
    note(hidden, shown, notes);
  }

  private static void note(int hidden, int shown, List<String> notes) {
    if (shown == 0) {
      notes.add("There is no data.");
    }
    if (hidden > 0) {
      notes.add(Numbers.text(hidden) + " points are not shown: they have no place on these axes.");
    }
  }

  private static void addNumbers(ArrayNode array, Axis axis, double[] values) {
    for (double v : values) {
      if (!axis.shows(v)) {
        array.addNull();
      } else if (v == Math.rint(v) && Math.abs(v) < 1L << 53) {
        array.add((long) v);
      } else {
        array.add(v);
      }
    }
  }

  private static String names(List<String> names) {
    return names.isEmpty() ? "nothing" : String.join(", ", names);
  }

  private static String summary(String kind, Plot.Lines p) {
    List<String> names = p.series().stream().map(Series::name).toList();
    return kind + ": " + p.y().text() + " over " + p.x().text() + " of " + names(names) + ".";
  }

  private static String summary(Plot.Cdf p) {
    String medians =
        p.samples().stream()
            .map(s -> s.name() + " has median " + Numbers.text(s.quantile(0.5)))
            .collect(Collectors.joining(", "));
    return "Cumulative distribution of " + p.x().text() + ": " + medians + ".";
  }

  private static String summary(Plot.Bars p) {
    List<String> names = p.series().stream().map(Plot.Values::name).toList();
    return "Bar chart: "
        + p.y().text()
        + " of "
        + names(names)
        + " by "
        + names(p.categories())
        + ".";
  }

  private static Block.Table table(Plot.Lines plot, Series s) {
    Series some = Thinning.thin(s, MAX_ROWS);
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < some.x().length; i++) {
      rows.add(Block.Table.row(some.x()[i], some.y()[i]));
    }
    String caption =
        some.x().length == s.x().length
            ? s.name()
            : s.name()
                + ": "
                + some.x().length
                + " of "
                + Numbers.text(s.x().length)
                + " points, least and greatest among them";
    return new Block.Table(caption, List.of(plot.x().text(), plot.y().text()), rows);
  }

  private static Block.Table quantiles(Plot.Cdf plot) {
    List<String> headers = new ArrayList<>(List.of("share of samples"));
    List<List<String>> rows = new ArrayList<>();
    for (Samples s : plot.samples()) {
      headers.add(s.name());
    }
    for (double share : SHARES) {
      List<String> row = new ArrayList<>(List.of(Numbers.text(share)));
      plot.samples().forEach(s -> row.add(Numbers.text(s.quantile(share))));
      rows.add(row);
    }
    List<String> counts = new ArrayList<>(List.of("samples"));
    plot.samples().forEach(s -> counts.add(Numbers.text(s.values().length)));
    rows.add(counts);
    return new Block.Table(
        plot.x().text() + " that a share of samples does not exceed", headers, rows);
  }

  private static Block.Table table(Plot.Bars plot) {
    List<String> headers = new ArrayList<>(List.of(""));
    plot.series().forEach(s -> headers.add(s.name()));
    List<List<String>> rows = new ArrayList<>();
    for (int c = 0; c < plot.categories().size(); c++) {
      int category = c;
      List<String> row = new ArrayList<>(List.of(plot.categories().get(c)));
      plot.series().forEach(s -> row.add(Numbers.text(s.values()[category])));
      rows.add(row);
    }
    return new Block.Table(plot.y().text(), headers, rows);
  }
}
