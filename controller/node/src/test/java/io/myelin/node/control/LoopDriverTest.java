package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.loop.Decision;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Queues;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.Table;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.ForwardingLog;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.SteeredFlow;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What is recorded of the loops' decisions: one for each change. */
final class LoopDriverTest {
  private static final DeviceId LEAF = new DeviceId("leaf1");
  private static final DeviceId OTHER = new DeviceId("leaf2");
  private static final int UPLINK = 1;

  private final ManualExecutor control = new ManualExecutor();
  private final List<Command> refused = new ArrayList<>();
  private boolean refusing;

  /** Of the switches' time one second passes in so many of the controller's. */
  private int slowness = 1;

  private boolean allFull;
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final Switches switches = new Switches();
  private Controller controller;
  private final Endpoint source;
  private final Endpoint destination;
  private final List<RecordedDecision> heard = new ArrayList<>();

  /** A switch for each device; one uplink of a leaf is full. */
  private final class Switches implements Southbound {
    final Map<DeviceId, FakeSwitch> all = new HashMap<>();

    FakeSwitch of(DeviceId id) {
      return all.computeIfAbsent(id, i -> new FakeSwitch());
    }

    @Override
    public Pipeline pipeline() {
      return MyelinPipeline.INSTANCE;
    }

    @Override
    public void connect(Device device, Listener listener) {}

    @Override
    public void disconnect(DeviceId device) {}

    @Override
    public CompletableFuture<List<WriteOutcome>> write(DeviceId device, List<TableUpdate> updates) {
      return of(device).write(device, updates);
    }

    @Override
    public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId device) {
      return of(device).readTables(device);
    }

    @Override
    public CompletableFuture<List<List<Count>>> readCounters(
        DeviceId device, List<String> counters) {
      List<Count> ports = new ArrayList<>(Collections.nCopies(64, new Count(0, 0)));
      long bytes = capacityBps() / 8 * switchUs() / 1_000_000;
      Count full = new Count(bytes / 4_000, bytes);
      if (allFull) {
        Collections.fill(ports, full);
      } else if (device.equals(LEAF)) {
        ports.set(UPLINK, full);
      }
      return CompletableFuture.completedFuture(Collections.nCopies(4, ports));
    }

