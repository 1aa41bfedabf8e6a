package io.myelin.bench.sim;

import io.myelin.bench.figure.Figure;
import io.myelin.bench.sim.DegradeLab.Booking;
import io.myelin.lab.ConvergenceWatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Figures of {@link DegradeBench}: of each case the median over seeds and the worst, and of each
 * measure the worst of these over all cases, under its own name.
 */
final class DegradeFigures {
  /** Whether more of a measure is better. */
  private enum Better {
    MORE,
    LESS
  }

  /** One measure of one case. */
  private record Key(String name, String headline, String unit, Better better) {}

  private final Map<Key, List<Double>> samples = new LinkedHashMap<>();

  void slowest(String of, Booking booking, double overFair) {
    String headline =
        switch (booking) {
          case LEASES -> "slowest_over_fair";
          case JOB -> "job_over_fair";
        };
    add(of + "_slowest_over_fair", headline, "ratio", Better.MORE, overFair);
  }

  void granted(String of, double overFair) {
    add(of + "_granted_over_fair", "granted_over_fair", "ratio", Better.MORE, overFair);
  }

  void fluid(String of, double overFluid) {
    add(of + "_slowest_over_fluid", "slowest_over_fluid", "ratio", Better.MORE, overFluid);
  }

  void total(String of, double overFluid) {
    add(of + "_total_over_fair", "total_over_fair", "ratio", Better.MORE, overFluid);
  }

  void restored(String of, double overBefore) {
    add(of + "_restored_over_before", "restored_over_before", "ratio", Better.MORE, overBefore);
  }

  void times(String of, ConvergenceWatch.Times shrink, ConvergenceWatch.Times restore) {
    add(of + "_shrink_ms", "shrink_ms", "ms", Better.LESS, shrink.firstMs());
    add(of + "_shrink_settled_ms", "shrink_settled_ms", "ms", Better.LESS, shrink.lastMs());
    add(of + "_restore_ms", "restore_ms", "ms", Better.LESS, restore.firstMs());
  }

  void lost(String of, long packets) {
    add(of + "_packets_lost", "packets_lost", "packets", Better.LESS, (double) packets);
  }

  void floor(UnleasedFloor.Shares floor) {
    String name = "unleased_floor_over_promised";
    add("one_cable_" + name, name, "ratio", Better.MORE, floor.cut());
    add("whole_fabric_" + name, "whole_" + name, "ratio", Better.MORE, floor.whole());
  }

  private void add(String name, String headline, String unit, Better better, double value) {
    samples
        .computeIfAbsent(new Key(name, headline, unit, better), k -> new ArrayList<>())
        .add(value);
  }

  List<Figure> all() {
    List<Figure> figures = new ArrayList<>();
    Map<Key, List<Double>> medians = new LinkedHashMap<>();
    Map<Key, List<Double>> worst = new LinkedHashMap<>();
    samples.forEach(
        (k, values) -> {
          figures.add(new Figure(k.name + "_p50", median(values), k.unit));
          figures.add(new Figure(k.name + "_worst", worst(k, values), k.unit));
          Key over = new Key(k.headline, k.headline, k.unit, k.better);
          medians.computeIfAbsent(over, h -> new ArrayList<>()).add(median(values));
          worst.computeIfAbsent(over, h -> new ArrayList<>()).add(worst(k, values));
        });
    medians.forEach(
        (k, values) -> {
          figures.add(new Figure(k.name, worst(k, values), k.unit));
          figures.add(
              new Figure(k.name + "_worst", worst(k, worst.getOrDefault(k, values)), k.unit));
        });
    return figures;
  }

  private static double worst(Key k, List<Double> values) {
    return switch (k.better) {
      case MORE -> Collections.min(values);
      case LESS -> Collections.max(values);
    };
  }

  /** Of an even number the mean of the two in the middle. */
  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }
}
