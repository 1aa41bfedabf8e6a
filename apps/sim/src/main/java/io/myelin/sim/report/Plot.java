package io.myelin.sim.report;

import java.util.List;

/** A picture of numbers. */
public sealed interface Plot extends Block permits Plot.Lines, Plot.Cdf, Plot.Bars {

  /** What it is about. */
  String title();

  /** Curves over a common x. */
  record Lines(String title, Axis x, Axis y, List<Series> series) implements Plot {
    public Lines {
      series = List.copyOf(series);
    }
  }

  /** The share of samples up to each value, one curve for each set of samples. */
  record Cdf(String title, Axis x, List<Samples> samples) implements Plot {
    public Cdf {
      samples = List.copyOf(samples);
    }
  }

  /**
   * Groups of bars: one group for each category, in it one bar for each series.
   *
   * @param categories names of groups, e.g. scenarios
   * @param series names of bars, e.g. strategies, with a value for each category
   */
  record Bars(String title, List<String> categories, Axis y, List<Values> series) implements Plot {
    /**
     * @throws IllegalArgumentException when a series has not one value for each category
     */
    public Bars {
      categories = List.copyOf(categories);
      series = List.copyOf(series);
      for (Values s : series) {
        if (s.values.length != categories.size()) {
          throw new IllegalArgumentException(
              "series '"
                  + s.name
                  + "': "
                  + s.values.length
                  + " values, but "
                  + categories.size()
                  + " categories");
        }
      }
    }
  }

  /**
   * The bars of a series.
   *
   * @param values in the unit of the axis, one for each category; NaN: there is none
   */
  record Values(String name, double... values) {}
}
