package io.myelin.node.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NodeLinkJsonTest {
  private static final String GOOD =
      """
      {"directed": true, "multigraph": false, "graph": {"name": "B4"},
       "nodes": [{"id": 0}, {"id": 1}, {"id": "x", "extra": [1]}],
       "links": [
      \t{"capacity": 5000.0, "source": 0, "target": 1, "weight": 3},
      \t{"capacity": 2500.5, "source": 1, "target": 0},
      \t{"source": "x", "target": 1}, {"source":1,"target":"x"}]}
      """;

  @Test
  void oppositeLinksAreOneCable() {
    ImportedTopology t = NodeLinkJson.parse("maps/B4.json", GOOD, 64);
    Inventory inv = t.inventory();
    assertEquals("b4", inv.name());
    assertEquals(4, inv.links().size());
    for (String id : List.of("node-0/1>node-1/1", "node-1/1>node-0/1")) {
      Link l = link(inv, id);
      assertEquals(2_500_500_000L, l.capacityBps(), "the smaller one, in Mb/s");
      assertEquals(Amount.UNKNOWN, l.latencyNs());
      assertEquals("B4.json; an end without coordinates: latency unknown", l.facts().source());
    }
    assertEquals(100_000_000_000L, link(inv, "node-x/1>node-1/2").capacityBps());
    assertEquals(
        List.of(
            "links without a capacity, 100 Gb/s assumed: 1",
            "links with an end without coordinates, latency unknown and cost 0: 2"),
        t.notes());
  }

  @Test
  void anUndirectedEdgeIsACable() {
    Inventory inv =
        NodeLinkJson.parse(
                "f.json",
                """
                {"nodes": [{"id": 1, "label": "Wien", "latitude": 0, "lon": 0, "country": "AT"},
                           {"id": 2, "label": "Graz", "Latitude": 1, "Longitude": 0, "Country": null}],
                 "edges": [{"source": 2, "target": 1}, {"source": 1, "target": 1}]}
                """,
                64)
            .inventory();
    assertEquals(Amount.of(555_975), link(inv, "graz/1>wien/1").latencyNs());
    assertEquals(List.of(), link(inv, "graz/1>wien/1").facts().regions());
  }

  @Test
  void parallelLinksPairInOrder() {
    String twice =
        GOOD.replace(
            "{\"source\": \"x\"",
            "{\"source\": 1, \"target\": 0, \"capacity\": 1},\n{\"source\": 0, \"target\": 1}, {\"source\": \"x\"");
    Inventory inv = NodeLinkJson.parse("f", twice, 64).inventory();
    assertEquals(2_500_500_000L, link(inv, "node-0/1>node-1/1").capacityBps());
    assertEquals(1_000_000L, link(inv, "node-0/2>node-1/2").capacityBps());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"source\":1,\"target\":\"x\"|\"source\":0,\"target\":\"x\"|f:6:2: links[2]: has no opposite direction",
        "\"source\": \"x\"|\"source\": \"y\"|f:6:2: links[2]: has no opposite direction",
        "true|maybe|f:1:14: directed: 'maybe' is not allowed; allowed: true, false",
        "true|false, \"edges\": [{\"source\": 0, \"target\": 7}]|f:1:55: edges[0].target: '7' is not a node; nodes: 0, 1, x",
        "5000.0|\"fast\"|f:4:15: links[0].capacity: 'fast' is not a rate, e.g. 100G, 2.5G or 400Mbps",
        "{\"id\": 1}|{\"id\": 0}|f:2:30: nodes[1].id: '0' is there twice",
        "{\"id\": 1}|{\"ID\": 1}|f:2:23: nodes[1].id: is missing",
        "{\"id\": 1}|{\"id\": 1, \"Latitude\": 91, \"Longitude\": 0}|f:2:45: nodes[1].Latitude: '91' is not allowed; allowed: -90 to 90",
        "{\"directed\"|[\"directed\"|f:6:58: not JSON: expected ',' or ']', but got }",
      })
  void saysWhereAndWhat(String from, String to, String message) {
    InventoryException e =
        assertThrows(
            InventoryException.class, () -> NodeLinkJson.parse("f", GOOD.replace(from, to), 64));
    assertEquals(message, e.getMessage());
  }

  private static Link link(Inventory inv, String id) {
    return Objects.requireNonNull(inv.links().get(new LinkId(id)), () -> id + " of " + inv.links());
  }
}
