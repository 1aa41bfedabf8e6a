package io.myelin.onos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.onos.fake.FakeTopology;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onosproject.net.AnnotationKeys;
import org.onosproject.net.DeviceId;
import org.onosproject.net.host.HostDescription;
import org.onosproject.net.link.LinkDescription;

class TopologyProviderTest {
  private static final Inventory FABRIC = new LeafSpine(2, 1, 1).inventory(FabricOptions.DEFAULT);
  private static final long LATENCY_NS = 7_000;

  private final Log log = new Log();
  private final FakeTopology onos = new FakeTopology();
  private final TopologyProvider provider;

  TopologyProviderTest() {
    log.submit(new Command.SetInventory(FABRIC, 1)).join();
    provider =
        new TopologyProvider(
            log,
            d -> DeviceId.deviceId("device:" + d),
            onos,
            onos.hostService(),
            onos.linkRegistry(),
            onos.hostRegistry());
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private static Set<LinkId> links() {
    Set<LinkId> all = new TreeSet<>();
    FABRIC.links().forEach((id, l) -> all.add(id));
    return all;
  }

  private void observe(LinkId link, boolean up, long latencyNs) {
    log.submit(new Command.ObserveLink(link, up, latencyNs, 2)).join();
    provider.settle();
  }

  @Test
  void onosKnowsCablesThatDiscoveryFoundAndEndpoints() {
    provider.settle();
    assertEquals(Set.of(), onos.names(), "nothing was seen yet");
    LinkId one = links().iterator().next();
    observe(one, true, LATENCY_NS);
    assertEquals(1, onos.links.size());
    LinkDescription told = onos.links.values().iterator().next();
    Link link = Objects.requireNonNull(FABRIC.links().get(one));
    assertEquals("device:" + link.from().device(), told.src().deviceId().toString());
    assertEquals(link.to().port(), told.dst().port().toLong());
    assertEquals(
        Long.toString(link.capacityBps() / 1_000_000),
        told.annotations().value(AnnotationKeys.BANDWIDTH));

    assertEquals(FABRIC.endpoints().size(), onos.hosts.size());
    HostDescription host = onos.hosts.values().iterator().next();
    Endpoint endpoint =
        Objects.requireNonNull(
            FABRIC.endpoints().get(new EndpointId(host.annotations().value(AnnotationKeys.NAME))));
    assertEquals("device:" + endpoint.attachment().device(), host.location().deviceId().toString());
    assertEquals(endpoint.ip().toString(), host.ipAddress().iterator().next().toString());
  }

  @Test
  void aDeadCableVanishesAndIsToldOnce() {
    links().forEach(l -> observe(l, true, LATENCY_NS));
    assertEquals(links().size(), onos.links.size());
    LinkId one = links().iterator().next();
    observe(one, false, Command.ObserveLink.UNKNOWN);
    assertEquals(links().size() - 1, onos.links.size());
    observe(one, true, LATENCY_NS);
    assertEquals(links().size(), onos.links.size());
    assertEquals(
        links().size() + 1,
        onos.detections.values().stream().mapToInt(n -> n).sum(),
        "what has not changed is not told again");
  }

  @Test
  void whatOnosForgetsWithADeviceIsToldAgain() {
    links().forEach(l -> observe(l, true, LATENCY_NS));
    onos.forget(DeviceId.deviceId("device:spine1"));
    provider.settle();
    assertEquals(links().size(), onos.links.size());
  }

  @Test
  void onlyWhoLeadsTellsAndANewLeaderCorrectsTheLast() {
    log.leads(false);
    LinkId one = links().iterator().next();
    observe(one, true, LATENCY_NS);
    assertEquals(Set.of(), onos.names());
    log.leads(true);
    provider.settle();
    assertEquals(1, onos.links.size());
    log.leads(false);
    observe(one, false, Command.ObserveLink.UNKNOWN);
    assertEquals(1, onos.links.size(), "another leads, and is the one to say so");
    log.leads(true);
    provider.settle();
    assertEquals(Set.of(), onos.names());
  }

  @Test
  void whoLeadsBeforeThereIsAnInventoryTellsItWhenItComesAndChanges() {
    log.submit(new Command.SetInventory(Inventory.EMPTY, 3)).join();
    log.leads(true);
    provider.settle();
    assertTrue(onos.hosts.isEmpty());
    log.submit(new Command.SetInventory(FABRIC, 4)).join();
    provider.settle();
    assertEquals(FABRIC.endpoints().size(), onos.hosts.size());
    links().forEach(l -> observe(l, true, LATENCY_NS));
    log.submit(new Command.SetInventory(new LeafSpine(1, 1, 1).inventory(FabricOptions.DEFAULT), 5))
        .join();
    provider.settle();
    assertEquals(1, onos.hosts.size());
    assertTrue(
        onos.names().stream().noneMatch(n -> n.contains("leaf2")), () -> onos.names().toString());
  }

  @Test
  void aNewLeaderTakesBackWhatTheLastToldAndIsNoMore() {
    log.leads(true);
    links().forEach(l -> observe(l, true, LATENCY_NS));
    assertEquals(FABRIC.endpoints().size(), onos.hosts.size());
    log.leads(false);
    provider.settle();
    log.submit(new Command.SetInventory(new LeafSpine(1, 1, 1).inventory(FabricOptions.DEFAULT), 5))
        .join();
    provider.settle();
    assertEquals(FABRIC.endpoints().size(), onos.hosts.size(), "another leads");
    log.leads(true);
    provider.settle();
    assertEquals(1, onos.hosts.size());
    assertTrue(
        onos.names().stream().noneMatch(n -> n.contains("leaf2")), () -> onos.names().toString());
  }

  @Test
  void nothingStaysWhenTheApplicationGoes() {
    links().forEach(l -> observe(l, true, LATENCY_NS));
    assertFalse(onos.hosts.isEmpty());
    provider.close();
    assertEquals(Set.of(), onos.names());
    assertTrue(onos.hosts.isEmpty());
    assertEquals(Set.of(), onos.linkRegistry().getProviders());
  }

  /** A log whose leadership comes and goes. */
  private static final class Log implements StateLog {
    private final InProcessStateLog log = new InProcessStateLog(1);
    private final CopyOnWriteArrayList<Consumer<Leadership>> listeners =
        new CopyOnWriteArrayList<>();
    private Leadership now = log.leadership();

    void leads(boolean yes) {
      now =
          new Leadership(
              yes ? Leadership.Role.LEADER : Leadership.Role.FOLLOWER,
              now.epoch(),
              now.term() + 1,
              yes ? "n1" : "n2");
      listeners.forEach(l -> l.accept(now));
    }

    @Override
    public CompletableFuture<Applied> submit(Command command) {
      return log.submit(command);
    }

    @Override
    public FabricState state() {
      return log.state();
    }

    @Override
    public FabricState follow(Consumer<Applied> follower) {
      return log.follow(follower);
    }

    @Override
    public void unfollow(Consumer<Applied> follower) {
      log.unfollow(follower);
    }

    @Override
    public Leadership leadership() {
      return now;
    }

    @Override
    public void onLeadership(Consumer<Leadership> listener) {
      listeners.add(listener);
      listener.accept(now);
    }

    @Override
    public Progress progress() {
      return log.progress();
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
