package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Rejection;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LinkState;
import io.myelin.node.port.CapturedLog;
import io.myelin.node.store.InProcessStateLog;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Two switches, one cable, and what discovery makes of frames that come and do not. */
final class DiscoveryTest {
  private static final DeviceId A = new DeviceId("a");
  private static final DeviceId B = new DeviceId("b");
  private static final LinkId A_TO_B = LinkId.between(new PortRef(A, 1), new PortRef(B, 2));
  private static final LinkId B_TO_A = LinkId.between(new PortRef(B, 2), new PortRef(A, 1));
  private static final long CABLE_US = 30;

  private final Map<DeviceId, DeviceStatus.Phase> phases = new HashMap<>();
  private final Set<DeviceId> dead = new HashSet<>();

  /** Their sessions hold back what they would tell us. */
  private final Set<DeviceId> late = new HashSet<>();

  private final List<Runnable> held = new ArrayList<>();
  private final List<Runnable> echoes = new ArrayList<>();
  private boolean cable = true;
  private byte[] lastLldp = {};

  private long nowMs;
  private final StateLog log = new InProcessStateLog(1);
  private final FakeSwitch wire =
      new FakeSwitch() {
        @Override
        public void packetOut(DeviceId from, int port, byte[] frame) {
          lastLldp = frame;
          DeviceId to = from.equals(A) ? B : A;
          if (cable && !dead.contains(from) && isReady(to)) {
            Runnable arrival = () -> discovery.packetIn(to, to.equals(A) ? 1 : 2, frame);
            if (late.contains(to)) {
              held.add(arrival);
            } else {
              arrival.run();
            }
          }
        }

        @Override
        public void submitPacket(DeviceId from, byte[] frame) {
          if (!isReady(from)) {
            return;
          }
          if (label(frame) == Path.CONTROLLER_LABEL) {
            if (late.contains(from)) {
              echoes.add(() -> prober.packetIn(from, PortRef.CPU, echoed(frame)));
            } else if (!dead.contains(from)) {
              prober.packetIn(from, PortRef.CPU, echoed(frame));
            }
          } else if (cable && dead.isEmpty()) {
            prober.packetIn(A, PortRef.CPU, home(frame));
          }
        }
      };
  private final FrameSeal seal = FrameSeal.of(new byte[] {1});
  private final Rejections rejections = new Rejections(() -> nowMs);
  private final Prober prober =
      new Prober(log, wire, new ManualExecutor().guarded(), seal, rejections);
  private Discovery discovery = leads();

  private Discovery leads() {
    return new Discovery(
        new ControlContext(log, wire, new ManualExecutor().guarded(), () -> nowMs),
        new DeviceStatus() {
          @Override
          public Status of(DeviceId device) {
            return new Status(phases.getOrDefault(device, Phase.DISCONNECTED), "", 0);
          }

          @Override
          public void onChange(Runnable callback) {}
        },
        prober,
        Duration.ofMillis(100),
        seal,
        rejections);
  }

  DiscoveryTest() {
    Link there = new Link(new PortRef(A, 1), new PortRef(B, 2), 1_000_000, 0, 0);
    Link back = new Link(new PortRef(B, 2), new PortRef(A, 1), 1_000_000, 0, 0);
    Inventory inventory =
        new Inventory(
            "two",
            1.0,
            List.of(device(A, 1), device(B, 2)),
            List.of(there, back),
            List.of(),
            List.of());
    var unused = log.submit(new Command.SetInventory(inventory, 0)).join();
    phases.put(A, DeviceStatus.Phase.READY);
    phases.put(B, DeviceStatus.Phase.READY);
  }

  private static Device device(DeviceId id, int number) {
    return new Device(id, Device.Role.LEAF, "127.0.0.1:" + (5000 + number), number, "", "");
  }

  private boolean isReady(DeviceId id) {
    return phases.get(id) == DeviceStatus.Phase.READY;
  }

  private static int label(byte[] probe) {
    return ByteBuffer.wrap(probe).getInt(14) >>> 12;
  }

  /** The echo with the record of the switch that sends it back. */
  private static byte[] echoed(byte[] probe) {
    return returned(probe, 1, new long[][] {{1_000, 1_001}});
  }

  /** The probe with the records of two switches; B's clock is far ahead. */
  private static byte[] home(byte[] probe) {
    assertEquals(Path.label(new PortRef(A, 1)), label(probe), "A asks, by the cable's port");
    return returned(
        probe,
        3,
        new long[][] {
          {1_000 + 2 * CABLE_US + 500, 1_000 + 2 * CABLE_US + 501}, // back at A
          {900_000, 900_500}, // B kept it for 500 us
          {990, 1_000} // out of A
        });
  }

