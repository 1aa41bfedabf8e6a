package io.myelin.node.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.myelin.core.model.Inventory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TopologiesTest {
  @Test
  void theEndingSaysHowToRead(@TempDir Path dir) throws Exception {
    Map<String, String> files =
        Map.of(
            "a.yaml", "fabric: f\n",
            "b.YML", "fabric: f\n",
            "f.graphml", "<graphml><graph><node id='1'/></graph></graphml>",
            "f.json", "{\"nodes\": [{\"id\": 1}]}");
    for (Map.Entry<String, String> f : files.entrySet()) {
      Path file = Files.writeString(dir.resolve(f.getKey()), f.getValue());
      assertEquals("f", Topologies.read(file).inventory().name(), f.getKey());
    }
  }

  @Test
  void anotherEndingIsAnError() {
    assertEquals(
        "map.gml: its name does not say what it is; allowed: .yaml, .yml, .graphml, .json",
        message("map.gml"));
    assertEquals("no.graphml: there is no such file", message("no.graphml"));
  }

  private static String message(String file) {
    return String.valueOf(
        assertThrows(InventoryException.class, () -> Topologies.read(Path.of(file))).getMessage());
  }

  /** Nodes, cables, longest latency, and links whose latency is assumed. */
  @ParameterizedTest
  @CsvSource({
    "GtsCe.graphml, 149, 193, 3230577, median latency of the file: 17",
    "Interoute.graphml, 110, 156, 6137097, median latency of the file: 31",
    "Kdl.graphml, 754, 899, 809451, median latency of the file: 77",
    "TataNld.graphml, 145, 194, 2389718, median latency of the file: 6",
    "UsCarrier.graphml, 158, 189, 1244996, median latency of the file: 18",
    "B4.json, 12, 19, 0, latency unknown: 19",
  })
  void publishedMapsAreRead(String name, int nodes, int cables, long longestNs, String note) {
    ImportedTopology t = Topologies.read(folder().resolve(name));
    Inventory inv = t.inventory();
    assertEquals(nodes, inv.devices().size());
    assertEquals(nodes, inv.endpoints().size());
    assertEquals(2 * cables, inv.links().size());
    List<Long> latencies = new ArrayList<>();
    inv.links().forEach((id, l) -> latencies.add(l.latencyNs()));
    assertEquals(longestNs, Collections.max(latencies));
    assertEquals(
        "links with an end without coordinates, " + note, t.notes().get(t.notes().size() - 1));
    Inventory again = InventoryFile.parse(name, InventoryFile.write(inv));
    assertEquals(inv.devices(), again.devices());
    assertEquals(inv.links(), again.links());
    assertEquals(inv.endpoints(), again.endpoints());
  }

  /** Maps are data that not every checkout has. */
  private static Path folder() {
    String set =
        System.getProperty(
            "MYELIN_TOPOLOGIES", System.getenv().getOrDefault("MYELIN_TOPOLOGIES", ""));
    Path folder = Path.of(set.isEmpty() ? "../../../shared/topologies" : set);
    assumeTrue(
        Files.isDirectory(folder),
        () ->
            "no published maps at "
                + folder.toAbsolutePath().normalize()
                + ": set MYELIN_TOPOLOGIES");
    return folder;
  }
}
