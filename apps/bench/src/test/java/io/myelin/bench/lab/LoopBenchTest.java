package io.myelin.bench.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.bench.figure.Figure;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class LoopBenchTest {
  @Test
  void elephantsThatMeetArePartedWithoutLoss() throws IOException, InterruptedException {
    Map<String, Double> figures =
        new LoopBench(3, line -> {})
            .run().stream().collect(Collectors.toMap(Figure::name, Figure::value));
    assertTrue(figures.getOrDefault("rounds_decided", 0.0) >= 1, figures.toString());
    assertEquals(0, figures.get("packets_lost"), figures.toString());
  }
}
