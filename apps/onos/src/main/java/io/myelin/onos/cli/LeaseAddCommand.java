package io.myelin.onos.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.core.model.Invalid;
import io.myelin.node.inventory.Quantities;
import io.myelin.onos.LeaseDesk;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code myelin:lease-add}. */
@Service
@Command(
    scope = "myelin",
    name = "lease-add",
    description = "Asks for a lease, and waits until it is active")
public final class LeaseAddCommand extends MyelinCommand {
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

  @Option(name = "-n", aliases = "--name", description = "Id of the lease; chosen when left out")
  private String name = "";

  @Option(
      name = "-o",
      aliases = "--objective",
      description = "LATENCY, COST or BALANCED; LATENCY when left out")
  private String objective = "LATENCY";

  @Option(name = "--ttl", description = "Ends by itself after that long, e.g. 3600s")
  private String ttl = "";

  @Option(name = "--all-traffic", description = "All IP traffic of the pair, not only RoCEv2")
  private boolean all = false;

  @Option(name = "--dry-run", description = "Computes and checks everything, reserves nothing")
  private boolean dryRun = false;

  @Override
  void run(LeaseDesk desk) {
    ObjectNode request = mapper().createObjectNode();
    request.put("parent", "tenants/" + tenant);
    request.put("leaseId", name);
    request.put("validateOnly", dryRun);
    ObjectNode lease = request.putObject("lease");
    lease.put("source", source);
    lease.put("destination", destination);
    try {
      lease.put("bandwidthBps", Quantities.rateBps("bandwidth", bandwidth));
    } catch (Invalid e) {
      error("%s", e.getMessage());
      return;
    }
    lease.put("objective", "OBJECTIVE_" + objective);
    if (!ttl.isEmpty()) {
      lease.put("ttl", ttl);
    }
    lease.putObject("traffic").put("kind", all ? "KIND_ALL" : "KIND_ROCE");
    show(desk.create(request.toString()), "");
  }
}
