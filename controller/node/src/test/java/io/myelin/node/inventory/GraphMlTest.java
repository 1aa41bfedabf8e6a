package io.myelin.node.inventory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GraphMlTest {
  private static final String HEAD =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
        <key id="d1" for="node" attr.name="label" attr.type="string"/>
        <key id="d2" for="node" attr.name="Latitude" attr.type="double"/>
        <key id="d3" for="node" attr.name="Longitude" attr.type="double"/>
        <key id="d4" for="node" attr.name="Country" attr.type="string"/>
        <key id="d5" for="edge" attr.name="LinkSpeedRaw" attr.type="double"/>
        <key id="d6" for="graph" attr.name="label" attr.type="string"/>
        <graph edgedefault="undirected">
          <data key="d6">all of it</data>
      """;
  private static final String TAIL = "</graph></graphml>";

  /** One degree of latitude on a globe of 6371 km: 2 π 6371 / 360 = 111.195 km. */
  private static final long DEGREE_NS = 555_975;

  private static final long DEGREE_KM = 111;

  @Test
  void latencyAndCostFollowTheGreatCircle() {
    Inventory inv =
        read(node("0", "a", "0", "0", "") + node("1", "b", "1.0", "0", "") + edge("0", "1", ""));
    for (String id : List.of("a/1>b/1", "b/1>a/1")) {
      Link l = link(inv, id);
      assertEquals(Amount.of(DEGREE_NS), l.latencyNs());
      assertEquals(DEGREE_KM, l.costMicrosPerGb());
      assertEquals(100_000_000_000L, l.capacityBps());
      assertEquals(Medium.FIBRE, l.facts().medium());
      assertEquals(Encryption.UNKNOWN, l.facts().encryption());
      assertEquals("Topology Zoo zoo.graphml; no capacity: 100 Gb/s assumed", l.facts().source());
    }
    assertEquals("zoo", inv.name());
  }

  /** Berlin to Paris, 877 km by any calculator of great circles; and across the date line. */
  @ParameterizedTest
  @CsvSource({
    "52.52, 13.405, 48.8566, 2.3522, 877",
    "0, 179.5, 0, -179.5, 111",
    "90, 0, -90, 0, 20015"
  })
  void distancesAreThoseOfTheGlobe(
      String lat1, String lon1, String lat2, String lon2, long costMicros) {
    Inventory inv =
        read(node("0", "a", lat1, lon1, "") + node("1", "b", lat2, lon2, "") + edge("0", "1", ""));
    assertEquals(costMicros, link(inv, "a/1>b/1").costMicrosPerGb());
  }

  @Test
  void aLinkTakesAtLeastAMicrosecond() {
    Inventory inv =
        read(node("0", "a", "5", "5", "") + node("1", "b", "5", "5", "") + edge("0", "1", ""));
    assertEquals(Amount.of(1_000), link(inv, "a/1>b/1").latencyNs());
    assertEquals(0, link(inv, "a/1>b/1").costMicrosPerGb());
  }

  @Test
  void withoutCoordinatesLatencyIsUnknownAndTheSourceSaysSo() {
    ImportedTopology t =
        topology(
            node("0", "a", "0", "0", "")
                + node("1", "b", "1", "0", "")
                + node("9", "lost", "1", "", "")
                + edge("0", "1", "1e9")
                + edge("9", "0", "1e9"));
    Link l = link(t.inventory(), "lost/1>a/2");
    assertEquals(Amount.UNKNOWN, l.latencyNs());
    assertEquals(0, l.costMicrosPerGb());
    assertEquals(
        "Topology Zoo zoo.graphml; an end without coordinates: latency unknown",
        l.facts().source());
    assertEquals(
        List.of("links with an end without coordinates, latency unknown and cost 0: 1"), t.notes());
  }

  /** Tools other than the Zoo's write these names in lower case, and others for the same. */
  @ParameterizedTest
  @CsvSource({
    "latitude, longitude",
    "LATITUDE, LONGITUDE",
    "lat, lon",
    "Lat, lng",
    "lat, long",
  })
  void attributeNamesCountInAnyCase(String latitude, String longitude) {
    String xml =
        (HEAD.replace("Latitude", latitude).replace("Longitude", longitude)
                + node("0", "a", "0", "0", "")
                + node("1", "b", "1.0", "0", "")
                + edge("0", "1", "")
                + TAIL)
            .replace("LinkSpeedRaw", "linkspeedraw");
    Inventory inv = GraphMl.parse("zoo.graphml", xml.getBytes(UTF_8), 64).inventory();
    assertEquals(Amount.of(DEGREE_NS), link(inv, "a/1>b/1").latencyNs());
  }

  /** What an edge may say of its speed and latency besides LinkSpeedRaw. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bandwidth=10G | 10000000000 | 0",
        "Capacity=2.5 Gbps | 2500000000 | 0",
        "bandwidth=10G,capacity=10000M | 10000000000 | 0",
        "LinkSpeed=155,LinkSpeedUnits=M | 155000000 | 0",
        "LinkSpeed=2.5,LinkSpeedUnits=G,LinkSpeedRaw=2500000000.0 | 2500000000 | 0",
        "bandwidth=10G,delay=5ms | 10000000000 | 5000000",
        "LinkSpeedRaw=1e9,Latency=300us | 1000000000 | 300000",
      })
  void speedsAndLatenciesWithUnitsAreRead(String attributes, long bps, long ns) {
    Inventory inv = GraphMl.parse("f", edgeOf(attributes).getBytes(UTF_8), 64).inventory();
    assertEquals(bps, link(inv, "node-0/1>node-1/1").capacityBps());
    assertEquals(Amount.positive(ns), link(inv, "node-0/1>node-1/1").latencyNs());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "capacity=400 | capacity: '400' has no unit; write one, e.g. 400G, 2.5Gbps or 155M",
        "Bandwidth=1e9 | Bandwidth: '1e9' has no unit; write one, e.g. 400G, 2.5Gbps or 155M",
        "capacity=fast | capacity: 'fast' is not a rate, e.g. 100G, 2.5G or 400Mbps",
        "bandwidth=10G,capacity=40G | bandwidth: '10G' beside capacity '40G': they are not the same, and nothing says which one counts",
        "LinkSpeedRaw=1e9,capacity=40G | capacity: '40G' is not the 1000000000 bit/s of its LinkSpeed",
        "LinkSpeed=10 | LinkSpeed: '10' has no LinkSpeedUnits beside it; allowed: K, M, G, T",
        "LinkSpeed=10,LinkSpeedUnits=Mbit | LinkSpeedUnits: 'Mbit' is not a unit; allowed: K, M, G, T",
        "latency=5 | latency: '5' has no unit; write one, e.g. 500ns, 300us or 5ms",
        "latency=5ms,delay=6ms | delay: '6ms' beside latency '5ms': which one counts?",
        "capacity=10G,CAPACITY=11G | CAPACITY: '11G' is not what it says before, '10G'",
      })
  void whatCannotBeReadIsRefused(String attributes, String problem) {
    String message = message(edgeOf(attributes));
    assertTrue(message.endsWith("<edge 0 to 1>: " + problem), message);
  }

  private static String edgeOf(String attributes) {
    StringBuilder keys = new StringBuilder();
    StringBuilder data = new StringBuilder();
    for (String a : attributes.split(",")) {
      String name = a.substring(0, a.indexOf('='));
      String value = a.substring(a.indexOf('=') + 1);
      keys.append("<key id='" + name + "' for='edge' attr.name='" + name + "'/>");
      data.append("<data key='" + name + "'>" + value + "</data>");
    }
    return "<graphml>"
        + keys
        + "<graph><node id='0'/><node id='1'/><edge source='0' target='1'>"
        + data
        + "</edge></graph></graphml>";
  }

  @Test
  void regionsAreCountries() {
    Inventory inv =
        read(
            node("0", "a", "0", "0", "United States")
                + node("1", "b", "1", "0", "Côte d'Ivoire")
                + node("2", "c", "1", "0", "None")
                + edge("0", "1", "")
                + edge("1", "2", "")
                + edge("0", "0", ""));
    assertEquals("united-states", device(inv, "a").region());
    assertEquals("cote-d-ivoire", device(inv, "b").region());
    assertEquals("", device(inv, "c").region());
    assertEquals(List.of("cote-d-ivoire", "united-states"), link(inv, "a/1>b/1").facts().regions());
    assertEquals(List.of(), link(inv, "b/2>c/1").facts().regions());
  }

  @Test
  void capacityIsTheFilesWhereItSaysSo() {
    Inventory inv =
        read(
            node("0", "a", "0", "0", "")
                + node("1", "b", "1", "0", "")
                + edge("0", "1", "2.5E9")
                + edge("0", "1", "10000000000.0"));
    assertEquals(2_500_000_000L, link(inv, "a/1>b/1").capacityBps());
    assertEquals(10_000_000_000L, link(inv, "a/2>b/2").capacityBps());
  }

  @Test
  void duplicatesAreParallelAndSelfLoopsAreCounted() {
    ImportedTopology t =
        topology(
            edge("1", "0", "") // before its nodes
                + node("0", "a", "0", "0", "")
                + node("1", "b", "1", "0", "")
                + edge("0", "0", "")
                + edge("0", "1", "")
                + edge("1", "1", ""));
    assertEquals(
        List.of(
            "edges from a node to itself, dropped: 2",
            "links without a capacity, 100 Gb/s assumed: 2"),
        t.notes());
    assertEquals(4, t.inventory().links().size());
  }

  @Test
  void namesAreSlugsAndUnique() {
    String longest = "x".repeat(70);
    Inventory inv =
        read(
            node("0", "Zürich (Nord)", "", "", "")
                + node("1", "Zurich, Nord", "", "", "")
                + node("2", "None", "", "", "")
                + node("3", "", "", "", "")
                + node("4", "東京", "", "", "")
                + node("n:5", longest, "", "", "")
                + node("n:6", longest, "", "", "")
                + node("7", "same-8", "", "", "")
                + node("9", "same", "", "", "")
                + node("8", "same", "", "", ""));
    List<String> names = new ArrayList<>();
    inv.devices().forEach((id, d) -> names.add(id.value()));
    assertEquals(
        List.of(
            "node-2",
            "node-3",
            "node-4",
            "same",
            "same-8",
            "same-8-2",
            "x".repeat(55) + "-n-6",
            "x".repeat(59),
            "zurich-nord",
            "zurich-nord-1"),
        names);
    assertEquals("Zürich (Nord)", device(inv, "zurich-nord").site());
  }

  @Test
  void eachNodeHasAnEndpoint() {
    Inventory inv = read(node("0", "a", "", "", "") + node("1", "b", "", "", ""));
    Endpoint e = Objects.requireNonNull(inv.endpoints().get(new EndpointId("b-gpu")));
    assertEquals("b/254", e.attachment().toString());
    assertEquals("10.0.0.2", e.ip().toString());
    assertEquals("02:00:00:00:00:02", e.mac().toString());
    assertEquals("planning", e.tenant().value());
    assertEquals(100_000_000_000L, e.capacityBps());
    Device d = device(inv, "b");
    assertEquals("127.0.0.1:1", d.address());
    assertEquals(2, d.p4DeviceId());
    assertEquals(64, d.maxLabels());
  }

  @Test
  void aNodeHasAtMost253Links() {
    String two = node("0", "a", "", "", "") + node("1", "b", "", "", "");
    assertEquals(506, read(two + edge("0", "1", "").repeat(253)).links().size());
    assertEquals(
        "zoo.graphml:266: <edge 0 to 1>: source: node '0' has more than 253 links; a switch has 254"
            + " ports, the last for its endpoint",
        message(HEAD + two + edge("0", "1", "").repeat(254) + TAIL));
  }

  @Test
  void theFilesEncodingAndDefaultsCount() {
    String xml =
        """
        <?xml version="1.0" encoding="ISO-8859-1"?>
        <graphml>
          <key id="n" for="node" attr.name="Country"><default>Österreich</default></key>
          <key id="e" for="edge" attr.name="LinkSpeedRaw"><default>1e9</default></key>
          <key id="c" for="all" attr.name="colour"><default>red</default></key>
          <graph edgedefault="undirected">
            <node id="a"/><node id="b"><data key="n">France</data><data key="c"><x:y xmlns:x="u"/></data></node>
            <edge source="a" target="b"/>
          </graph>
        </graphml>
        """;
    Inventory inv = GraphMl.parse("f", xml.getBytes(ISO_8859_1), 9).inventory();
    assertEquals("osterreich", device(inv, "node-a").region());
    assertEquals("france", device(inv, "node-b").region());
    assertEquals(1_000_000_000L, link(inv, "node-a/1>node-b/1").capacityBps());
    assertEquals(9, device(inv, "node-a").maxLabels());
  }

  /** Golden messages; line 11 is the first behind the head. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<node id='0'/><node id='0'/> | :11: <node 0>: id: '0' is there twice",
        "<node/> | :11: <node> has no id",
        "<edge source='0'/> | :11: <edge> has no target",
        "<node id='0'/><edge source='0' target='7'/> | :11: <edge 0 to 7>: target: '7' is not a node; nodes: 0",
        "<node id='0'><data key='d2'>north</data></node> | :11: <node 0>: Latitude: 'north' is not a number",
        "<node id='0'><data key='d2'>1</data><data key='d3'>181</data></node> | :11: <node 0>: Longitude: '181' is not allowed; allowed: -180 to 180",
        "<node id='0'><data key='d9'/></node> | :11: data key 'd9' is not declared; declared: d1, d2, d3, d4, d5, d6",
        "<node id='0'/><node id='1'/><edge source='0' target='1'><data key='d5'>0</data></edge> | :11: <edge 0 to 1>: LinkSpeedRaw: '0' is not allowed; allowed: 1 bit/s to 9 Pb/s",
        "<node id='0'/><node id='1'/><edge source='0' target='1'><data key='d5'>1e999999999</data></edge> | :11: <edge 0 to 1>: LinkSpeedRaw: '1e999999999' is not allowed; allowed: 1 bit/s to 9 Pb/s",
        "<node id='0'><graph edgedefault='undirected'/></node> | :11: a second <graph> is not supported",
        "<hyperedge/> | :11: <hyperedge> is not supported; allowed: <edge>",
        "<edge source='0' target='1' directed='true'/> | :11: directed: 'true' is not supported; allowed: false",
        " '' | : nodes: there are none",
      })
  void saysWhereAndWhat(String body, String message) {
    assertEquals("zoo.graphml" + message, message(HEAD + body + TAIL));
  }

  @Test
  void saysWhereTheDocumentIsWrong() {
    assertEquals(
        "zoo.graphml:9: edgedefault: 'directed' is not supported; allowed: undirected",
        message(HEAD.replace("undirected", "directed") + TAIL));
    assertEquals("zoo.graphml: there is no <graph>", message("<svg/>"));
    String broken = message(HEAD + "<node id='0'>" + TAIL);
    assertTrue(broken.startsWith("zoo.graphml:11: not XML: "), broken);
  }

  /** Neither entities that read files nor ones that multiply; not even a document type. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE graphml [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>",
        "<!DOCTYPE graphml [<!ENTITY a 'aaaa'><!ENTITY x '&a;&a;&a;&a;'>]>",
        "<!DOCTYPE graphml SYSTEM 'http://127.0.0.1:1/graphml.dtd'>",
      })
  void documentTypesAreRefused(String doctype) {
    String xml =
        doctype + "<graphml><graph edgedefault='undirected'><node id='&x;'/></graph></graphml>";
    assertEquals("zoo.graphml:1: a document type (DOCTYPE) is not allowed", message(xml));
  }

  private static String node(String id, String label, String lat, String lon, String country) {
    return "<node id='"
        + id
        + "'>"
        + data("d1", label)
        + data("d2", lat)
        + data("d3", lon)
        + data("d4", country)
        + "</node>\n";
  }

  private static String edge(String source, String target, String speed) {
    return "<edge source='"
        + source
        + "' target='"
        + target
        + "'>"
        + data("d5", speed)
        + "</edge>\n";
  }

  private static String data(String key, String text) {
    return text.isEmpty() ? "" : "<data key='" + key + "'>" + text + "</data>";
  }

  private static ImportedTopology topology(String body) {
    return GraphMl.parse("maps/zoo.graphml", (HEAD + body + TAIL).getBytes(UTF_8), 64);
  }

  private static Inventory read(String body) {
    return topology(body).inventory();
  }

  private static String message(String xml) {
    InventoryException e =
        assertThrows(
            InventoryException.class, () -> GraphMl.parse("zoo.graphml", xml.getBytes(UTF_8), 64));
    return String.valueOf(e.getMessage());
  }

  private static Link link(Inventory inv, String id) {
    return Objects.requireNonNull(inv.links().get(new LinkId(id)), () -> id + " of " + inv.links());
  }

  private static Device device(Inventory inv, String id) {
    return Objects.requireNonNull(inv.devices().get(new DeviceId(id)), id);
  }
}
