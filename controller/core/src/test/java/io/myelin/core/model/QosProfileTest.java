package io.myelin.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.myelin.core.model.QosProfile.Thresholds;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class QosProfileTest {
  private static final long GBPS = 1_000_000_000L;

  @Test
  void theDefaultsAreThoseOf100Gigabits() {
    Thresholds t = QosProfile.DEFAULT.at(100 * GBPS);
    assertEquals(92, t.kMin(), "100 KB in packets of 1,090 bytes");
    assertEquals(367, t.kMax(), "400 KB");
    // 0.2 at kMax, in 2^-20.
    assertEquals(0.2, t.slope() * (double) (t.kMax() - t.kMin()) / (1 << 20), 0.001);
  }

  @Test
  void theyScaleWithThePort() {
    Thresholds fast = QosProfile.DEFAULT.at(400 * GBPS);
    assertEquals(367, fast.kMin());
    assertEquals(1468, fast.kMax());
    Thresholds slow = QosProfile.DEFAULT.at(10 * GBPS);
    assertEquals(9, slow.kMin());
    assertEquals(37, slow.kMax());
  }

  @Test
  void aSlowPortKeepsRoomForABurstAndTheRatio() {
    Thresholds t = QosProfile.DEFAULT.at(1_000_000);
    assertEquals(4, t.kMin());
    assertEquals(16, t.kMax());
  }

  @Test
  void thresholdsFitTheSwitchsField() {
    Thresholds t = QosProfile.DEFAULT.at(1_000_000 * GBPS);
    assertEquals((1 << 19) - 1, t.kMax());
  }

  @Test
  void nonsenseIsRefused() {
    assertEquals(
        "kMax: 100 bytes is not allowed; above kMin, 100",
        refused(() -> new QosProfile(100, 100, 1, 1, 64, 0, Map.of())));
    assertEquals(
        "pMax: 1.5 is not allowed; above 0, up to 1",
        refused(() -> new QosProfile(100, 200, 1_500_000, 1, 64, 0, Map.of())));
    assertEquals(
        "dscpQueues: queue 7 of DSCP 46 is not within 0 to 6 (7: control)",
        refused(() -> new QosProfile(100, 200, 1, 1, 64, 0, Map.of(46, 7))));
  }

  private static String refused(org.junit.jupiter.api.function.Executable e) {
    return String.valueOf(assertThrows(Invalid.class, e).getMessage());
  }
}
