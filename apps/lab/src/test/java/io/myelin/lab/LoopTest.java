package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.myelin.v1.Decision;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.DrainResponse;
import io.myelin.v1.Fabric;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.Link;
import io.myelin.v1.ListDecisionsRequest;
import io.myelin.v1.TelemetryServiceGrpc;
import io.myelin.v1.UndrainRequest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The loops on a running fabric: drain, failures, and what the API says of them. */
final class LoopTest {
  private static final FabricSpec SPEC = new FabricSpec(3, 3, 2, 40_000_000, 20_000, 200_000, 4096);

  private static FabricServiceGrpc.FabricServiceBlockingStub fabric(RunningLab lab) {
    return FabricServiceGrpc.newBlockingStub(lab.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static List<Decision> decisions(RunningLab lab) {
    return TelemetryServiceGrpc.newBlockingStub(lab.channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .listDecisions(ListDecisionsRequest.getDefaultInstance())
        .getDecisionsList();
  }

  @Test
  void aDrainedSpineIsLeftByLeasesAndNothingIsLost() throws IOException, InterruptedException {
    try (RunningLab lab = new RunningLab(SPEC)) {
      List<Permutation.Pair> pairs =
          Permutation.acrossLeaves(lab.lab.fabric().inventory(), 1).stream().limit(4).toList();
      for (Permutation.Pair p : pairs) {
        var unused = Leases.create(lab.channel, p, SPEC.rateBps() / 2);
      }
      Elephants flows = new Elephants(lab.lab.fabric(), pairs, 100);
      flows.pace(SPEC.rateBps() / 3);
      flows.start();
      String spine = Leases.get(lab.channel, name(pairs.get(0))).getPaths(0).getHops(1).getDevice();

      DrainResponse drained = fabric(lab).drain(DrainRequest.newBuilder().setDevice(spine).build());

      assertEquals(2 * SPEC.leaves(), drained.getLinksCount());
      assertTrue(drained.getLeasesList().contains(name(pairs.get(0))), drained.toString());
      RunningLab.await(() -> leasesOn(lab, spine) == 0);
      RunningLab.await(flows::finish);
      flows.stop();
      long sent =
          lab.lab.fabric().call(() -> hosts(lab).mapToLong(h -> h.dataPacketsSent()).sum()).join();
      long got =
          lab.lab
              .fabric()
              .call(() -> hosts(lab).mapToLong(h -> h.dataPacketsReceived()).sum())
              .join();
      assertEquals(sent, got, "every packet arrived");
      assertTrue(
          decisions(lab).stream()
              .anyMatch(
                  d ->
                      d.getKind() == Decision.Kind.KIND_REPLACE
                          && d.getReactionUs() > 0
                          && d.getSubjectsList().contains(name(pairs.get(0)))),
          decisions(lab).toString());

      // Nothing new goes there, until it is in use again.
      for (Lease l : List.of(Leases.create(lab.channel, pair("gpu-1-2", "gpu-3-1"), 1_000_000))) {
        assertFalse(
            l.getPaths(0).getHopsList().stream().anyMatch(h -> h.getDevice().equals(spine)));
      }
      var unused = fabric(lab).undrain(UndrainRequest.newBuilder().setDevice(spine).build());
      assertTrue(links(lab).stream().noneMatch(Link::getDrained));
    }
  }

  private static java.util.stream.Stream<io.myelin.lab.roce.HostStats> hosts(RunningLab lab) {
    return lab.lab.fabric().hosts().values().stream().map(h -> h.stats());
  }

  private static String name(Permutation.Pair p) {
    return "tenants/" + LabFabric.TENANT + "/leases/" + p.from() + "-to-" + p.to();
  }

  private static Permutation.Pair pair(String from, String to) {
    return new Permutation.Pair(
        new io.myelin.core.model.EndpointId(from), new io.myelin.core.model.EndpointId(to));
  }

  private static List<Link> links(RunningLab lab) {
    Fabric f = fabric(lab).getFabric(GetFabricRequest.getDefaultInstance()).getFabric();
    return f.getLinksList();
  }

  private static int leasesOn(RunningLab lab, String device) {
    return links(lab).stream()
        .filter(l -> l.getDrained() && l.getFrom().startsWith(device + "/"))
        .mapToInt(Link::getLeases)
        .sum();
  }

  @Test
  void drainSaysWhatIsWrongWithARequest() throws IOException {
    try (RunningLab lab =
        new RunningLab(new FabricSpec(2, 1, 1, 40_000_000, 20_000, 200_000, 4096))) {
      for (DrainRequest bad :
          List.of(
              DrainRequest.getDefaultInstance(),
              DrainRequest.newBuilder().setDevice("spine1").setLink("leaf1/1>spine1/1").build())) {
        StatusRuntimeException e =
            assertThrows(StatusRuntimeException.class, () -> fabric(lab).drain(bad));
        assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
      }
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () -> fabric(lab).drain(DrainRequest.newBuilder().setDevice("spine9").build()));
      assertEquals(Status.Code.NOT_FOUND, e.getStatus().getCode());
      assertTrue(String.valueOf(e.getMessage()).contains("spine9"));

      // The only spine: its lease has nowhere to go, stays and works.
      Lease lease = Leases.create(lab.channel, pair("gpu-1-1", "gpu-2-1"), 1_000_000);
      var unused = fabric(lab).drain(DrainRequest.newBuilder().setDevice("spine1").build());
      assertEquals(1, leasesOn(lab, "spine1"));
      assertEquals(
          io.myelin.v1.LeaseState.LEASE_STATE_ACTIVE,
          Leases.get(lab.channel, lease.getName()).getState());
    }
  }

  @Test
  void aDeadPortIsKnownWithoutWaitingForDiscovery() throws IOException {
    try (RunningLab lab = new RunningLab(SPEC)) {
      Permutation.Pair p = pair("gpu-1-1", "gpu-2-1");
      Lease lease = Leases.create(lab.channel, p, 20_000_000);
      Elephants flows = new Elephants(lab.lab.fabric(), List.of(p), 100);
      flows.pace(18_000_000);
      flows.start();
      String out =
          lease.getPaths(0).getHops(0).getDevice() + "/" + lease.getPaths(0).getHops(0).getPort();
      String cable =
          lab.lab.fabric().links().keySet().stream()
              .filter(n -> n.startsWith(out + "-"))
              .findFirst()
              .orElseThrow();
      lab.setUp(cable, false);
      RunningLab.await(
          () -> {
            Lease now = Leases.get(lab.channel, lease.getName());
            return now.getState() == io.myelin.v1.LeaseState.LEASE_STATE_ACTIVE
                && !now.getPaths(0).getHops(0).equals(lease.getPaths(0).getHops(0));
          });
      RunningLab.await(
          () -> decisions(lab).stream().anyMatch(d -> d.getKind() == Decision.Kind.KIND_REPLACE));
      flows.stop();
    }
  }
}
