package io.myelin.softswitch.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualSchedulerTest {
  private final VirtualScheduler s = new VirtualScheduler();
  private final List<String> log = new ArrayList<>();

  private Runnable note(String what) {
    return () -> log.add(what + "@" + s.nowNs());
  }

  @Test
  void runsInOrderOfTimeThenOfSubmission() {
    s.at(20, note("c"));
    s.at(10, note("a"));
    s.at(10, note("b"));
    s.runUntilIdle();
    assertEquals(List.of("a@10", "b@10", "c@20"), log);
  }

  @Test
  void runUntilStopsAtTheTimeAndSetsTheClock() {
    s.at(10, note("a"));
    s.at(30, note("b"));
    s.runUntil(20);
    assertEquals(List.of("a@10"), log);
    assertEquals(20, s.nowNs());
    assertEquals(1, s.pending());
    s.runUntil(30);
    assertEquals(List.of("a@10", "b@30"), log);
  }

  @Test
  void tasksSubmitTasksAndThePastIsNow() {
    s.at(
        10,
        () -> {
          s.at(3, note("late"));
          s.after(5, note("next"));
        });
    s.runUntilIdle();
    assertEquals(List.of("late@10", "next@15"), log);
  }
}
