package io.myelin.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class InventoryDifferencesTest {
  private final Inventory base = new LeafSpine(2, 2, 1).inventory(FabricOptions.DEFAULT);

  private List<String> to(InventoryDraft next) {
    return InventoryDifferences.between(base, next.build()).stream()
        .map(InventoryDifference::text)
        .toList();
  }

  private InventoryDraft draft() {
    return new InventoryDraft(base);
  }

  private Device device(String name) {
    return Objects.requireNonNull(base.devices().get(new DeviceId(name)), name);
  }

  private Endpoint endpoint(String name) {
    return Objects.requireNonNull(base.endpoints().get(new EndpointId(name)), name);
  }

  private Link cable() {
    return base.links().iterator().next().getValue();
  }

  @Test
  void equalInventoriesDifferInNothing() {
    assertEquals(List.of(), to(draft()));
  }

  @Test
  void aCableIsNamedOnce() {
    LinkId cable = cable().id();
    assertEquals(List.of("- link " + cable), to(draft().without(cable)));
    List<InventoryDifference> back =
        InventoryDifferences.between(draft().without(cable).build(), base);
    assertEquals(1, back.size());
    assertEquals(InventoryDifference.Kind.ADDED, back.get(0).kind());
  }

  @Test
  void fieldsAreSaidWithBothValues() {
    Device leaf = device("leaf1");
    Device moved =
        new Device(
            leaf.id(),
            leaf.role(),
            "10.0.0.1:9559",
            leaf.p4DeviceId(),
            "eu",
            leaf.site(),
            leaf.maxLabels());
    assertEquals(
        List.of(
            "~ fabric " + base.name() + ": reservableShare: " + base.reservableShare() + " -> 0.5",
            "~ device leaf1: address: "
                + leaf.address()
                + " -> 10.0.0.1:9559, region: "
                + leaf.region()
                + " -> eu"),
        to(draft().put(moved).reservableShare(0.5)));
  }

  @Test
  void whatDiffersInOneDirectionOnlyIsSaidOfIt() {
    Link back = Objects.requireNonNull(base.links().get(cable().reverseId()));
    Link wider =
        new Link(back.from(), back.to(), 7, back.latencyNs(), back.costMicrosPerGb(), back.facts());
    assertEquals(
        List.of("~ link " + cable().id() + ": reverse.capacity: " + back.capacityBps() + " -> 7"),
        to(draft().put(wider)));
  }

  /** The same P4Runtime server under another name; its cables and hosts follow. */
  @Test
  void aRenamedSwitchIsToldWithItsCables() {
    Device spine = device("spine1");
    DeviceId name = new DeviceId("core1");
    InventoryDraft next = draft().without(spine.id());
    next.put(
        new Device(
            name,
            spine.role(),
            spine.address(),
            spine.p4DeviceId(),
            spine.region(),
            spine.site(),
            spine.maxLabels()));
    List<String> expected = new ArrayList<>(List.of("~ device spine1 is called core1"));
    for (Link l : base.linksFrom(spine.id())) {
      PortRef here = new PortRef(name, l.from().port());
      next.put(
          new Link(here, l.to(), l.capacityBps(), l.latencyNs(), l.costMicrosPerGb(), l.facts()));
      next.put(
          new Link(l.to(), here, l.capacityBps(), l.latencyNs(), l.costMicrosPerGb(), l.facts()));
      expected.add("~ link " + l.reverseId() + " is called " + LinkId.between(here, l.to()));
    }
    assertEquals(expected, to(next));
  }

  @Test
  void aRenamedNicIsToldByItsAddress() {
    Endpoint e = base.endpoints().iterator().next().getValue();
    Endpoint renamed =
        new Endpoint(
            new EndpointId("gpu-9"),
            e.attachment(),
            e.ip(),
            e.mac(),
            e.tenant(),
            e.capacityBps(),
            "row7",
            e.host(),
            e.rail());
    assertEquals(
        List.of("~ endpoint " + e.id() + " is called gpu-9: rack: " + e.rack() + " -> row7"),
        to(draft().without(e.id()).put(renamed)));
    assertEquals(e, endpoint(e.id().value()));
  }

  @Test
  void aTenantAllOfWhoseNicsAreAnothersIsRenamed() {
    Tenant old = base.tenants().iterator().next().getValue();
    Tenant renamed = new Tenant(new TenantId("green"), old.mayReach(), old.quota());
    InventoryDraft next = draft().without(old.id()).put(renamed);
    base.endpoints()
        .forEach(
            (id, e) ->
                next.put(
                    new Endpoint(
                        e.id(),
                        e.attachment(),
                        e.ip(),
                        e.mac(),
                        renamed.id(),
                        e.capacityBps(),
                        e.rack(),
                        e.host(),
                        e.rail())));
    assertEquals("~ tenant " + old.id() + " is called green", to(next).get(0));
  }

  @Test
  void quotasAreSaidInTheirParts() {
    Tenant old = base.tenants().iterator().next().getValue();
    Quota less = new Quota(3, Quota.UNLIMITED, 7, Quota.UNLIMITED, Quota.DEFAULT_PERIOD_MS, 0);
    assertEquals(
        List.of(
            "~ tenant " + old.id() + ": quota.leases: none -> 3, quota.createdPerDay: none -> 7"),
        to(draft().put(new Tenant(old.id(), old.mayReach(), less))));
  }
}
