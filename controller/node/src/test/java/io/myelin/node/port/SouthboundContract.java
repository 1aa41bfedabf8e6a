package io.myelin.node.port;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.Difference;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.StateMachine;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every southbound promises: see {@link Southbound}. */
public abstract class SouthboundContract {
  protected static final Inventory INVENTORY =
      new LeafSpine(2, 2, 2).inventory(FabricOptions.DEFAULT);

  private static final FabricState STATE =
      StateMachine.apply(FabricState.EMPTY, new Command.SetInventory(INVENTORY, 1)).after();
  private static final long TIMEOUT_S = 30;

  /** A switch of the fabric that runs our pipeline, as {@link #open} can reach it. */
  protected abstract Device device();

  /** A southbound that can reach {@link #device}. */
  protected abstract Southbound open() throws Exception;

  private record Packet(int port, PuntReason reason, byte[] frame) {}

  /** Hears what a southbound tells. */
  private static final class Ear implements Southbound.Listener {
    final CompletableFuture<DeviceId> ready = new CompletableFuture<>();
    final BlockingQueue<Packet> packets = new LinkedBlockingQueue<>();

    @Override
    public void ready(DeviceId device) {
      ready.complete(device);
    }

    @Override
    public int strangers(DeviceId device, Map<EntryKey, Entry> tables) {
      return 0;
    }

    @Override
    public void outbid(DeviceId device, U128 heard) {}

    @Override
    public void doubtful(DeviceId device, String why) {}

    @Override
    public void lost(DeviceId device, String why) {}

    @Override
    public void packetIn(
        DeviceId device, int ingressPort, PuntReason reason, long switchTimeUs, byte[] frame) {
      packets.add(new Packet(ingressPort, reason, frame));
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(TIMEOUT_S, TimeUnit.SECONDS);
  }

  private Ear connect(Southbound southbound) throws Exception {
    Ear ear = new Ear();
    southbound.connect(device(), ear);
    assertEquals(device().id(), await(ear.ready));
    return ear;
  }

  private SortedMap<EntryKey, Entry> desired() {
    return MyelinPipeline.INSTANCE.entries(STATE, device().id());
  }

  /** Stage by stage, as the reconciler does. */
  private void write(Southbound southbound, List<TableUpdate> updates) throws Exception {
    List<TableUpdate> stage = new ArrayList<>();
    for (TableUpdate u : updates) {
      if (!stage.isEmpty() && stage.get(0).entry().key().table() != u.entry().key().table()) {
        acknowledged(southbound, List.copyOf(stage));
        stage.clear();
      }
      stage.add(u);
    }
    acknowledged(southbound, stage);
  }

  private void acknowledged(Southbound southbound, List<TableUpdate> updates) throws Exception {
    assertEquals(
        Collections.nCopies(updates.size(), WriteOutcome.acknowledged()),
        await(southbound.write(device().id(), updates)));
  }

  private Map<EntryKey, Entry> read(Southbound southbound) throws Exception {
    return await(southbound.readTables(device().id()));
  }

  private Map<EntryKey, Entry> withoutDefaults(Map<EntryKey, Entry> entries) {
    Map<EntryKey, Entry> rest = new HashMap<>(entries);
    rest.keySet().removeIf(EntryKey::isDefault);
    return rest;
  }

  private Entry steering(long rateBytesPerS) {
    return new Entry(
        new EntryKey(
            MyelinTable.PATH_STEERING,
            List.of(
                FieldMatch.ternary("tenant", 1, 16),
                FieldMatch.ternary("ip_protocol", 17, 8),
                FieldMatch.ternary("dst_port", 4791, 16)),
            20),
        new EntryAction.Call(
            "push_1",
            List.of(
                new EntryAction.Arg("label1", io.myelin.core.model.U128.of(0x10101)),
                new EntryAction.Arg("tc", io.myelin.core.model.U128.of(1)),
                new EntryAction.Arg("gated", io.myelin.core.model.U128.ZERO))),
        new Entry.Meter(rateBytesPerS, 73_728, rateBytesPerS + rateBytesPerS / 20, 147_456));
  }

  @Test
  protected void whatIsWrittenIsReadAndThenGone() throws Exception {
    try (Southbound southbound = open()) {
      connect(southbound);
      SortedMap<EntryKey, Entry> desired = desired();
      assertTrue(desired.size() > 20, "a leaf has more than " + desired.size() + " entries");
      write(southbound, Difference.of(desired, read(southbound)));
      assertEquals(
          List.of(),
          Difference.of(withoutDefaults(desired), read(southbound)),
          "nothing is left to do");
      write(southbound, Difference.of(Map.of(), read(southbound)));
      assertEquals(Map.of(), read(southbound));
    }
  }

  @Test
  protected void aModifyReplacesActionAndMeter() throws Exception {
    try (Southbound southbound = open()) {
      connect(southbound);
      Entry first = steering(1_000_000);
      Entry second = steering(2_000_000);
      write(southbound, List.of(new TableUpdate(TableUpdate.Type.INSERT, first)));
      assertEquals(first, read(southbound).get(first.key()));
      write(southbound, List.of(new TableUpdate(TableUpdate.Type.MODIFY, second)));
      assertEquals(second, read(southbound).get(first.key()));
      assertTrue(
          await(southbound.readDirect(device().id(), MyelinTable.PATH_STEERING))
              .containsKey(first.key()),
          "its counter is there");
      write(southbound, List.of(new TableUpdate(TableUpdate.Type.DELETE, second)));
      assertFalse(read(southbound).containsKey(first.key()));
    }
  }

  @Test
  protected void countersAreReadWhole() throws Exception {
    try (Southbound southbound = open()) {
      connect(southbound);
      List<List<Southbound.Count>> counts =
          await(
              southbound.readCounters(
                  device().id(), List.of("drop_counter", "egress_port_counter")));
      assertEquals(2, counts.size());
      assertFalse(counts.get(0).isEmpty());
      assertFalse(counts.get(1).isEmpty());
    }
  }

  @Test
  protected void aPacketToTheCpuPortComesBack() throws Exception {
    try (Southbound southbound = open()) {
      Ear ear = connect(southbound);
      byte[] frame = new byte[64];
      for (int i = 0; i < frame.length; i++) {
        frame[i] = (byte) (i + 1);
      }
      frame[12] = (byte) 0x88;
      frame[13] = (byte) 0xb5; // for local experiments, IEEE 802
      southbound.packetOut(device().id(), PortRef.CPU, frame);
      Packet echo = ear.packets.poll(TIMEOUT_S, TimeUnit.SECONDS);
      if (echo == null) {
        throw new AssertionError("no echo");
      }
      assertEquals(PuntReason.ECHO, echo.reason);
      assertArrayEquals(frame, echo.frame);
    }
  }

  @Test
  protected void aDeviceThatIsNotConnectedIsNamed() throws Exception {
    try (Southbound southbound = open()) {
      connect(southbound);
      var e =
          assertThrows(
              IllegalArgumentException.class, () -> southbound.readTables(new DeviceId("nowhere")));
      assertTrue(String.valueOf(e.getMessage()).contains("nowhere"), e.getMessage());
      assertThrows(IllegalStateException.class, () -> southbound.connect(device(), new Ear()));
    }
  }
}
