package io.myelin.lab.service;

import io.myelin.lab.LabFaults;
import io.myelin.lab.LabRefusal;
import io.myelin.lab.Traffic;
import io.myelin.lab.TrafficPattern;
import io.myelin.lab.v1.LabCable;
import io.myelin.lab.v1.LabSwitch;
import io.myelin.lab.v1.MeasureTrafficResponse;
import io.myelin.lab.v1.StartTrafficRequest;
import io.myelin.lab.v1.TrafficFlow;
import io.myelin.lab.v1.TrafficRun;

/** The lab's values as messages, and back. */
final class LabProtos {
  private LabProtos() {}

  static LabCable of(LabFaults.Cable c) {
    return LabCable.newBuilder()
        .setName(c.name())
        .setCut(c.condition() == LabFaults.Condition.CUT)
        .setLoss(c.lossShare())
        .setLatencyNs(c.latencyNs())
        .setJitterNs(c.jitterNs())
        .build();
  }

  static LabSwitch of(LabFaults.Switch s) {
    return LabSwitch.newBuilder()
        .setName(s.name())
        .setDead(s.power() == LabFaults.Power.OFF)
        .setAddress(s.address())
        .build();
  }

  /**
   * What to start.
   *
   * @throws LabRefusal when it says no pattern
   */
  static Traffic.Request request(StartTrafficRequest r) {
    return new Traffic.Request(
        r.getName(),
        pattern(r.getPattern()),
        r.getMembersList(),
        r.getPaceBps(),
        r.getFirstQp(),
        r.getSeed());
  }

  private static TrafficPattern pattern(io.myelin.lab.v1.TrafficPattern p) {
    return switch (p) {
      case TRAFFIC_PATTERN_PERMUTATION -> TrafficPattern.PERMUTATION;
      case TRAFFIC_PATTERN_RING -> TrafficPattern.RING;
      case TRAFFIC_PATTERN_ALL_TO_ALL -> TrafficPattern.ALL_TO_ALL;
      case TRAFFIC_PATTERN_PAIRS -> TrafficPattern.PAIRS;
      case TRAFFIC_PATTERN_UNSPECIFIED, UNRECOGNIZED ->
          throw new LabRefusal(
              LabRefusal.Kind.INVALID,
              "pattern: none is given; allowed: permutation, ring, all-to-all, pairs");
    };
  }

  private static io.myelin.lab.v1.TrafficPattern of(TrafficPattern p) {
    return switch (p) {
      case PERMUTATION -> io.myelin.lab.v1.TrafficPattern.TRAFFIC_PATTERN_PERMUTATION;
      case RING -> io.myelin.lab.v1.TrafficPattern.TRAFFIC_PATTERN_RING;
      case ALL_TO_ALL -> io.myelin.lab.v1.TrafficPattern.TRAFFIC_PATTERN_ALL_TO_ALL;
      case PAIRS -> io.myelin.lab.v1.TrafficPattern.TRAFFIC_PATTERN_PAIRS;
    };
  }

  static TrafficRun of(Traffic.Run r) {
    return TrafficRun.newBuilder()
        .setName(r.name())
        .setPattern(of(r.pattern()))
        .setFlows(r.flows())
        .setPaceBps(r.paceBps())
        .setFirstQp(r.firstQp())
        .build();
  }

  static MeasureTrafficResponse of(Traffic.Measured m) {
    MeasureTrafficResponse.Builder b =
        MeasureTrafficResponse.newBuilder()
            .setOverNs(m.overNs())
            .setTotalBps(m.totalBps())
            .setRetransmits(m.retransmits());
    m.flows().forEach(f -> b.addFlows(of(f)));
    m.slowest().ifPresent(f -> b.setSlowest(of(f)));
    return b.build();
  }

  private static TrafficFlow of(Traffic.Flow f) {
    return TrafficFlow.newBuilder()
        .setRun(f.run())
        .setSource(f.from().value())
        .setDestination(f.to().value())
        .setQp(f.qp())
        .setGoodputBps(f.goodputBps())
        .setIdealBps(f.idealBps())
        .setReceivedBytes(f.receivedBytes())
        .setCnps(f.cnps())
        .build();
  }
}
