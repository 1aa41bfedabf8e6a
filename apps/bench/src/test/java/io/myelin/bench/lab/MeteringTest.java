package io.myelin.bench.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.bench.lab.MeteringBench.Case;
import io.myelin.bench.lab.MeteringBench.Sender;
import io.myelin.lab.roce.RoceHost.CongestionControl;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a lease buys arrives, at reduced length; {@code ./myelin bench metering} has all rates. */
final class MeteringTest {
  private static final double LENGTH = 0.2;

  @ParameterizedTest(name = "{0} of {1}")
  @CsvSource({"35000000, 40000000", "400000000, 1000000000", "20000000, 100000000000"})
  void whatIsBoughtArrivesAndNobodyGetsMore(long leaseBps, long portBps)
      throws IOException, InterruptedException {
    Case c = new Case(leaseBps, portBps);
    List<Sender> senders = MeteringBench.measure(c, CongestionControl.DCQCN, 1, LENGTH);
    for (Sender s : senders) {
      if (s.control() == CongestionControl.DCQCN) {
        assertTrue(s.goodput() >= 0.95, () -> c + ": " + senders);
        assertTrue(s.retransmits() == 0, () -> c + ": " + senders);
      }
      assertTrue(s.carried() <= 1.01, () -> "no more, but for a part of a bucket: " + senders);
    }
  }

  /** The measure can tell: the times that are published for 100 Gb/s lose half of 20 Mb/s. */
  @Test
  void publishedTimesDoNotFitSlowLeases() throws IOException, InterruptedException {
    Case c = new Case(20_000_000, 40_000_000);
    List<Sender> senders = MeteringBench.measure(c, CongestionControl.DCQCN_FIXED_TIMES, 1, LENGTH);
    assertTrue(senders.get(0).goodput() < 0.8, senders::toString);
  }
}
