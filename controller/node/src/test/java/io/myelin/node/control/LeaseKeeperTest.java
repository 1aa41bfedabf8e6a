package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.place.Placement;
import io.myelin.core.port.ForwardingLog;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Degraded leases are tried again when room got free, and the log hears what is new. */
final class LeaseKeeperTest {
  private static final int DEGRADED = 20;
  private static final int OTHERS = 10;
  private static final long BPS = 1_000_000_000L;

  private final ManualExecutor control = new ManualExecutor();
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final List<Command> said = new ArrayList<>();
  private final Listening listening = new Listening();
  private final FakeSwitch switches =
      new FakeSwitch() {
        @Override
        public CompletableFuture<List<WriteOutcome>> write(DeviceId d, List<TableUpdate> updates) {
          return CompletableFuture.completedFuture(
              Collections.nCopies(updates.size(), WriteOutcome.acknowledged()));
        }

        @Override
        public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId d) {
          return CompletableFuture.completedFuture(new HashMap<>());
        }
      };
  private final TenantId tenant;
  private final Controller controller;

  LeaseKeeperTest() {
    submit(
        new Command.SetInventory(
            new LeafSpine(2, 1, 2).inventory(FabricOptions.DEFAULT), control.nowMs()));
    tenant = log.state().inventory().tenants().iterator().next().getKey();
    controller =
        new Controller(
            listening,
            switches,
            control.guarded(),
            control::nowMs,
            Pace.of(Duration.ofDays(1)),
            FrameSeal.of(new byte[] {1}));
    controller.start();
    control.runAll();
    log.state().inventory().devices().forEach((id, d) -> controller.ready(id));
    control.advanceMs(1_000);
  }

  private FabricState submit(Command c) {
    return log.submit(c).join().after();
  }

  private LeaseName name(String id) {
    return new LeaseName(tenant, id);
  }

  private void create(String id, String from, String to, int qp) {
    create(id, from, to, qp, BPS);
  }

  private void create(String id, String from, String to, int qp, long bps) {
    create(id, from, to, qp, bps, 0);
  }

  private void create(String id, String from, String to, int qp, long bps, long burstBps) {
    LeaseSpec spec =
        new LeaseSpec(
            new EndpointId(from),
            new EndpointId(to),
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(qp)),
            bps,
            Terms.of(Objective.LATENCY).withBurstBps(burstBps),
            LeaseSpec.AT_ONCE,
            LeaseSpec.NEVER);
    Placement placement =
        Placement.of(log.state(), spec, LeaseConditions.Now.calm(control.nowMs()));
    Route route = Objects.requireNonNull(placement.route(spec.terms().protection()));
    submit(new Command.CreateLease(name(id), spec, route, null, control.nowMs()));
  }

  private long degraded() {
    long n = 0;
    for (var e : log.state().leases()) {
      n += e.getValue().state() == LeaseState.DEGRADED ? 1 : 0;
    }
    return n;
  }

  @Test
  void whatEndsTogetherIsOneOccasionAndNothingNewIsNotSaid() {
    String a = log.state().inventory().endpointsAt(device("leaf1")).get(0).id().value();
    String b = log.state().inventory().endpointsAt(device("leaf1")).get(1).id().value();
    String far = log.state().inventory().endpointsAt(device("leaf2")).get(0).id().value();
    for (int i = 0; i < DEGRADED; i++) {
      create("d" + i, a, far, 100 + i);
    }
    for (int i = 0; i < OTHERS; i++) {
      create("o" + i, a, b, 500 + i);
    }
    control.runAll();
    LinkId uplink = log.state().inventory().linksFrom(device("leaf1")).get(0).id();
    submit(new Command.ObserveLink(uplink, false, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(5_000);
    assertEquals(DEGRADED, degraded());
    said.clear();
    for (int i = 0; i < OTHERS; i++) {
      submit(new Command.ForceRelease(name("o" + i), null, control.nowMs()));
    }
    control.advanceMs(5_000);
    assertEquals(
        List.of(),
        said.stream().filter(c -> c instanceof Command.DegradeLease).toList(),
        "each of them is degraded as before");
    submit(new Command.ObserveLink(uplink, true, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(5_000);
    assertEquals(0, degraded(), "with the link back each is repaired");
    assertTrue(said.stream().anyMatch(c -> c instanceof Command.MoveLeases), said.toString());
  }

  /** Two spines, two leases at line rate, one cable cut and mended. */
  @Test
  void whatIsLeftIsSharedAndGivenBackWithoutACall() {
    twoSpines();
    long line = log.state().topology().reservableBps(0);
    create("a", "leaf1-host1", "leaf2-host1", 1, line);
    create("b", "leaf1-host2", "leaf2-host2", 2, line);
    control.runAll();
    LinkId uplink = lease("a").path().links().get(1);
    submit(new Command.ObserveLink(uplink, false, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(1_000);
    assertEquals(line / 2, lease("a").grantedBps(), said.toString());
    assertEquals(line / 2, lease("b").grantedBps(), said.toString());
    assertEquals(LeaseState.REDUCED, lease("b").state());
    submit(new Command.ObserveLink(uplink, true, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(1_000);
    assertEquals(LeaseState.ACTIVE, lease("a").state());
    assertEquals(LeaseState.ACTIVE, lease("b").state());
    assertEquals(line, lease("a").grantedBps());
    assertEquals(line, lease("b").grantedBps());
    said.clear();
    control.advanceMs(10_000);
    assertEquals(List.of(), said.stream().filter(c -> c instanceof Command.ShareOut).toList());
  }

  /** Of four leases on two spines two are back on the wrong one: whole again once all are moved. */
  @Test
  void whoIsReducedGetsAllOnceOthersAreRearranged() {
    twoSpines();
    long line = log.state().topology().reservableBps(0);
    create("c", "leaf1-host1", "leaf2-host1", 1, line * 6 / 10);
    create("d", "leaf1-host2", "leaf2-host2", 2, line * 6 / 10);
    create("a", "leaf1-host1", "leaf2-host1", 3, line * 4 / 10);
    create("b", "leaf1-host2", "leaf2-host2", 4, line * 4 / 10);
    control.runAll();
    LinkId uplink = lease("a").path().links().get(1);
    submit(new Command.ObserveLink(uplink, false, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(1_000);
    for (String id : List.of("a", "b", "c", "d")) {
      assertEquals(line / 4, lease(id).grantedBps(), id);
    }
    submit(new Command.ObserveLink(uplink, true, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(5_000);
    for (String id : List.of("a", "b", "c", "d")) {
      assertEquals(LeaseState.ACTIVE, lease(id).state(), id + ": " + lease(id).reason());
      assertEquals(lease(id).spec().bandwidthBps(), lease(id).grantedBps(), id);
    }
  }

  /** A log takes a disk's time for each command, or a network's. */
  @Test
  void nobodyWaitsForTheLogAndWhatOthersSaidMeanwhileCounts() {
    for (int i = 0; i < DEGRADED; i++) {
      create("there" + i, "leaf1-host1", "leaf2-host1", 100 + i);
      create("back" + i, "leaf2-host1", "leaf1-host1", 100 + i);
    }
    control.runAll();
    said.clear();
    listening.hold();
    LinkId there = lease("there0").path().links().get(1);
    submit(new Command.ObserveLink(there, false, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.runAll();
    assertEquals(DEGRADED, said.size(), "one after the other, but none for the log: " + said);
    assertEquals(0, degraded());
    LinkId back = lease("back0").path().links().get(1);
    submit(new Command.ObserveLink(back, false, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.runAll();
    assertEquals(2 * DEGRADED, said.size(), said.toString());
    listening.release();
    control.advanceMs(1_000);
    assertEquals(2 * DEGRADED, degraded());
  }

  /** What was foreseen does not come: a lease ended while it was to be degraded. */
  @Test
  void aRefusalOfWhatWasForeseenLeavesNobodyOut() {
    for (int i = 0; i < DEGRADED; i++) {
      create("d" + i, "leaf1-host1", "leaf2-host1", 100 + i);
    }
    control.runAll();
    listening.hold();
    LinkId uplink = lease("d0").path().links().get(1);
    submit(new Command.ObserveLink(uplink, false, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.runAll();
    submit(new Command.ForceRelease(name("d3"), null, control.nowMs()));
    listening.release();
    control.advanceMs(1_000);
    assertEquals(DEGRADED - 1, degraded());
  }

  /**
   * Two leases of a tenth of a line each, one of which may burst; then a failure needs its room.
   */
  @Test
  void roomIsGivenToWhoMayBurstAndTakenBackWithoutACall() {
    twoSpines();
    long line = log.state().topology().reservableBps(0);
    create("a", "leaf1-host1", "leaf2-host1", 1, line / 10, line);
    create("b", "leaf1-host2", "leaf2-host2", 2, line);
    control.runAll();
    assertEquals(line / 10, lease("a").grantedBps());
    control.advanceMs(LeaseKeeper.BURST_MS);
    assertEquals(line, lease("a").grantedBps(), said.toString());
    assertEquals(LeaseState.ACTIVE, lease("a").state());
    String etag = Long.toString(lease("a").revision());
    LinkId uplink = lease("b").path().links().get(1);
    submit(new Command.ObserveLink(uplink, false, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(5_000);
    assertEquals(line / 10, lease("a").grantedBps(), "what is guaranteed stays: " + said);
    assertEquals(line - line / 10, lease("b").grantedBps(), said.toString());
    submit(new Command.ObserveLink(uplink, true, Command.ObserveLink.UNKNOWN, control.nowMs()));
    control.advanceMs(5_000);
    assertEquals(line, lease("b").grantedBps());
    assertEquals(line, lease("a").grantedBps(), said.toString());
    assertEquals(etag, Long.toString(lease("a").revision()), "nobody asked for any of it");
    said.clear();
    control.advanceMs(10_000);
    assertEquals(List.of(), said.stream().filter(c -> c instanceof Command.SetBursts).toList());
  }

  @Test
  void whatIsScheduledTakesItsRoomBackWhenItStarts() {
    twoSpines();
    long line = log.state().topology().reservableBps(0);
    create("a", "leaf1-host1", "leaf2-host1", 1, line / 2, line);
    control.runAll();
    control.advanceMs(LeaseKeeper.BURST_MS);
    assertEquals(line, lease("a").grantedBps());
    long start = control.nowMs() + 10_000;
    LeaseSpec spec =
        new LeaseSpec(
            new EndpointId("leaf1-host1"),
            new EndpointId("leaf2-host2"),
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(7)),
            line / 2,
            Terms.of(Objective.LATENCY),
            start,
            LeaseSpec.NEVER);
    Route route =
        Objects.requireNonNull(
            Placement.of(log.state(), spec, LeaseConditions.Now.calm(control.nowMs()))
                .route(Set.of()));
    submit(new Command.CreateLease(name("later"), spec, route, null, control.nowMs()));
    control.advanceMs(5_000);
    assertEquals(line, lease("a").grantedBps(), "it is not there yet");
    control.advanceMs(6_000);
    assertEquals(LeaseState.ACTIVE, lease("later").state(), lease("later").reason());
    assertEquals(line / 2, lease("a").grantedBps());
  }

  @Test
  void aMoveThatNoSwitchHeardOfIsNotAcknowledgedByTheGatesEnd() {
    twoSpines();
    create("a", "leaf1-host1", "leaf2-host1", 1, BPS);
    control.runAll();
    Lease before = lease("a");
    controller.lost(device("leaf1"), "a test");
    LinkId old = before.path().links().get(1);
    Route other =
        Objects.requireNonNull(
            Placement.instead(
                    log.state(),
                    before,
                    before.spec().with(before.spec().terms().with(avoiding(old))),
                    LeaseConditions.Now.calm(control.nowMs()))
                .route(Set.of()));
    Command.Move move = new Command.Move(name("a"), before.generation(), other);
    submit(new Command.MoveLeases(List.of(move), "", control.nowMs()));
    control.advanceMs(1_000);
    assertEquals(LeaseState.PROVISIONING, lease("a").state());
    controller.ready(device("leaf1"));
    control.advanceMs(1_000);
    assertEquals(LeaseState.ACTIVE, lease("a").state());
  }

  private static Constraints avoiding(LinkId link) {
    return Constraints.FREE.with(new Constraints.Avoid(Set.of(), Set.of(link), Set.of()));
  }

  private void twoSpines() {
    submit(
        new Command.SetInventory(
            new LeafSpine(2, 2, 2).inventory(FabricOptions.DEFAULT), control.nowMs()));
    control.runAll();
    log.state().inventory().devices().forEach((id, d) -> controller.ready(id));
    control.advanceMs(1_000);
  }

  private Lease lease(String id) {
    return Objects.requireNonNull(log.state().leases().get(name(id)));
  }

  private static DeviceId device(String id) {
    return new DeviceId(id);
  }

  /** The log, and what a controller says to it; what is said may be held back for a while. */
  private final class Listening extends ForwardingLog {
    private boolean holds;
    private final List<Runnable> held = new ArrayList<>();

    Listening() {
      super(log);
    }

    @Override
    public CompletableFuture<Applied> submit(Command command) {
      said.add(command);
      if (!holds) {
        return log.submit(command);
      }
      CompletableFuture<Applied> answer = new CompletableFuture<>();
      held.add(() -> answer.complete(log.submit(command).join()));
      return answer;
    }

    void hold() {
      holds = true;
    }

    /** In the order in which it was said. */
    void release() {
      holds = false;
      held.forEach(Runnable::run);
      held.clear();
    }
  }
}
