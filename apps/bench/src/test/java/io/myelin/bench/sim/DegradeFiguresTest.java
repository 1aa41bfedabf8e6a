package io.myelin.bench.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.bench.figure.Figure;
import io.myelin.bench.sim.DegradeLab.Booking;
import io.myelin.lab.ConvergenceWatch;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class DegradeFiguresTest {
  private static void run(DegradeFigures f, String of, Booking booking, double better) {
    f.slowest(of, booking, 0.9 * better);
    f.granted(of, 1);
    f.fluid(of, 0.8 * better);
    if (booking == Booking.LEASES) {
      f.total(of, 0.95 * better);
    }
    f.restored(of, better);
    f.times(
        of,
        new ConvergenceWatch.Times(50 / better, 90 / better),
        new ConvergenceWatch.Times(400 / better, 400 / better));
    f.lost(of, 0);
  }

  private static double value(Map<String, Double> values, String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  @Test
  void medianAndWorstOfEachCaseAndOfAll() {
    DegradeFigures f = new DegradeFigures();
    for (double better : List.of(1.0, 0.5, 0.8)) {
      run(f, "one_cable_leases_4qp", Booking.LEASES, better);
      run(f, "one_cable_job_4qp", Booking.JOB, better);
    }
    run(f, "one_spine_leases_1qp", Booking.LEASES, 0.7);
    f.floor(new UnleasedFloor.Shares(0.2, 1.1));
    Map<String, Double> values =
        f.all().stream().collect(Collectors.toMap(Figure::name, Figure::value));
    assertEquals(0.72, value(values, "one_cable_leases_4qp_slowest_over_fair_p50"), 1e-9);
    assertEquals(0.45, value(values, "one_cable_leases_4qp_slowest_over_fair_worst"), 1e-9);
    assertEquals(0.63, value(values, "slowest_over_fair"), 1e-9);
    assertEquals(0.45, value(values, "slowest_over_fair_worst"), 1e-9);
    assertEquals(0.72, value(values, "job_over_fair"), 1e-9);
    assertEquals(50 / 0.7, value(values, "shrink_ms"), 1e-9);
    assertEquals(100, value(values, "shrink_ms_worst"), 1e-9);
    assertEquals(90 / 0.7, value(values, "shrink_settled_ms"), 1e-9);
    assertEquals(1.1, value(values, "unleased_floor_over_promised"), 1e-9);
    for (String name :
        List.of(
            "slowest_over_fair",
            "slowest_over_fluid",
            "granted_over_fair",
            "job_over_fair",
            "total_over_fair",
            "shrink_ms",
            "shrink_settled_ms",
            "restored_over_before",
            "restore_ms",
            "packets_lost",
            "unleased_floor_over_promised")) {
      assertTrue(values.containsKey(name), name);
      assertTrue(values.containsKey(name + "_worst"), name);
    }
  }
}