  /** A probe without its labels, with records of when it came in and went out, newest first. */
  private static byte[] returned(byte[] probe, int labels, long[][] records) {
    int from = 14 + 4 * labels;
    ByteBuffer b = ByteBuffer.allocate(14 + 10 + 27 * records.length + FrameSeal.Stamp.BYTES);
    b.position(12);
    b.putShort((short) 0x88b5).put(probe, from, 8).put((byte) records.length).put((byte) 0);
    for (long[] r : records) {
      record(b, r[0], r[1]);
    }
    b.put(probe, from + 10, FrameSeal.Stamp.BYTES);
    return b.array();
  }

  private static void record(ByteBuffer b, long inUs, long outUs) {
    b.position(b.position() + 9);
    for (long us : List.of(inUs, outUs, 0L)) {
      b.putShort((short) (us >>> 32)).putInt((int) us);
    }
  }

  private void rounds(int n) {
    for (int i = 0; i < n; i++) {
      nowMs += 100;
      discovery.tick();
    }
  }

  private FabricState state() {
    return log.state();
  }

  @Test
  void aCableIsFoundAndMeasuredBothWays() {
    rounds(2);
    for (LinkId id : List.of(A_TO_B, B_TO_A)) {
      LinkState seen = state().link(id);
      assertTrue(seen.observed() && seen.up(), id.value());
      assertEquals(CABLE_US * 1_000, seen.measuredLatencyNs(), "half of the round trip, without B");
    }
  }

  @Test
  void aSilentCableIsDownAfterThreeRoundsAndComesBack() {
    rounds(2);
    cable = false;
    rounds(Discovery.MISSES);
    assertTrue(state().isUp(A_TO_B), "not yet");
    rounds(1);
    assertFalse(state().isUp(A_TO_B));
    assertFalse(state().isUp(B_TO_A));
    cable = true;
    rounds(2);
    assertFalse(state().isUp(A_TO_B), "it has to be well for a while");
    rounds(2);
    assertTrue(state().isUp(A_TO_B) && state().isUp(B_TO_A));
  }

  /** A session that is busy with something else, a paused process, a starved machine. */
  @Test
  void whatIsLateIsNotLost() {
    rounds(2);
    late.add(B);
    for (int second = 0; second < 10; second++) {
      rounds(Discovery.SILENT - 1);
      assertTrue(state().isUp(A_TO_B), "its frames may still come");
      held.forEach(Runnable::run);
      echoes.forEach(Runnable::run);
      held.clear();
      echoes.clear();
    }
    assertTrue(state().isUp(A_TO_B) && state().isUp(B_TO_A));
    assertEquals(Map.of(), rejections.of(B), "no frame was that old");
  }

  @Test
  void whoseEchoIsMissingForLongIsNotHeardAnyMore() {
    rounds(2);
    late.add(B);
    rounds(Discovery.SILENT);
    assertTrue(state().isUp(A_TO_B), "not yet");
    rounds(1);
    assertFalse(state().isUp(A_TO_B));
  }

  @Test
  void aDeadPortIsBelievedAtOnceAndNotTrustedSoon() {
    rounds(2);
    discovery.portDown(A, 1);
    assertFalse(state().isUp(A_TO_B) || state().isUp(B_TO_A));
    rounds(1); // a frame that was on its way
    assertFalse(state().isUp(A_TO_B) || state().isUp(B_TO_A));
    rounds(3);
    assertTrue(state().isUp(A_TO_B) && state().isUp(B_TO_A));
    for (int flap = 0; flap < 3; flap++) {
      discovery.portDown(A, 1);
      rounds(4);
    }
    assertFalse(state().isUp(A_TO_B), "the more often, the longer");
    discovery = leads(); // another leader, which saw none of it, keeps it out as long
    rounds(60);
    assertFalse(state().isUp(A_TO_B), "how often it failed is in the log");
    rounds(140);
    assertTrue(state().isUp(A_TO_B) && state().isUp(B_TO_A));
    discovery.portDown(A, 99); // a host's port is nobody's link
  }

  /** Its tables are still there: no reason to move anything. */
  @Test
  void aSwitchWithoutControllerButWithDataPlaneKeepsItsLinks() {
    rounds(2);
    phases.put(B, DeviceStatus.Phase.DISCONNECTED);
    rounds(20);
    assertTrue(state().isUp(A_TO_B) && state().isUp(B_TO_A));
  }

  @Test
  void aDeadSwitchLosesItsLinks() {
    rounds(2);
    phases.put(B, DeviceStatus.Phase.DISCONNECTED);
    dead.add(B);
    rounds(Discovery.MISSES + 1);
    assertFalse(state().isUp(A_TO_B));
    assertFalse(state().isUp(B_TO_A), "nobody is there to say so");
    dead.clear();
    phases.put(B, DeviceStatus.Phase.READY);
    rounds(3);
    assertTrue(state().isUp(A_TO_B) && state().isUp(B_TO_A));
  }

