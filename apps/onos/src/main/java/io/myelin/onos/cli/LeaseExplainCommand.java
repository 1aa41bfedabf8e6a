package io.myelin.onos.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.core.model.Invalid;
import io.myelin.node.inventory.Quantities;
import io.myelin.onos.LeaseDesk;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code myelin:lease-explain}. */
@Service
@Command(
    scope = "myelin",
    name = "lease-explain",
    description = "Says which path a lease would get, or what stands in its way")
public final class LeaseExplainCommand extends MyelinCommand {
  @Argument(index = 0, name = "tenant", description = "Who asks", required = true)
  private String tenant = "";

  @Argument(index = 1, name = "source", description = "Endpoint that sends", required = true)
  private String source = "";

  @Argument(
      index = 2,
      name = "destination",
      description = "Endpoint that receives",
      required = true)
  private String destination = "";

  @Argument(index = 3, name = "bandwidth", description = "e.g. 50G, 400M", required = true)
  private String bandwidth = "";

  @Option(name = "--max-latency", description = "e.g. 10us")
  private String maxLatency = "";

  @Override
  void run(LeaseDesk desk) {
    ObjectNode request = mapper().createObjectNode();
    ObjectNode query = request.putObject("query");
    query.put("parent", "tenants/" + tenant);
    query.put("source", source);
    query.put("destination", destination);
    try {
      query.put("bandwidthBps", Quantities.rateBps("bandwidth", bandwidth));
      if (!maxLatency.isEmpty()) {
        query
            .putObject("constraints")
            .put("maxLatencyNs", Quantities.timeNs("--max-latency", maxLatency));
      }
    } catch (Invalid e) {
      error("%s", e.getMessage());
      return;
    }
    String json = desk.explain(request.toString());
    if (outputJson()) {
      print("%s", json);
      return;
    }
    JsonNode answer = parse(json);
    JsonNode path = answer.path("path").path("path");
    if (!path.isMissingNode()) {
      print("path=%s, latencyNs=%s", way(path), path.path("latencyNs").asText("0"));
    }
    answer.path("explanation").path("lines").forEach(l -> print("%s", l.asText()));
  }
}
