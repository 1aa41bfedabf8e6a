package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.node.port.CapturedLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** A healthy fabric warns of nothing: a warning is for what somebody must act on. */
final class QuietTest {
  private static final FabricSpec SPEC = new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 1024);

  /** Rounds of counters, one a second; ten times as many of discovery. */
  private static final int ROUNDS = 3;

  @Test
  void aHealthyFabricWarnsOfNothing() throws IOException {
    try (CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME)) {
      runFabric();
      assertEquals(List.of(), said.lines());
    }
  }

  @Test
  void neitherDoesOneOnAStarvedMachine() throws Exception {
    AtomicBoolean busy = new AtomicBoolean(true);
    List<Thread> hogs = new ArrayList<>();
    for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
      Thread t =
          new Thread(
              () -> {
                while (busy.get()) {
                  Thread.onSpinWait();
                }
              },
              "hog");
      t.setDaemon(true);
      t.start();
      hogs.add(t);
    }
    try (CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME)) {
      runFabric();
      assertEquals(List.of(), said.lines());
    } finally {
      busy.set(false);
      for (Thread t : hogs) {
        t.join();
      }
    }
  }

  private static void runFabric() throws IOException {
    try (RunningLab running = new RunningLab(SPEC)) {
      long reports = running.lab.node().counterReports();
      long devices = running.lab.node().state().inventory().devices().size();
      RunningLab.await(() -> running.lab.node().counterReports() >= reports + ROUNDS * devices);
    }
  }
}
