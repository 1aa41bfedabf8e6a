package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LinkState;
import io.myelin.node.store.InProcessStateLog;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
  private boolean cable = true;

  private long nowMs;
  private final StateLog log = new InProcessStateLog(1);
  private final FakeSwitch wire =
      new FakeSwitch() {
        @Override
        public void packetOut(DeviceId from, int port, byte[] frame) {
          DeviceId to = from.equals(A) ? B : A;
          if (cable && !dead.contains(from) && isReady(to)) {
            discovery.packetIn(to, to.equals(A) ? 1 : 2, frame);
          }
        }

        @Override
        public void submitPacket(DeviceId from, byte[] frame) {
          if (cable && dead.isEmpty() && isReady(from)) {
            prober.packetIn(home(frame));
          }
        }
      };
  private final Prober prober = new Prober(log, wire, new ManualExecutor());
  private final Discovery discovery =
      new Discovery(
          log,
          wire,
          new DeviceStatus() {
            @Override
            public Status of(DeviceId device) {
              return new Status(phases.getOrDefault(device, Phase.DISCONNECTED), "", 0);
            }

            @Override
            public void onChange(Runnable callback) {}
          },
          prober,
          () -> nowMs,
          Duration.ofMillis(100));

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

  /** The probe with the records of two switches; B's clock is far ahead. */
  private static byte[] home(byte[] probe) {
    int labels = ByteBuffer.wrap(probe).getInt(14) >>> 12;
    assertEquals(Path.label(new PortRef(A, 1)), labels, "A asks, by the cable's port");
    int id = ByteBuffer.wrap(probe).getInt(14 + 3 * 4 + 4);
    ByteBuffer b = ByteBuffer.allocate(14 + 10 + 3 * 27);
    b.position(12);
    b.putShort((short) 0x88b5).putInt(0x1000_7ff8).putInt(id).put((byte) 3).put((byte) 0);
    record(b, 1_000 + 2 * CABLE_US + 500, 1_000 + 2 * CABLE_US + 501); // back at A
    record(b, 900_000, 900_500); // B kept it for 500 us
    record(b, 990, 1_000); // out of A
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
    rounds(200);
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
}
