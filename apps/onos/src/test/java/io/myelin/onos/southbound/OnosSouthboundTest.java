package io.myelin.onos.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.node.port.SouthboundContract;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.onos.fake.FakeOnos;
import io.myelin.onos.fake.OnosLibraries;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onosproject.cluster.NodeId;
import org.onosproject.net.MastershipRole;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.pi.runtime.PiPacketOperation;

/** The contract of southbounds on ONOS's services, and what is special there. */
class OnosSouthboundTest extends SouthboundContract {
  /** As in p4/include/headers.p4. */
  private static final int PUNT_LLDP = 1;

  private static final int PUNT_PROBE = 4;

  private final FakeOnos onos = new FakeOnos(OnosLibraries.pipeconf());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Override
  protected Device device() {
    return INVENTORY.devices().iterator().next().getValue();
  }

  private org.onosproject.net.DeviceId id() {
    return org.onosproject.net.DeviceId.deviceId("device:" + device().id());
  }

  @Override
  protected Southbound open() {
    if (onos.devices.getDevice(id()) == null) {
      onos.add(id(), 8);
    }
    return new OnosSouthbound(
        new OnosServices(
            FakeOnos.APP,
            FakeOnos.LOCAL,
            onos.pipeconf,
            onos.devices,
            onos.masters,
            onos.masters,
            onos.pipeconfs,
            onos.flows,
            onos.groups,
            onos.packets,
            onos.p4runtime),
        GuardedExecutor.around(timer, "timer"),
        d -> org.onosproject.net.DeviceId.deviceId("device:" + d));
  }

  /** What a device told, in order. */
  private static final class Ear implements Southbound.Listener {
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public void ready(DeviceId device) {
      told.add("ready");
    }

    @Override
    public int strangers(DeviceId device, Map<EntryKey, Entry> tables) {
      return 0;
    }

    @Override
    public void outbid(DeviceId device, U128 heard) {}

    @Override
    public void doubtful(DeviceId device, String why) {
      told.add("doubtful " + why);
    }

    @Override
    public void lost(DeviceId device, String why) {
      told.add("lost " + why);
    }

    @Override
    public void packetIn(DeviceId device, int port, PuntReason reason, long timeUs, byte[] frame) {
      told.add("packet " + port + " " + reason + " " + timeUs + " " + frame.length);
    }

    String next() throws InterruptedException {
      String s = told.poll(30, TimeUnit.SECONDS);
      if (s == null) {
        throw new AssertionError("nothing was told");
      }
      return s;
    }
  }

  private static List<WriteOutcome> write(Southbound s, Device d, TableUpdate... updates)
      throws Exception {
    return s.write(d.id(), List.of(updates)).get(30, TimeUnit.SECONDS);
  }

  private static TableUpdate insert(Entry e) {
    return new TableUpdate(TableUpdate.Type.INSERT, e);
  }

  private static Entry portStatus(int port) {
    return new Entry(
        new EntryKey(MyelinTable.PORT_STATUS, List.of(FieldMatch.exact("egress_port", port)), 0),
        new EntryAction.Weighted(
            List.of(
                new EntryAction.Member(EntryAction.call("port_is_up"), 1, port),
                new EntryAction.Member(EntryAction.call("port_is_down"), 1, 0))));
  }

  private String written(MyelinTable table) {
    List<String> all = new ArrayList<>();
    for (FlowEntry f : onos.flows.getFlowEntries(id())) {
      if (f.table().toString().endsWith(table.p4Name())) {
        all.add(f.treatment().toString());
      }
    }
    return String.join("\n", all);
  }

  @Test
  void isReadyOnlyAsMasterOfAConnectedDevice() throws Exception {
    try (Southbound southbound = open()) {
      onos.devices.available(id(), false);
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("lost ONOS has no connection with " + id(), ear.next());
      onos.devices.available(id(), true);
      assertEquals("ready", ear.next());
      onos.masters.setRole(new NodeId("n2"), id(), MastershipRole.MASTER);
      assertEquals("lost another ONOS node is master of " + id(), ear.next());
      assertEquals("ready", ear.next(), "the leader asked for mastership and got it");
    }
  }

  @Test
  void aPortThatGoesDownIsLeftOutOfGroupsAndTold() throws Exception {
    try (Southbound southbound = open()) {
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("ready", ear.next());
      assertEquals(
          List.of(WriteOutcome.acknowledged()), write(southbound, device(), insert(portStatus(3))));
      assertTrue(written(MyelinTable.PORT_STATUS).contains("port_is_up"));
      assertFalse(written(MyelinTable.PORT_STATUS).contains("port_is_down"));
      onos.devices.port(id(), 3, false);
      assertEquals("packet 3 " + PuntReason.PORT_DOWN + " 0 0", ear.next());
      // What comes after the rewrite on the same thread has seen it.
      timer.submit(() -> {}).get(30, TimeUnit.SECONDS);
      assertTrue(written(MyelinTable.PORT_STATUS).contains("port_is_down"));
      assertFalse(written(MyelinTable.PORT_STATUS).contains("port_is_up"));
      assertEquals(
          portStatus(3),
          southbound.readTables(device().id()).get(30, TimeUnit.SECONDS).get(portStatus(3).key()),
          "the core still sees what it asked for");
      onos.devices.port(id(), 3, true);
      timer.submit(() -> {}).get(30, TimeUnit.SECONDS);
      assertTrue(written(MyelinTable.PORT_STATUS).contains("port_is_up"));
    }
  }

