package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.port.ForwardingLog;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.node.thread.GuardedExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A leaf comes, a cable goes, and a task of the controller fails on the way: all gets there. */
final class InventoryChangeTest {
  private static final Inventory BEFORE = new LeafSpine(2, 1, 2).inventory(FabricOptions.DEFAULT);
  private static final Inventory GROWN = new LeafSpine(3, 1, 2).inventory(FabricOptions.DEFAULT);
  private static final DeviceId LEAF = new DeviceId("leaf1");
  private static final DeviceId NEW_LEAF = new DeviceId("leaf3");
  private static final Endpoint NEW_HOST =
      Objects.requireNonNull(GROWN.endpoints().get(new EndpointId("leaf3-host1")));

  private final ManualExecutor control = new ManualExecutor();
  private final List<String> failures = new ArrayList<>();
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final Map<DeviceId, FakeSwitch> switches = new TreeMap<>();
  private int connectFails;
  private int submitFails;

  private final FakeSwitch fabric =
      new FakeSwitch() {
        @Override
        public void connect(Device device, Listener listener) {
          if (device.id().equals(NEW_LEAF) && connectFails-- > 0) {
            throw new IllegalStateException("connecting fails");
          }
          switches.put(device.id(), new FakeSwitch());
          listener.ready(device.id());
        }

        @Override
        public CompletableFuture<List<WriteOutcome>> write(DeviceId d, List<TableUpdate> updates) {
          return Objects.requireNonNull(switches.get(d)).write(d, updates);
        }

        @Override
        public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId d) {
          return Objects.requireNonNull(switches.get(d)).readTables(d);
        }
      };

  InventoryChangeTest() {
    submit(new Command.SetInventory(BEFORE, 1));
    new Controller(
            new ForwardingLog(log) {
              @Override
              public CompletableFuture<Applied> submit(Command command) {
                if (command instanceof Command.ObserveLink c
                    && c.link().equals(NEW_HOST.uplink())
                    && submitFails-- > 0) {
                  throw new IllegalStateException("submitting fails");
                }
                return super.submit(command);
              }
            },
            fabric,
            GuardedExecutor.around(control, t -> failures.add(String.valueOf(t.getMessage()))),
            control::nowMs,
            Pace.of(Duration.ofDays(1)),
            FrameSeal.of(new byte[] {1}))
        .start();
    passMs(1_000);
  }

  private void submit(Command command) {
    var unused = log.submit(command).join();
  }

  private void apply(Inventory inventory) {
    submit(new Command.ApplyInventory(inventory, log.state().inventoryVersion(), 2));
    assertEquals(inventory, log.state().inventory());
  }

  /** All switches answer at once. */
  private void passMs(long ms) {
    for (long i = 0; i < ms; i++) {
      control.advanceMs(1);
      List.copyOf(switches.values()).forEach(FakeSwitch::answerAll);
      control.runAll();
    }
  }

  private static Inventory grownWithoutACable() {
    for (Map.Entry<LinkId, Link> e : BEFORE.links()) {
      if (e.getValue().from().device().equals(LEAF)) {
        return new InventoryDraft(GROWN).without(e.getKey()).build();
      }
    }
    throw new AssertionError("no cable at " + LEAF);
  }

  private void newHostIsReached() {
    assertTrue(log.state().isUp(NEW_HOST.uplink()), "uplink");
    assertTrue(log.state().isUp(NEW_HOST.downlink()), "downlink");
    FakeSwitch before = Objects.requireNonNull(switches.get(LEAF));
    assertEquals(1, before.reads, "a session is not begun again without need");
    int batches = before.batches.size();
    apply(BEFORE);
    passMs(1_000);
    assertTrue(before.batches.size() > batches, "tables follow the next inventory, too");
  }

  @Test
  void aStageThatFailsIsMadeUpFor() {
    connectFails = 2;
    apply(grownWithoutACable());
    passMs(2 * Reconciler.RECOVER_MS + 2_000);
    assertEquals(List.of("connecting fails", "connecting fails"), failures);
    newHostIsReached();
  }

  @Test
  void linksOfNewHostsAreSpokenOfAgain() {
    submitFails = 2;
    apply(grownWithoutACable());
    passMs(2 * Reconciler.RECOVER_MS + 2_000);
    assertEquals(List.of("submitting fails", "submitting fails"), failures);
    newHostIsReached();
  }
}
