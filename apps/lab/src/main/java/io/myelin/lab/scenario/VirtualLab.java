package io.myelin.lab.scenario;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Tenant;
import io.myelin.core.port.DeviceStatus;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Leases;
import io.myelin.lab.Permutation;
import io.myelin.lab.roce.RoceHost;
import io.myelin.node.Node;
import io.myelin.softswitch.engine.PortStats;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.time.VirtualScheduler;
import io.myelin.v1.Lease;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * A fabric whose time is virtual. A real node programs it over P4Runtime and is then shut down:
 * what happens afterwards is the data plane's doing alone, and deterministic.
 */
public final class VirtualLab implements AutoCloseable {
  /** Real time; the switches answer in milliseconds. */
  private static final long PROGRAMMING_TIMEOUT_NS = 30_000_000_000L;

  public final VirtualScheduler clock = new VirtualScheduler();
  public final LabFabric fabric;

  /** Leases by pair, where they were when all had been acknowledged. */
  public final Map<Permutation.Pair, Lease> leases = new LinkedHashMap<>();

  /**
   * Builds a fabric and has a node program it.
   *
   * @param pairs who gets a lease, of this bandwidth; none for WCMP alone
   */
  public VirtualLab(FabricSpec spec, Iterable<Permutation.Pair> pairs, long leaseBps)
      throws IOException, InterruptedException {
    this(spec, LabFabric.ONE_TENANT, pairs, leaseBps);
  }

  /**
   * The same, with the hosts of each leaf given to several tenants in turn.
   *
   * @param pairs of hosts of the first tenant
   */
  VirtualLab(FabricSpec spec, List<Tenant> tenants, Iterable<Permutation.Pair> pairs, long leaseBps)
      throws IOException, InterruptedException {
    fabric = new LabFabric(spec, tenants, clock);
    // No discovery in virtual time: a link counts as up until discovery has said otherwise.
    Node.Config config =
        new Node.Config(
            fabric.inventory(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Duration.ofDays(1));
    try (Node node = new Node(config)) {
      awaitReady(node);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", node.port()).usePlaintext().build();
      try {
        pairs.forEach(p -> leases.put(p, Leases.create(channel, p, leaseBps)));
        leases.replaceAll((p, lease) -> Leases.get(channel, lease.getName()));
      } finally {
        channel.shutdownNow();
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      fabric.close();
      throw e;
    }
    knowEachOther();
  }

  private void awaitReady(Node node) throws InterruptedException {
    long until = System.nanoTime() + PROGRAMMING_TIMEOUT_NS;
    for (DeviceId id : fabric.switches().keySet()) {
      while (node.status().of(id).phase() != DeviceStatus.Phase.READY) {
        if (System.nanoTime() > until) {
          throw new IllegalStateException(id + " is not ready: " + node.status().of(id));
        }
        TimeUnit.MILLISECONDS.sleep(2);
      }
    }
  }

  /** Nobody answers ARP once the node is gone. */
  private void knowEachOther() {
    fabric
        .hosts()
        .forEach(
            (id, host) ->
                fabric
                    .inventory()
                    .endpoints()
                    .forEach(
                        (other, e) -> {
                          if (!other.equals(id)) {
                            host.setNeighbor(e.ip().bytes(), e.mac().value());
                          }
                        }));
  }

  /** Lets time pass. */
  public void pass(long ns) {
    clock.runUntil(clock.nowNs() + ns);
  }

  /** Sum over hosts. */
  long hosts(ToLongFunction<RoceHost> count) {
    return fabric.hosts().values().stream().mapToLong(count).sum();
  }

  /** Sum of an indexed counter over switches and indices. */
  long counter(String name) {
    long sum = 0;
    for (Softswitch sw : fabric.switches().values()) {
      for (int i = 0; i < sw.counterSize(name); i++) {
        sum += sw.counter(name, i).packets();
      }
    }
    return sum;
  }

  /** Frames that found a full queue, on any switch. */
  long tailDrops() {
    return ports(p -> p.queues().stream().mapToLong(q -> q.droppedFull()).sum());
  }

  /** Frames lost in queues and on the wire of ports that went down. */
  long downDrops() {
    return ports(p -> p.queues().stream().mapToLong(q -> q.droppedDown()).sum());
  }

  private long ports(ToLongFunction<PortStats> count) {
    long sum = 0;
    for (Softswitch sw : fabric.switches().values()) {
      for (int port = 1; port <= 254; port++) {
        if (sw.hasPort(port)) {
          sum += count.applyAsLong(sw.portStats(port));
        }
      }
    }
    return sum;
  }

  @Override
  public void close() {
    fabric.close();
  }
}