  @Test
  void groupsThatDoNotFollowAPortPutTheDeviceInDoubt() throws Exception {
    try (Southbound southbound = open()) {
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("ready", ear.next());
      write(southbound, device(), insert(portStatus(3)));
      onos.refuse = r -> true;
      onos.devices.port(id(), 3, false);
      assertEquals("packet 3 " + PuntReason.PORT_DOWN + " 0 0", ear.next());
      assertEquals("doubtful groups do not follow ports [3]", ear.next());
    }
  }

  @Test
  void aRuleThatOnosCannotWriteIsTriedThreeTimesAndThenRefused() throws Exception {
    try (Southbound southbound = open()) {
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("ready", ear.next());
      onos.refuse = r -> r.table().toString().endsWith("port_status");
      List<WriteOutcome.Kind> kinds = new ArrayList<>();
      settle(southbound);
      for (int i = 0; i < 3; i++) {
        kinds.add(write(southbound, device(), insert(portStatus(2))).get(0).kind());
      }
      assertEquals(
          List.of(
              WriteOutcome.Kind.RETRYING, WriteOutcome.Kind.RETRYING, WriteOutcome.Kind.REFUSED),
          kinds);
      onos.refuse = r -> false;
      assertEquals(
          List.of(WriteOutcome.acknowledged()), write(southbound, device(), insert(portStatus(2))));
    }
  }

  /** Time passes in which the device stays ready. */
  private static void settle(Southbound southbound) {
    for (int i = 0; i < OnosDevice.SETTLING; i++) {
      ((OnosSouthbound) southbound).look();
    }
  }

  @Test
  void afterATakeoverNoFailureIsFinal() throws Exception {
    try (Southbound southbound = open()) {
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("ready", ear.next());
      onos.refuse = r -> true; // a rule of the last master, which this one does not know
      for (int i = 0; i < 10; i++) {
        assertEquals(
            WriteOutcome.Kind.RETRYING,
            write(southbound, device(), insert(portStatus(2))).get(0).kind());
      }
      onos.refuse = r -> false; // ONOS has found it, and taken it away
      assertEquals(
          List.of(WriteOutcome.acknowledged()), write(southbound, device(), insert(portStatus(2))));
    }
  }

  @Test
  void anEntryThatThePipelineDoesNotHaveIsRefusedAtOnceWithTheValidNames() throws Exception {
    try (Southbound southbound = open()) {
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("ready", ear.next());
      Entry wrong = new Entry(portStatus(2).key(), EntryAction.call("port_is_sideways"));
      WriteOutcome f = write(southbound, device(), insert(wrong)).get(0);
      assertEquals(WriteOutcome.Kind.REFUSED, f.kind());
      assertTrue(f.why().contains("port_is_sideways"), f.why());
      assertTrue(f.why().contains("port_is_down, port_is_up"), f.why());
    }
  }

  @Test
  void packetsBearTheirMetadataBothWays() throws Exception {
    try (Southbound southbound = open()) {
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("ready", ear.next());
      assertFalse(onos.packets.receive(id(), 5, PUNT_LLDP, 99, new byte[60]));
      assertEquals("packet 5 " + PuntReason.LLDP + " 99 60", ear.next());
      onos.packets.receive(id(), 5, PUNT_PROBE, 100, new byte[61]);
      assertEquals("packet 5 " + PuntReason.PROBE + " 100 61", ear.next());
      southbound.packetOut(device().id(), 4, new byte[60]);
      southbound.submitPacket(device().id(), new byte[60]);
      PiPacketOperation out = onos.packets.sent.get(0);
      assertEquals(4, FakeOnos.field(out, "egress_port"));
      assertEquals(0, FakeOnos.field(out, "submit"));
      assertEquals(1, FakeOnos.field(onos.packets.sent.get(1), "submit"));
    }
  }

  @Test
  void cloneSessionsDoNotWaitForOnossPoll() throws Exception {
    onos.groups.silent = true;
    try (Southbound southbound = open()) {
      Ear ear = new Ear();
      southbound.connect(device(), ear);
      assertEquals("ready", ear.next());
      Entry clone =
          new Entry(
              new EntryKey(
                  MyelinTable.CLONE_SESSION, List.of(FieldMatch.exact("session_id", 5)), 0),
              EntryAction.call(EntryAction.CLONE_TO, "port", 255));
      assertEquals(
          List.of(WriteOutcome.acknowledged()), write(southbound, device(), insert(clone)));
      assertEquals(
          clone, southbound.readTables(device().id()).get(30, TimeUnit.SECONDS).get(clone.key()));
      assertEquals(
          List.of(WriteOutcome.acknowledged()),
          write(southbound, device(), new TableUpdate(TableUpdate.Type.DELETE, clone)));
      assertFalse(
          southbound.readTables(device().id()).get(30, TimeUnit.SECONDS).containsKey(clone.key()));
    }
  }
}
