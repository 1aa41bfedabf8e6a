package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import io.myelin.v1.Decision;
import io.myelin.v1.Device;
import io.myelin.v1.Fabric;
import io.myelin.v1.Link;
import io.myelin.v1.LinkEstimate;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FabricTopTest {
  private static Link.Builder link(String name, double load) {
    return Link.newBuilder()
        .setName(name)
        .setCapacityBps(100)
        .setReservedBps(25)
        .setUp(true)
        .setEstimate(
            LinkEstimate.newBuilder()
                .setUtilisation(load)
                .setQueueingNs(12_000)
                .setMarkedShare(0.02)
                .setAgeMs(300));
  }

  @Test
  void theHottestLinkIsFirstAndTheNewestDecision() {
    Fabric fabric =
        Fabric.newBuilder()
            .setName("lab")
            .addDevices(Device.newBuilder().setState(Device.State.STATE_READY))
            .addDevices(Device.newBuilder().setState(Device.State.STATE_SYNCING))
            .addLinks(link("a/1>b/1", 0.25))
            .addLinks(link("b/2>c/1", 1).setDrained(true).setLeases(3))
            .addLinks(Link.newBuilder().setName("c/9>a/9").setCapacityBps(100))
            .build();
    Decision d =
        Decision.newBuilder()
            .setKind(Decision.Kind.KIND_GUIDE)
            .setLink("b/2>c/1")
            .setDecideTime(Timestamp.newBuilder().setSeconds(3_661).setNanos(5_000_000))
            .setUtilisationBefore(1)
            .setUtilisationAfter(0.5)
            .setReactionUs(4_200)
            .setReason("elsewhere")
            .build();

    List<String> lines = FabricTop.render(fabric, List.of(d, d), 2).lines().toList();

    assertEquals("fabric lab: 1 of 2 switches ready, 2 of 3 links up, 1 drained", lines.get(0));
    assertTrue(lines.get(3).matches("b/2>c/1 +100% +#{8} +25% +12 +2% +0% +3 +0.3s +up drained *"));
    assertTrue(lines.get(4).matches("a/1>b/1 +25% +#{2}\\.{6} .*"), lines.get(4));
    assertTrue(
        lines.get(7).matches("01:01:01.005 +guide +b/2>c/1 +100% > 50% +4.2 +elsewhere *"),
        lines.get(7));
    assertEquals(9, lines.size());
  }
}