    @Override
    public CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, Table table) {
      Map<EntryKey, Count> silent = new HashMap<>();
      of(device).tables.keySet().stream()
          .filter(k -> k.table() == table)
          .forEach(k -> silent.put(k, new Count(0, 0)));
      return CompletableFuture.completedFuture(silent);
    }

    @Override
    public void packetOut(DeviceId device, int port, byte[] frame) {}

    @Override
    public void submitPacket(DeviceId device, byte[] frame) {}

    @Override
    public void close() {}
  }

  LoopDriverTest() {
    var unused =
        log.submit(
                new Command.SetInventory(
                    new LeafSpine(2, 2, 2).inventory(FabricOptions.DEFAULT), 1))
            .join();
    source = log.state().inventory().endpointsAt(LEAF).get(0);
    destination = log.state().inventory().endpointsAt(OTHER).get(0);
    controller = leads();
    passMs(1_000);
  }

  private Controller leads() {
    Controller c =
        new Controller(
            new Refusing(),
            switches,
            control.guarded(),
            control::nowMs,
            Pace.of(Duration.ofDays(1)),
            FrameSeal.of(new byte[] {1}));
    c.onDecision(heard::add);
    c.start();
    control.runAll();
    log.state().inventory().devices().forEach((id, d) -> c.ready(id));
    return c;
  }

  /** The log, whose state refuses flows that are to be led when the test says so. */
  private final class Refusing extends ForwardingLog {
    Refusing() {
      super(log);
    }

    @Override
    public CompletableFuture<Applied> submit(Command command) {
      if (refusing && command instanceof Command.SteerFlow) {
        refused.add(command);
        FabricState s = log.state();
        return CompletableFuture.completedFuture(
            new Applied(s, s, new Outcome.NoPath("refused by the test"), List.of()));
      }
      return super.submit(command);
    }
  }

  private long capacityBps() {
    return log.state().topology().link(0).capacityBps();
  }

  private void passMs(long ms) {
    for (long t = 0; t < ms; t += 50) {
      control.runAll();
      switches.all.values().forEach(FakeSwitch::answerAll);
      control.advanceMs(50);
    }
  }

  private long switchUs() {
    return control.nowMs() * 1_000 / slowness;
  }

  private void queueTells(int port, int queue, int qp) {
    ByteBuffer b = ByteBuffer.allocate(128);
    b.putInt(1).putShort((short) port).put((byte) queue);
    b.put(new byte[] {0, 0, 40}).put(new byte[] {0, 0, 10}).put(new byte[] {0, 4, 42});
    b.put(new byte[6]);
    b.put(new byte[12]).putShort((short) 0x0800);
    b.put((byte) 0x45).put(new byte[8]).put((byte) 17).put(new byte[2]);
    b.put(source.ip().bytes()).put(destination.ip().bytes());
    b.putShort((short) 50_000).putShort((short) 4791).putInt(0);
    b.putInt(0).putInt(qp).putInt(1);
    controller.packetIn(LEAF, port, PuntReason.CONGESTION, switchUs(), b.array());
    control.runAll();
  }

  private long decided(Decision.Kind kind) {
    return controller.decisions().stream().filter(d -> d.decision().kind() == kind).count();
  }

  @Test
  void aQueueThatStaysFullAndCannotBeHelpedIsOneDecision() {
    int port = source.attachment().port();
    for (int i = 0; i < 200; i++) {
      queueTells(port, Queues.LEASED, 42);
      queueTells(port, Queues.ROCE, 42);
      passMs(100);
    }
    assertEquals(1, decided(Decision.Kind.NONE));
    assertEquals(1, heard.size(), "and who watches hears it once");
  }

  /** The last packet that met the queue tells of a flow that ended long ago. */
  @Test
  void aFlowOfAnOldEventIsLedOnce() {
    passMs(5_000);
    queueTells(UPLINK, Queues.ROCE, 42);
    passMs(60_000);
    assertEquals(1, decided(Decision.Kind.GUIDE), controller.decisions().toString());
    assertEquals(0, log.state().loops().steered().size(), "it was let go");
  }

  @Test
  void aDecisionThatTheStateRefusesIsSaidOnce() {
    refusing = true;
    for (int i = 0; i < 200; i++) {
      queueTells(UPLINK, Queues.ROCE, 42);
      passMs(100);
    }
    assertEquals(true, refused.size() > 2, "it was tried again and again");
    assertEquals(0, decided(Decision.Kind.GUIDE), "nothing was done");
    assertEquals(
        1,
        controller.decisions().stream()
            .filter(d -> d.decision().reason().equals("GUIDE was refused by the state: NoPath"))
            .count());
  }

  /** The leader dies; the next one knows what was decided, and leaves alone what was just moved. */
  @Test
  void theNextLeaderGoesOnWhereTheLastOneEnded() {
    passMs(5_000);
    queueTells(UPLINK, Queues.ROCE, 42);
    passMs(100);
    assertEquals(1, decided(Decision.Kind.GUIDE));
    List<RecordedDecision> before = controller.decisions();
    SteeredFlow flow = log.state().loops().steered().iterator().next().getValue();
    controller.close();

    controller = leads();
    passMs(300);
    assertEquals(ids(before), ids(controller.decisions()), "decisions outlive their leader");
    assertEquals(before.get(0).timeMs(), controller.decisions().get(0).timeMs());
    queueTells(UPLINK, Queues.ROCE, 42);
    passMs(100);
    assertEquals(
        flow,
        log.state().loops().steered().iterator().next().getValue(),
        "it stays for its dwell time");
    assertEquals(1, decided(Decision.Kind.GUIDE));
    long newest = controller.decisions().get(0).id();
    assertEquals(true, newest >= before.get(0).id(), "numbers rise over leaderships");
  }

  /**
   * Switches in software on a machine that cannot keep up: a full link carries a third of its rate
   * by the controller's clock. It has no room for another flow for that.
   */
  @Test
  void aFabricThatRunsSlowlyHasNoRoomForThat() {
    allFull = true;
    slowness = 3;
    for (int i = 0; i < 60; i++) {
      log.state().inventory().devices().forEach((id, d) -> tellsTime(id, 0));
      passMs(100);
    }
    queueTells(UPLINK, Queues.ROCE, 42);
    assertEquals(0, decided(Decision.Kind.GUIDE), controller.decisions().toString());
    assertEquals(1, decided(Decision.Kind.NONE));
  }

  /** The same, and what tells the switches' time comes late: a reading by itself shows room. */
  @Test
  void aFabricThatRunsSlowlyAndIsHeardLateHasNoRoomForThat() {
    allFull = true;
    slowness = 2;
    for (int i = 0; i < 100; i++) {
      long lateMs = i % 30 < 11 ? 900 : 0;
      log.state().inventory().devices().forEach((id, d) -> tellsTime(id, lateMs));
      passMs(100);
      queueTells(UPLINK, Queues.ROCE, 42);
    }
    assertEquals(0, decided(Decision.Kind.GUIDE), controller.decisions().toString());
  }

  /** What the one above would look like to a controller that rates by its own clock. */
  @Test
  void aFabricThatIsAThirdFullHasRoom() {
    allFull = true;
    slowness = 3;
    passMs(6_000);
    queueTells(UPLINK, Queues.ROCE, 42);
    assertEquals(1, decided(Decision.Kind.GUIDE), controller.decisions().toString());
  }

  private void tellsTime(DeviceId device, long lateMs) {
    long us = switchUs() - lateMs * 1_000 / slowness;
    controller.packetIn(device, 1, PuntReason.UNKNOWN, us, new byte[0]);
  }

  private static List<Long> ids(List<RecordedDecision> decisions) {
    return decisions.stream().map(RecordedDecision::id).toList();
  }
}