  @Test
  void aSwitchThatNeverCameIsNotMissed() {
    phases.put(B, DeviceStatus.Phase.DISCONNECTED);
    dead.add(B);
    rounds(20);
    assertTrue(state().isUp(A_TO_B));
  }

  @Test
  void aSwitchBeingProgrammedIsNotJudged() {
    rounds(2);
    phases.put(B, DeviceStatus.Phase.SYNCING);
    rounds(20);
    assertTrue(state().isUp(A_TO_B));
  }

  // ---- frames that are not what they say -------------------------------------------------------

  private long rejected(DeviceId at, Rejection why) {
    return rejections.of(at).getOrDefault(why, 0L);
  }

  /** A host that hears nothing of the fabric makes up a frame, under a key of its own. */
  @Test
  void aForgedFrameDoesNotReviveACable() {
    rounds(2);
    cable = false;
    rounds(Discovery.MISSES + 1);
    assertFalse(state().isUp(A_TO_B));
    FrameSeal guess = FrameSeal.of(new byte[] {2});
    for (int i = 0; i < 20; i++) {
      nowMs += 100;
      byte[] made = LldpFrame.of(guess, new PortRef(A, 1), 1_000 + i).encode(new MacAddress(5));
      discovery.packetIn(B, 2, made);
      FrameSeal.Stamp stamp = LldpFrame.of(seal, new PortRef(A, 9), 1_000 + i).stamp();
      discovery.packetIn(B, 2, new LldpFrame("a", 1, stamp).encode(new MacAddress(5)));
    }
    assertFalse(state().isUp(A_TO_B));
    assertEquals(20, rejected(B, Rejection.OTHER_KEY));
    assertEquals(20, rejected(B, Rejection.FORGED), "a tag of another port");
  }

  @Test
  void anOldFrameIsNotHeardAgain() {
    rounds(2);
    byte[] recorded = lastLldp; // from B to A: the last of a round
    cable = false;
    rounds(Discovery.MISSES + 1);
    assertFalse(state().isUp(B_TO_A));
    long before = rejected(A, Rejection.REPLAYED);
    for (int i = 0; i < 100; i++) {
      nowMs += 100;
      discovery.packetIn(A, 1, recorded);
    }
    assertFalse(state().isUp(B_TO_A));
    assertEquals(before + 100, rejected(A, Rejection.REPLAYED));
  }

  /** One that never arrived is as old as any other after ten rounds. */
  @Test
  void aFrameThatWasHeldBackIsTooLate() {
    rounds(2);
    cable = false;
    rounds(1);
    byte[] heldBack = lastLldp;
    rounds(Discovery.SILENT);
    discovery.packetIn(A, 1, heldBack);
    assertEquals(1, rejected(A, Rejection.LATE));
    assertFalse(state().isUp(B_TO_A));
    discovery.packetIn(A, 1, heldBack);
    assertEquals(1, rejected(A, Rejection.REPLAYED), "the same one again");
  }

  /** A starved machine or switch: frames overtake each other, and some come when all is over. */
  @Test
  void genuineFramesInWhateverOrderAreNoAlarm() {
    Random random = new Random(7);
    try (CapturedLog said = new CapturedLog(Rejections.class)) {
      rounds(2);
      late.add(B);
      late.add(A);
      for (int burst = 0; burst < 20; burst++) {
        rounds(1 + random.nextInt(3 * Discovery.SILENT));
        Collections.shuffle(held, random);
        held.forEach(Runnable::run);
        held.clear();
        echoes.forEach(Runnable::run);
        echoes.clear();
      }
      assertTrue(rejected(B, Rejection.LATE) > 0);
      assertEquals(0, rejected(B, Rejection.REPLAYED));
      assertEquals(List.of(), said.lines());
    }
  }

  /**
   * Frames of before the change are under way while the link leaves the inventory and returns: no
   * frame of afterwards may bear the number of one of them.
   */
  @Test
  void aLinkThatLeavesTheInventoryAndReturnsIsNoAlarm() {
    Inventory whole = state().inventory();
    Inventory bare =
        new Inventory(
            "two", 1.0, List.of(device(A, 1), device(B, 2)), List.of(), List.of(), List.of());
    try (CapturedLog said = new CapturedLog(Rejections.class)) {
      rounds(2);
      late.add(B);
      rounds(3);
      var unused = log.submit(new Command.SetInventory(bare, 0)).join();
      rounds(1);
      unused = log.submit(new Command.SetInventory(whole, 0)).join();
      rounds(5);
      assertEquals(8, held.size(), "three of before, five of afterwards");
      held.forEach(Runnable::run);
      assertEquals(Map.of(Rejection.LATE, 3L), rejections.of(B));
      assertEquals(List.of(), said.lines());
    }
    assertTrue(state().isUp(A_TO_B));
  }

