package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.v1.ApplyInventoryRequest;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.LeaseState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Inventories that come and go under RoCE traffic, on the embedded fabric. */
final class InventoryLabTest {
  private static final FabricSpec SPEC = new FabricSpec(3, 3, 2, 40_000_000, 20_000, 200_000, 4096);
  private static final int CHANGES = 100;
  private static final long SEED = 11;

  private static ApplyInventoryResponse apply(RunningLab lab, Inventory next, String etag) {
    return FabricServiceGrpc.newBlockingStub(lab.channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .applyInventory(
            ApplyInventoryRequest.newBuilder()
                .setInventory(ByteString.copyFromUtf8(InventoryFile.write(next)))
                .setEtag(etag)
                .setValidateOnly(etag.isEmpty())
                .build());
  }

  private static Permutation.Pair pair(String from, String to) {
    return new Permutation.Pair(new EndpointId(from), new EndpointId(to));
  }

  @Test
  void aHundredInventoriesCostNoPacketOfLeasesThatTheyDoNotTouch()
      throws IOException, InterruptedException {
    try (RunningLab lab = new RunningLab(SPEC)) {
      Inventory whole = lab.lab.fabric().inventory();
      List<Permutation.Pair> pairs =
          List.of(pair("gpu-1-1", "gpu-2-1"), pair("gpu-2-1", "gpu-3-1"));
      List<String> leases = new ArrayList<>();
      for (Permutation.Pair p : pairs) {
        leases.add(Leases.create(lab.channel, p, SPEC.rateBps() / 4).getName());
        // Acknowledgements, too: routed packets may be lost for a moment (docs/LIMITATIONS.md).
        Permutation.Pair back = new Permutation.Pair(p.to(), p.from());
        leases.add(Leases.create(lab.channel, back, SPEC.rateBps() / 16).getName());
      }
      Elephants flows = new Elephants(lab.lab.fabric(), pairs, 100);
      flows.pace(SPEC.rateBps() / 8);
      flows.start();
      Random random = new Random(SEED);
      String etag = apply(lab, whole, "").getEtag();
      int applied = 0;
      int inUse = 0;
      Inventory now = whole;
      while (applied + inUse < CHANGES) {
        Inventory next = edited(whole, now, random);
        if (next.equals(now)) {
          continue;
        }
        try {
          etag = apply(lab, next, etag).getEtag();
          now = next;
          applied++;
        } catch (StatusRuntimeException e) {
          assertEquals(Status.Code.FAILED_PRECONDITION, e.getStatus().getCode(), e::toString);
          inUse++;
        }
      }
      apply(lab, whole, etag);
      lab.lab.awaitConverged();
      RunningLab.await(flows::finish);
      flows.stop();
      String seed = "seed " + SEED + ", " + applied + " applied, " + inUse + " in use";
      assertEquals(
          count(lab, h -> h.dataPacketsSent()),
          count(lab, h -> h.dataPacketsReceived()),
          seed + ": every packet arrived, and once");
      for (String lease : leases) {
        assertEquals(LeaseState.LEASE_STATE_ACTIVE, Leases.get(lab.channel, lease).getState());
      }
      assertEquals(whole, lab.lab.node().state().inventory());
      assertTrue(applied > CHANGES / 2, seed);
      assertTrue(inUse > 0, seed);
    }
  }

  private static long count(
      RunningLab lab, java.util.function.ToLongFunction<io.myelin.lab.roce.HostStats> what) {
    return lab.lab
        .fabric()
        .call(
            () -> {
              Stream<io.myelin.lab.roce.HostStats> hosts =
                  lab.lab.fabric().hosts().values().stream().map(h -> h.stats());
              return hosts.mapToLong(what).sum();
            })
        .join();
  }

  private static Link link(Inventory of, LinkId id) {
    return java.util.Objects.requireNonNull(of.links().get(id), id::toString);
  }

  /** A cable, a host, a spine or a tenant comes or goes, or something is said of one otherwise. */
  private static Inventory edited(Inventory whole, Inventory now, Random random) {
    InventoryDraft d = new InventoryDraft(now);
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        List<LinkId> all = new ArrayList<>();
        whole.links().forEach((id, l) -> all.add(id));
        Link l = link(whole, all.get(random.nextInt(all.size())));
        if (now.links().containsKey(l.id())) {
          d.without(l.id());
        } else if (now.devices().containsKey(l.from().device())
            && now.devices().containsKey(l.to().device())) {
          d.put(l).put(link(whole, l.reverseId()));
        }
      }
      case 2 -> {
        List<Endpoint> all = new ArrayList<>();
        whole.endpoints().forEach((id, e) -> all.add(e));
        Endpoint e = all.get(random.nextInt(all.size()));
        if (now.endpoints().containsKey(e.id())) {
          d.without(e.id());
        } else {
          d.put(e);
        }
      }
      case 3 -> {
        DeviceId spine = new DeviceId("spine" + (1 + random.nextInt(3)));
        if (now.devices().containsKey(spine)) {
          d.without(spine);
        } else {
          for (Map.Entry<DeviceId, Device> e : whole.devices()) {
            if (e.getKey().equals(spine)) {
              d.put(e.getValue());
            }
          }
          for (Link l : whole.linksFrom(spine)) {
            d.put(l).put(link(whole, l.reverseId()));
          }
        }
      }
      default -> {
        TenantId green = new TenantId("green");
        if (now.tenants().containsKey(green)) {
          d.without(green);
        } else {
          d.put(new Tenant(green, List.of()));
        }
      }
    }
    return d.build();
  }
}
