package io.myelin.lab.scenario;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.pipeline.DropReason;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabFabric;
import io.myelin.lab.net.EmulatedLink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * A host that tries everything: other tenants' endpoints, addresses that are not its own, paths of
 * its own choice, frames that only the fabric sends, and as many as its NIC can send. Nothing of it
 * may arrive anywhere, every frame must be in the counter of its reason, and who keeps to the rules
 * must not notice.
 */
final class Isolation implements Scenario {
  private static final int ATTEMPTS = 2_000;
  private static final int FLOOD = 50_000;
  private static final long RATE_BPS = 10_000_000_000L;

  /** At the access link's rate there is room for the longest frame in this. */
  private static final long GAP_NS = 1_000;

  /** Fifty thousand a second. */
  private static final long FLOOD_GAP_NS = 20_000;

  private static final FabricSpec FABRIC = new FabricSpec(2, 2, 4, RATE_BPS, 500, 2_000_000, 4096);
  private static final Tenant BLUE = new Tenant(LabFabric.TENANT, List.of());
  private static final Tenant RED = new Tenant(new TenantId("red"), List.of());

  @Override
  public String summary() {
    return "a host that spoofs, crosses tenants, pushes labels, forges and floods: what arrives";
  }

  @Override
  public Report run(long seed) throws IOException, InterruptedException {
    try (VirtualLab lab = new VirtualLab(FABRIC, List.of(BLUE, RED), List.of(), 1)) {
      return new Run(lab, seed).report();
    }
  }

  private static final class Run {
    private final VirtualLab lab;
    private final long seed;
    private final Random random;
    private final HostileFrames frames;
    private final List<Value> values = new ArrayList<>();
    private final List<Check> checks = new ArrayList<>();

    /** Of tenant red, at leaf1; a peer of the same tenant, and victims, at both leaves. */
    private final Endpoint attacker;

    private final Endpoint peer;
    private final Endpoint near;
    private final Endpoint far;
    private final EmulatedLink access;

    Run(VirtualLab lab, long seed) {
      this.lab = lab;
      this.seed = seed;
      random = new Random(seed);
      frames = new HostileFrames(random);
      near = gpu(1, 1);
      attacker = gpu(1, 2);
      far = gpu(2, 1);
      peer = gpu(2, 2);
      access = lab.fabric.link(attacker.id() + "-" + attacker.attachment());
    }

    private Endpoint gpu(int leaf, int n) {
      return lab.fabric.endpoint(new EndpointId("gpu-" + leaf + "-" + n));
    }

    private Endpoint victim(int i) {
      return i % 2 == 0 ? near : far;
    }

    Report report() {
      refused("cross_tenant", DropReason.ISOLATION, i -> frames.roce(attacker, victim(i)));
      refused("spoofed_tenant", DropReason.UNKNOWN_SOURCE, this::asTheVictimsTenant);
      refused("spoofed_peer", DropReason.UNKNOWN_SOURCE, this::asAPeer);
      refused("spoofed_nobody", DropReason.UNKNOWN_SOURCE, this::asNobody);
      refused("labels_to_victim", DropReason.HOST_LABELS, this::labelled);
      refused("labels_random", DropReason.HOST_LABELS, this::anyLabels);
      refused("labels_spoofed", DropReason.HOST_LABELS, this::labelledAsTheVictim);
      refused("forged_lldp", DropReason.CONTROL_FRAME, this::lldp);
      refused("forged_probe", DropReason.CONTROL_FRAME, i -> frames.probe(attacker));
      refused("labelled_probe", DropReason.HOST_LABELS, i -> frames.labelledProbe(attacker));
      refused("arp_spoofed_address", DropReason.UNKNOWN_SOURCE, this::arpAsTheVictim);
      refused("arp_spoofed_mac", DropReason.SOURCE_MAC, this::arpAtAnotherMac);
      flood();
      allowed();
      return new Report("isolation", seed, values, checks);
    }

    private byte[] asTheVictimsTenant(int i) {
      return frames.spoofed(attacker, victim(i + 1).ip().bytes(), victim(i));
    }

    private byte[] asAPeer(int i) {
      return frames.spoofed(attacker, peer.ip().bytes(), i % 2 == 0 ? gpu(1, 4) : gpu(2, 4));
    }

    private byte[] asNobody(int i) {
      return frames.spoofed(attacker, somebody(), i % 2 == 0 ? victim(i / 2) : peer);
    }

    /** Any address but the attacker's. */
    private byte[] somebody() {
      byte[] address = new byte[4];
      do {
        random.nextBytes(address);
      } while (IpAddress.of(address).equals(attacker.ip()));
      return address;
    }

    private List<PortRef> way(Endpoint to) {
      if (to.attachment().device().equals(attacker.attachment().device())) {
        return List.of(to.attachment());
      }
      // Leaf l is behind port l of each spine, spine s behind port s of each leaf.
      PortRef up = new PortRef(attacker.attachment().device(), 1 + random.nextInt(2));
      PortRef down = new PortRef(new DeviceId("spine" + up.port()), 2);
      return List.of(up, down, to.attachment());
    }

