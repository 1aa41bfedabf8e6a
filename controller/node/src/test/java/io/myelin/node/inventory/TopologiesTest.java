package io.myelin.node.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.myelin.core.model.Amount;
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

  /** Nodes, cables, longest latency, and links whose latency nobody can know. */
  @ParameterizedTest
  @CsvSource({
    "GtsCe.graphml, 149, 193, 3230577, 17",
    "Interoute.graphml, 110, 156, 6137097, 31",
    "Kdl.graphml, 754, 899, 809451, 77",
    "TataNld.graphml, 145, 194, 2389718, 6",
    "UsCarrier.graphml, 158, 189, 1244996, 18",
    "B4.json, 12, 19, 0, 19",
  })
  void publishedMapsAreRead(String name, int nodes, int cables, long longestNs, String note) {
    ImportedTopology t = Topologies.read(folder().resolve(name));
    Inventory inv = t.inventory();
    assertEquals(nodes, inv.devices().size());
    assertEquals(nodes, inv.endpoints().size());
    assertEquals(2 * cables, inv.links().size());
    List<Long> latencies = new ArrayList<>();
    inv.links().forEach((id, l) -> latencies.add(l.latencyNs().orElse(0)));
    assertEquals(longestNs, Collections.max(latencies));
    assertEquals(
        "links with an end without coordinates, latency unknown and cost 0: " + note,
        t.notes().get(t.notes().size() - 1));
    Inventory again = InventoryFile.parse(name, InventoryFile.write(inv));
    assertEquals(inv.devices(), again.devices());
    assertEquals(inv.links(), again.links());
    assertEquals(inv.endpoints(), again.endpoints());
  }

  /** Unknown is unknown: nothing is assumed of a map without coordinates. */
  @Test
  void geantHasNoLatencies() {
    ImportedTopology t = Topologies.read(cases().resolve("zoo-Geant.graphml"));
    assertEquals(
        List.of(
            "links without a capacity, 100 Gb/s assumed: 25",
            "links with an end without coordinates, latency unknown and cost 0: 57"),
        t.notes());
    t.inventory()
        .links()
        .forEach((id, l) -> assertEquals(Amount.UNKNOWN, l.latencyNs(), id.value()));
  }

  @Test
  void twoCapacitiesOfOneEdgeAreRefused() {
    Path file = cases().resolve("nocoord-edgebw.graphml");
    assertEquals(
        file
            + ":2: <edge n0 to n1>: capacity: '400' has no unit; write one, e.g. 400G, 2.5Gbps or"
            + " 155M",
        message(file.toString()));
  }

  private static Path cases() {
    Path folder = Path.of("../../../shared/cases/topologies");
    assumeTrue(Files.isDirectory(folder), () -> "no cases at " + folder.toAbsolutePath());
    return folder;
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
