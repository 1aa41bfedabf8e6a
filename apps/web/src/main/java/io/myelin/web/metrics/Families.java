package io.myelin.web.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The families of one scrape, as they are filled. */
final class Families {
  private final List<MetricSnapshot> all = new ArrayList<>();

  /** A family of gauges. */
  final class Gauges {
    private final MetricMetadata metadata;
    private final List<GaugeDataPointSnapshot> points = new ArrayList<>();

    private Gauges(String name, String help) {
      metadata = new MetricMetadata(name, help);
    }

    void add(Labels labels, double value) {
      points.add(new GaugeDataPointSnapshot(value, labels, null));
    }

    void add(Labels labels, long value) {
      add(labels, (double) value);
    }

    private void end() {
      all.add(new GaugeSnapshot(metadata, points));
    }
  }

  /** A family of counters. */
  final class Counters {
    private final MetricMetadata metadata;
    private final List<CounterDataPointSnapshot> points = new ArrayList<>();

    private Counters(String name, String help) {
      metadata = new MetricMetadata(name, help);
    }

    void add(Labels labels, double value) {
      points.add(new CounterDataPointSnapshot(value, labels, null, 0));
    }

    void add(Labels labels, long value) {
      add(labels, (double) value);
    }

    private void end() {
      all.add(new CounterSnapshot(metadata, points));
    }
  }

  /** What fills a family. */
  interface Filling<F> {
    void fill(F family);
  }

  void gauges(String name, String help, Filling<Gauges> filling) {
    Gauges g = new Gauges(name, help);
    filling.fill(g);
    g.end();
  }

  void gauge(String name, String help, double value) {
    gauges(name, help, g -> g.add(Labels.EMPTY, value));
  }

  void gauge(String name, String help, long value) {
    gauge(name, help, (double) value);
  }

  /**
   * Counters.
   *
   * @param name without {@code _total}
   */
  void counters(String name, String help, Filling<Counters> filling) {
    Counters c = new Counters(name, help);
    filling.fill(c);
    c.end();
  }

  /**
   * Labels with value 1, to join by.
   *
   * @param name without {@code _info}
   */
  void infos(String name, String help, List<Labels> labels) {
    List<InfoDataPointSnapshot> points = new ArrayList<>(labels.size());
    labels.forEach(l -> points.add(new InfoDataPointSnapshot(l)));
    all.add(new InfoSnapshot(new MetricMetadata(name, help), points));
  }

  MetricSnapshots snapshots() {
    return new MetricSnapshots(all);
  }

  /** A constant as a label has it. */
  static String text(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }
}
