package io.myelin.node.inventory;

import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Inventories and node files that somebody wrote. The first byte says which. Either the answer is
 * an {@link InventoryException}, or what was read is written and read back to the same.
 */
public final class YamlFuzz {
  private YamlFuzz() {}

  /** Read by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    String text = new String(Arrays.copyOfRange(data, 1, data.length), StandardCharsets.UTF_8);
    try {
      if ((data[0] & 1) == 0) {
        inventory(text);
      } else {
        NodeFile.parse("fuzz.yaml", text, Path.of(""));
      }
    } catch (InventoryException refused) {
      if (String.valueOf(refused.getMessage()).isEmpty()) {
        throw new AssertionError("refused without a reason", refused);
      }
    }
  }

  private static void inventory(String text) {
    Inventory read = InventoryFile.parse("fuzz.yaml", text);
    String written = InventoryFile.write(read);
    String again;
    try {
      again = InventoryFile.write(InventoryFile.parse("written.yaml", written));
    } catch (InventoryException e) {
      throw new AssertionError("what was written is refused:\n" + written, e);
    }
    if (!written.equals(again)) {
      throw new AssertionError("not read back to the same:\n" + written + "\n" + again);
    }
  }

  /** To begin with. */
  public static List<byte[]> seeds() {
    return List.of(
        kind(0, InventoryFile.write(new LeafSpine(2, 1, 1).inventory(FabricOptions.DEFAULT))),
        kind(
            0,
            """
            fabric: two
            reservableShare: 0.95
            qos: {kMin: 100KB, kMax: 400KB, pMax: 0.2, at: 100G, packetBytes: 1090, holdoff: 1ms,
                  dscpQueues: [{dscp: 46, queue: 6}]}
            punt: {hostPps: 50, fabricPps: 500}
            tenants: [{name: blue, mayReach: [red]}, {name: red}]
            devices:
              - {name: a, role: leaf, address: "127.0.0.1:1", deviceId: 1, region: "DE", site: x}
              - {name: b, role: spine, address: "127.0.0.1:2", deviceId: 2, maxLabels: 6}
            links:
              - {a: a/1, b: b/1, capacity: 100G, latency: 1.5us, costMicrosPerGb: 3, jitter: 1us,
                 loss: 0.01%, regions: [DE], encryption: macsec, medium: fibre, srlgs: [duct1]}
            endpoints:
              - {name: g1, attach: a/2, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: blue,
                 capacity: 100G, rack: r1, host: h1, rail: 0}
              - {name: g2, attach: a/3, ip: "fd00::1", mac: "02:00:00:00:00:02", tenant: red,
                 capacity: 100G}
            """),
        kind(1, "member: n1\ndata: \"a\\0b\"\ninventory: fabric.yaml\n"),
        kind(
            1,
            """
            member: n1
            data: data
            inventory: fabric.yaml
            election: 300ms
            members:
              - {id: n1, raft: 127.0.0.1:1, api: 127.0.0.1:2}
              - {id: n2, raft: 127.0.0.1:3, api: 127.0.0.1:4}
              - {id: n3, raft: 127.0.0.1:5, api: "[::1]:6"}
            """));
  }

  private static byte[] kind(int kind, String text) {
    byte[] rest = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + rest.length).put((byte) kind).put(rest).array();
  }
}
