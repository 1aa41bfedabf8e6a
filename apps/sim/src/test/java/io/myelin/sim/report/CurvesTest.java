package io.myelin.sim.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CurvesTest {
  private static Series noise(int n) {
    double[] x = IntStream.range(0, n).mapToDouble(i -> i).toArray();
    return Series.line("noise", x, new Random(n).doubles(n).toArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {2_001, 2_002, 9_999, 100_003})
  void thinningKeepsExtremesAndEnds(int n) {
    Series s = noise(n);
    s.y()[n / 3] = 17;
    s.y()[n / 2] = -17;
    Series thin = Thinning.thin(s, PlotData.MAX_POINTS);
    int m = thin.x().length;
    assertTrue(m <= PlotData.MAX_POINTS && m > PlotData.MAX_POINTS / 2, m + " points");
    assertEquals(17, Arrays.stream(thin.y()).max().orElseThrow());
    assertEquals(-17, Arrays.stream(thin.y()).min().orElseThrow());
    assertEquals(0, thin.x()[0]);
    assertEquals(n - 1, thin.x()[m - 1]);
    for (int i = 0; i < m; i++) {
      assertEquals(s.y()[(int) thin.x()[i]], thin.y()[i], "a point that was there");
    }
  }

  @Test
  void thinningKeepsGapsAndShortSeries() {
    Series s = noise(2_000);
    assertSame(s, Thinning.thin(s, 2_000));
    Series gap = noise(50_000);
    gap.y()[12_345] = Double.NaN;
    assertTrue(Arrays.stream(Thinning.thin(gap, 2_000).y()).anyMatch(Double::isNaN));
  }

  @Test
  void cdfRisesFromZeroToOne() {
    Series cdf =
        new Samples("s", new Random(1).doubles(30_000).map(v -> Math.rint(v * 1e4)).toArray())
            .cdf();
    for (Series s : new Series[] {cdf, Thinning.thin(cdf, 2_000)}) {
      for (int i = 1; i < s.y().length; i++) {
        assertTrue(s.y()[i] > s.y()[i - 1] && s.x()[i] > s.x()[i - 1]);
      }
      assertEquals(0, s.y()[0]);
      assertEquals(1, s.y()[s.y().length - 1]);
    }
  }

  @Test
  void cdfHasOnePointForEachValue() {
    Series cdf = new Samples("s", new double[] {3, 1, 3, 2, Double.POSITIVE_INFINITY}).cdf();
    assertArrayEquals(new double[] {Math.nextDown(1.0), 1, 2, 3}, cdf.x());
    assertArrayEquals(new double[] {0, 0.2, 0.4, 0.8}, cdf.y(), 1e-12);
  }

  @Test
  void quantilesAreSamples() {
    Samples s = new Samples("s", new double[] {40, 10, 30, 20});
    assertEquals(10, s.quantile(0));
    assertEquals(20, s.quantile(0.5));
    assertEquals(40, s.quantile(0.99));
    assertEquals(40, s.quantile(1));
    assertEquals(Double.NaN, new Samples("none", new double[0]).quantile(0.5));
  }

  @Test
  void refusesWhatIsNoCurve() {
    double[] two = {1, 2};
    assertThrows(IllegalArgumentException.class, () -> Series.line("s", two, new double[] {1}));
    assertThrows(IllegalArgumentException.class, () -> Series.line("s", new double[] {2, 1}, two));
    assertThrows(IllegalArgumentException.class, () -> new Samples("s", new double[] {Double.NaN}));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|0",
        "-3|-3",
        "1234567|1,234,567",
        "0.1|0.1",
        "1234.56789|1,234.6",
        "2.0e12|2e12",
        "-1.23456e-7|-1.2346e-7",
        "123456.7|123,460",
        "NaN|–",
        "Infinity|∞"
      })
  void numbersHaveFiveDigits(double v, String text) {
    assertEquals(text, Numbers.text(v));
  }
}