    private byte[] labelled(int i) {
      return frames.labelled(attacker, victim(i), way(victim(i)));
    }

    private byte[] anyLabels(int i) {
      List<PortRef> hops = new ArrayList<>();
      for (int n = random.nextInt(8); n >= 0; n--) {
        hops.add(new PortRef(attacker.attachment().device(), 1 + random.nextInt(254)));
      }
      return frames.labelled(attacker, victim(i), hops);
    }

    private byte[] labelledAsTheVictim(int i) {
      return frames.labelled(victim(i + 1), victim(i), way(victim(i)));
    }

    private byte[] lldp(int i) {
      String device = i % 2 == 0 ? "spine1" : "leaf2";
      return frames.lldp(attacker, new PortRef(new DeviceId(device), 1 + i % 2));
    }

    private byte[] arpAsTheVictim(int i) {
      return frames.arp(attacker, attacker.mac(), victim(i).ip().bytes(), peer);
    }

    private byte[] arpAtAnotherMac(int i) {
      return i % 2 == 0
          ? frames.arp(attacker, victim(i).mac(), attacker.ip().bytes(), peer)
          : frames.arp(victim(i), victim(i).mac(), attacker.ip().bytes(), peer);
    }

    /** Sends frames that must all be dropped for that reason. */
    private void refused(String name, DropReason reason, IntFunction<byte[]> attempt) {
      long before = drops(reason);
      long arrivedBefore = arrived();
      long toldBefore = told();
      send(ATTEMPTS, GAP_NS, attempt);
      long delivered = arrived() - arrivedBefore + told() - toldBefore;
      long dropped = drops(reason) - before;
      values.add(new Value(name + "_attempts", ATTEMPTS, ""));
      values.add(new Value(name + "_delivered", delivered, ""));
      values.add(new Value(name + "_" + reason.name().toLowerCase(Locale.ROOT), dropped, ""));
      checks.add(new Check(name + "_delivered", delivered, 0, 0, "to no host, no controller"));
      checks.add(
          new Check(
              name + "_" + reason.name().toLowerCase(Locale.ROOT),
              dropped,
              ATTEMPTS,
              ATTEMPTS,
              "each in the counter of its reason"));
    }

    /** Requests that are right, but too many: ARP of a whole second at once, and on. */
    private void flood() {
      lab.pass(2_000_000_000L); // what was tried before has used up its share
      long limit = lab.fabric.inventory().puntLimits().hostPps();
      long before = told();
      long droppedBefore = drops(DropReason.PUNT_RATE);
      long from = lab.clock.nowNs();
      send(
          FLOOD,
          FLOOD_GAP_NS,
          i -> frames.arp(attacker, attacker.mac(), attacker.ip().bytes(), peer));
      double seconds = (lab.clock.nowNs() - from) / 1e9;
      long told = told() - before;
      double most = limit * (1 + seconds) + 1;
      values.add(new Value("flood_attempts", FLOOD, ""));
      values.add(new Value("flood_seconds", seconds, "s"));
      values.add(new Value("flood_told", told, ""));
      values.add(new Value("flood_punt_rate", drops(DropReason.PUNT_RATE) - droppedBefore, ""));
      checks.add(new Check("flood_told", told, limit, most, "a second's worth, and the rate"));
      checks.add(
          new Check(
              "flood_told_or_dropped",
              told + drops(DropReason.PUNT_RATE) - droppedBefore,
              FLOOD,
              FLOOD,
              "all accounted for"));
    }

    /** What a tenant may do goes on. */
    private void allowed() {
      long before = arrived();
      send(ATTEMPTS, GAP_NS, i -> frames.roce(attacker, peer));
      long delivered = arrived() - before;
      values.add(new Value("own_tenant_delivered", delivered, ""));
      checks.add(
          new Check(
              "own_tenant_delivered", delivered, ATTEMPTS, ATTEMPTS, "it reaches its own peer"));
    }

    private void send(int count, long gapNs, IntFunction<byte[]> frame) {
      for (int i = 0; i < count; i++) {
        access.sendFromA(frame.apply(i));
        lab.pass(gapNs);
      }
      lab.pass(10_000_000);
    }

    private long drops(DropReason reason) {
      return lab.fabric.switches().values().stream()
          .mapToLong(sw -> sw.counter("MyelinIngress.drop_counter", reason.index()).packets())
          .sum();
    }

    /** Frames that came out of access links, but for the attacker's own. */
    private long arrived() {
      long sum = 0;
      for (EndpointId id : lab.fabric.hosts().keySet()) {
        if (!id.equals(attacker.id())) {
          EmulatedLink link = lab.fabric.link(id + "-" + lab.fabric.endpoint(id).attachment());
          sum += link.counters(EmulatedLink.Direction.B_TO_A).frames();
        }
      }
      return sum;
    }

    /** Frames for the controller. */
    private long told() {
      return lab.fabric.switches().values().stream()
          .mapToLong(sw -> sw.counter("MyelinEgress.egress_port_counter", PortRef.CPU).packets())
          .sum();
    }
  }
}
