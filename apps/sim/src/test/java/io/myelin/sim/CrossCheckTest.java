package io.myelin.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The simulator and the packet-level fabric tell the same story. */
final class CrossCheckTest {
  private static final CrossCheck.Load SHORT = new CrossCheck.Load(1_000_000_000L, 4 << 20);

  @Test
  void ecmpTakesTheSameLinksAndTheSameTime() throws IOException, InterruptedException {
    for (int qps : new int[] {1, 4}) {
      CrossCheck.Result r = CrossCheck.run(CrossCheck.Way.ECMP, qps, SHORT, 3);
      assertEquals(0, r.otherLinks(), "links, " + qps + " queue pairs");
      assertTrue(r.error() < 0.25, qps + " queue pairs: " + r);
    }
  }

  @Test
  void leasesTakeTheSameTime() throws IOException, InterruptedException {
    CrossCheck.Result r = CrossCheck.run(CrossCheck.Way.LEASES, 1, SHORT, 3);
    assertEquals(0, r.otherLinks());
    assertTrue(r.error() < 0.03, r.toString());
  }
}
