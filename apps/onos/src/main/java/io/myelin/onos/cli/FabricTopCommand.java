package io.myelin.onos.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.myelin.onos.LeaseDesk;
import io.myelin.onos.MyelinService;
import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code myelin:fabric-top}. */
@Service
@Command(
    scope = "myelin",
    name = "fabric-top",
    description = "Shows the devices, and the links that are used most")
public final class FabricTopCommand extends MyelinCommand {
  @Option(name = "-n", aliases = "--links", description = "How many links; 10 when left out")
  private int links = 10;

  @Override
  void run(LeaseDesk desk) {
    String json = desk.fabric();
    if (outputJson()) {
      print("%s", json);
      return;
    }
    JsonNode fabric = parse(json);
    MyelinService myelin = services.get(MyelinService.class);
    print(
        "fabric=%s, serving=%s, grpcPort=%s",
        fabric.path("name").asText(), myelin.serving(), myelin.port());
    if (!myelin.trouble().isEmpty()) {
      print("%s", myelin.trouble());
    }
    for (JsonNode d : fabric.path("devices")) {
      print(
          "device=%s, state=%s, entries=%s%s",
          d.path("name").asText(),
          d.path("state").asText().replace("STATE_", ""),
          d.path("tableEntries").asText("0"),
          d.path("reason").asText().isEmpty() ? "" : ", reason=" + d.path("reason").asText());
    }
    List<JsonNode> all = new ArrayList<>();
    fabric.path("links").forEach(all::add);
    all.sort((a, b) -> Double.compare(used(b), used(a)));
    for (JsonNode l : all.subList(0, Math.min(links, all.size()))) {
      print(
          "link=%s, up=%s, reserved=%s, free=%s, used=%.1f%%, leases=%s",
          l.path("name").asText(),
          l.path("up").asBoolean(),
          rate(l.path("reservedBps").asLong()),
          rate(l.path("freeBps").asLong()),
          100 * l.path("estimate").path("utilisation").asDouble(),
          l.path("leases").asInt());
    }
  }

  /** What is measured, or at least reserved, as a share of capacity. */
  private static double used(JsonNode link) {
    double capacity = Math.max(1, link.path("capacityBps").asDouble());
    return Math.max(
        link.path("estimate").path("utilisation").asDouble(),
        link.path("reservedBps").asDouble() / capacity);
  }
}