  @Test
  void aWrongCableIsSaidOnceAndNotEveryRound() {
    try (CapturedLog said = new CapturedLog(Discovery.class)) {
      for (int i = 1; i <= 20; i++) {
        byte[] frame = LldpFrame.of(seal, new PortRef(A, 1), i).encode(new MacAddress(5));
        discovery.packetIn(B, 7, frame);
      }
      assertEquals(1, said.lines().size(), said.lines().toString());
    }
  }

  /** It is genuine, and says that the cable is not where it should be. */
  @Test
  void aFrameAtAnotherPortRevivesNothing() {
    rounds(2);
    cable = false;
    rounds(1);
    discovery.packetIn(B, 7, lastLldpOfA());
    LinkId seen = LinkId.between(new PortRef(A, 1), new PortRef(B, 7));
    assertEquals(Map.of(A_TO_B, seen), discovery.miscabled());
    rounds(Discovery.MISSES);
    assertFalse(state().isUp(A_TO_B));
    cable = true;
    rounds(1);
    assertEquals(Map.of(), discovery.miscabled(), "it is where it should be again");
  }

  private byte[] lastLldpOfA() {
    return LldpFrame.of(seal, new PortRef(A, 1), 3).encode(new MacAddress(5));
  }

  @Test
  void theFramesOfALeaderBeforeSayNothingAndHarmNothing() {
    FrameSeal before = FrameSeal.of(new byte[] {3});
    for (int i = 1; i <= 50; i++) {
      discovery.packetIn(
          B, 2, LldpFrame.of(before, new PortRef(A, 1), i).encode(new MacAddress(5)));
    }
    assertFalse(state().link(A_TO_B).observed());
    rounds(2);
    assertTrue(state().link(A_TO_B).observed() && state().isUp(A_TO_B));
  }

  @Test
  void aProbeCountsOnceAndOnlyWithItsTagAndAtHome() {
    rounds(2);
    cable = false;
    List<Long> measured = new ArrayList<>();
    Link link = state().inventory().links().get(A_TO_B);
    byte[][] sent = new byte[1][];
    FakeSwitch silent =
        new FakeSwitch() {
          @Override
          public void submitPacket(DeviceId from, byte[] frame) {
            sent[0] = home(frame);
          }
        };
    Prober one = new Prober(log, silent, new ManualExecutor().guarded(), seal, rejections);
    one.thereAndBack(java.util.Objects.requireNonNull(link), measured::add);
    byte[] forged = sent[0].clone();
    forged[forged.length - 1] ^= 1;
    one.packetIn(A, PortRef.CPU, forged);
    one.packetIn(B, PortRef.CPU, sent[0]);
    assertEquals(List.of(), measured);
    assertEquals(1, rejected(A, Rejection.FORGED));
    assertEquals(1, rejected(B, Rejection.FORGED), "its labels lead to A");
    one.packetIn(A, PortRef.CPU, sent[0]);
    one.packetIn(A, PortRef.CPU, sent[0]);
    assertEquals(1, measured.size(), "a forgery costs the genuine one nothing");
    assertEquals(1, rejected(A, Rejection.UNEXPECTED), "and once is enough");
  }

  @Test
  void foreignLldpIsCountedAndIgnored() {
    byte[] foreign = java.util.HexFormat.of().parseHex("0180c200000e02000000000588cc0000");
    discovery.packetIn(B, 2, foreign);
    assertEquals(1, rejected(B, Rejection.MALFORMED));
  }

  /** An inventory that is applied while the fabric runs: its cables are used once they are seen. */
  @Test
  void aNewCableIsInUseOnceItIsSeen() {
    Inventory whole = state().inventory();
    Inventory without = new InventoryDraft(whole).without(A_TO_B).build();
    rounds(2);
    var unused = log.submit(new Command.ApplyInventory(without, 0, 1)).join();
    rounds(2);
    unused = log.submit(new Command.ApplyInventory(whole, 1, 1)).join();
    assertFalse(state().isUp(A_TO_B));
    phases.put(A, DeviceStatus.Phase.SYNCING);
    rounds(2);
    assertFalse(state().isUp(A_TO_B), "A may not have what it needs for it");
    phases.put(A, DeviceStatus.Phase.READY);
    rounds(2);
    assertTrue(state().isUp(A_TO_B) && state().isUp(B_TO_A));
  }
}
