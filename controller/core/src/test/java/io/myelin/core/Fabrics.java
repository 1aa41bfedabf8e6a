package io.myelin.core;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.Link;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Objective;
import io.myelin.core.path.PathSearch;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import java.util.ArrayList;
import java.util.List;

/** Small fabrics for tests. */
public final class Fabrics {
  public static final long GBPS = 1_000_000_000L;
  public static final TenantId BLUE = new TenantId("blue");
  public static final TenantId RED = new TenantId("red");

  private Fabrics() {}

  /** Every link and NIC has 100 Gb/s and 500 ns; hosts named g{leaf}-{n}, all of tenant blue. */
  public static Inventory leafSpine(int leaves, int spines, int hosts) {
    List<Device> devices = new ArrayList<>();
    List<Link> links = new ArrayList<>();
    List<Endpoint> endpoints = new ArrayList<>();
    for (int l = 1; l <= leaves; l++) {
      DeviceId leaf = new DeviceId("leaf" + l);
      devices.add(new Device(leaf, Device.Role.LEAF, "127.0.0.1:" + (5000 + l), l, "", ""));
      for (int s = 1; s <= spines; s++) {
        PortRef a = new PortRef(leaf, s);
        PortRef b = new PortRef(new DeviceId("spine" + s), l);
        links.add(new Link(a, b, 100 * GBPS, 500, 10));
        links.add(new Link(b, a, 100 * GBPS, 500, 10));
      }
      for (int h = 1; h <= hosts; h++) {
        endpoints.add(endpoint(leaf, l, h, spines + h, BLUE));
      }
    }
    for (int s = 1; s <= spines; s++) {
      devices.add(
          new Device(
              new DeviceId("spine" + s),
              Device.Role.SPINE,
              "127.0.0.1:" + (6000 + s),
              1000 + s,
              "",
              ""));
    }
    return new Inventory(
        "test", 1.0, devices, links, endpoints, List.of(new Tenant(BLUE, List.of())));
  }

  public static Endpoint endpoint(DeviceId leaf, int l, int h, int port, TenantId tenant) {
    return new Endpoint(
        new EndpointId("g" + l + "-" + h),
        new PortRef(leaf, port),
        IpAddress.parse("ip", "10." + l + ".0." + h),
        new MacAddress(0x0200_0000_0000L + l * 256L + h),
        tenant,
        100 * GBPS,
        "",
        "",
        0);
  }

  public static FabricState state(Inventory inventory) {
    return StateMachine.apply(FabricState.EMPTY, new Command.SetInventory(inventory, 0)).after();
  }

  public static LeaseSpec spec(String from, String to, long bps) {
    return new LeaseSpec(
        new EndpointId(from),
        new EndpointId(to),
        TrafficSelector.ROCE,
        bps,
        Terms.of(Objective.LATENCY),
        LeaseSpec.NEVER);
  }

  public static LeaseName name(String id) {
    return new LeaseName(BLUE, id);
  }

  /** Searches and admits; fails the test when there is no path. */
  public static Applied create(FabricState s, String id, LeaseSpec spec) {
    PathSearch.Answer r = Placement.of(s, spec, Now.calm(1_000)).find();
    if (!(r instanceof PathSearch.Found found)) {
      throw new AssertionError("no path for " + spec + ": " + r);
    }
    return StateMachine.apply(
        s, new Command.CreateLease(name(id), spec, Route.of(found.path()), null, 1_000));
  }
}
