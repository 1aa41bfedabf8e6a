package io.myelin.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.StateMachine;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

final class FlowFabricTest {
  /** What switches hold in their routing tables, with cables cut, is what the simulator goes by. */
  @Property(tries = 15)
  void nextHopsAreThoseOfTheRoutingTables(@ForAll long seed) {
    Random random = new Random(seed);
    Inventory inventory =
        GeneratedFabric.parse(
                "fabric", List.of("leaf-spine:3x3x1", "fat-tree:4").get(random.nextInt(2)))
            .inventory(FabricOptions.DEFAULT);
    FlowFabric fabric = new FlowFabric(inventory);
    FabricState s =
        StateMachine.apply(FabricState.EMPTY, new Command.SetInventory(inventory, 0)).after();
    for (int l = 0; l < fabric.topology().fabricLinks(); l++) {
      if (fabric.topology().reverse(l) > l && random.nextInt(6) == 0) {
        fabric.setUp(l, FlowFabric.Cable.CUT);
        for (int both : new int[] {l, fabric.topology().reverse(l)}) {
          s =
              StateMachine.apply(
                      s,
                      new Command.ObserveLink(
                          fabric.topology().id(both), false, Command.ObserveLink.UNKNOWN, 1))
                  .after();
        }
      }
    }
    for (Map.Entry<DeviceId, Device> device : inventory.devices()) {
      Map<String, List<Integer>> table = routing(s, device.getKey());
      int from = fabric.topology().number(device.getKey());
      for (int nic = 0; nic < fabric.nics(); nic++) {
        if (fabric.leaf(nic) == from) {
          continue;
        }
        List<Integer> ports =
            Arrays.stream(fabric.nextHops(from, fabric.leaf(nic)))
                .mapToObj(l -> fabric.topology().link(l).from().port())
                .toList();
        assertEquals(
            table.getOrDefault(String.valueOf(fabric.nic(nic).ip().value()), List.of()),
            ports,
            device.getKey() + " to " + fabric.nic(nic).id() + ", seed " + seed);
      }
    }
  }

  /** Ports of each address's group, as often as their weights say. */
  private static Map<String, List<Integer>> routing(FabricState s, DeviceId device) {
    Map<String, List<Integer>> table = new HashMap<>();
    for (Entry e : MyelinPipeline.INSTANCE.entries(s, device).values()) {
      if (e.key().table() == MyelinTable.ROUTING && e.action() instanceof EntryAction.Weighted w) {
        List<Integer> ports = new ArrayList<>();
        for (EntryAction.Member m : w.members()) {
          for (int i = 0; i < m.weight(); i++) {
            ports.add((int) m.call().args().get(0).value().lo());
          }
        }
        table.put(String.valueOf(e.key().match().get(0).value()), ports);
      }
    }
    return table;
  }
}
