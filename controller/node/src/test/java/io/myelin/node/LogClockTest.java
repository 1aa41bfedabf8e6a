package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The time that commands bear, while the machine's clock is set. */
final class LogClockTest {
  private static final long HOUR = 3_600_000;
  private static final long START = 1_750_000_000_000L;

  private long wallMs = START;
  private long steadyNs = 5;
  private long logMs;
  private final LogClock clock = new LogClock(() -> wallMs, () -> steadyNs, () -> logMs);

  private void pass(long ms) {
    steadyNs += ms * 1_000_000;
    wallMs += ms;
  }

  @Test
  void goesWithTheWallClock() {
    clock.agree(List.of());
    pass(1_234);
    assertEquals(START + 1_234, clock.getAsLong());
  }

  @Test
  void neitherStandsStillNorGoesBackWhenTheWallClockDoes() {
    clock.agree(List.of());
    wallMs -= HOUR;
    long last = clock.getAsLong();
    for (int i = 0; i < 100; i++) {
      pass(1_000);
      long now = clock.getAsLong();
      assertTrue(now - last >= 900 && now - last <= 1_000, "a second took " + (now - last));
      last = now;
    }
    assertTrue(clock.offMs() < -HOUR / 2);
  }

  @Test
  void doesNotJumpAheadWithTheWallClock() {
    clock.agree(List.of());
    wallMs += HOUR;
    pass(10_000);
    assertTrue(clock.getAsLong() <= START + 11_000, "nothing may expire for that");
    pass(20 * HOUR);
    assertEquals(wallMs, clock.getAsLong());
  }

  @Test
  void neverGoesBackBehindTheLog() {
    logMs = START + HOUR;
    assertEquals(START + HOUR, clock.getAsLong());
    clock.agree(List.of());
    pass(5_000);
    long now = clock.getAsLong();
    assertTrue(Math.abs(now - START - HOUR - 4_688) <= 1, "an hour ahead, it goes a bit slower");
  }

  @Test
  void whoFollowsTakesOverTheLeadersTime() {
    wallMs += HOUR;
    clock.follow(START + 50);
    pass(1_600);
    assertTrue(Math.abs(clock.getAsLong() - (START + 50 + 1_700)) < 5);
  }

  @Test
  void anEmptyLogSaysNothing() {
    clock.follow(0);
    assertTrue(clock.isAlone());
    assertEquals(START, clock.getAsLong());
  }

  @Test
  void oneWrongClockIsOutvoted() {
    wallMs += HOUR;
    assertTrue(clock.isAlone());
    clock.agree(List.of(START + 1, START + 2));
    assertEquals(START + 2, clock.getAsLong());
    assertTrue(!clock.isAlone());
  }
}
