package io.myelin.onos.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.myelin.onos.LeaseDesk;
import io.myelin.onos.MyelinService;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Session;
import org.jspecify.annotations.Nullable;
import org.onlab.osgi.DefaultServiceDirectory;
import org.onlab.osgi.ServiceDirectory;
import org.onosproject.cli.AbstractShellCommand;

/** What Myelin's commands share: the API, and how refusals are said. */
abstract class MyelinCommand extends AbstractShellCommand {
  @Reference private @Nullable Session session;

  /** ONOS's services; tests put theirs here. */
  ServiceDirectory services = new DefaultServiceDirectory();

  /** Asks the API and prints the answer. */
  abstract void run(LeaseDesk desk);

  @Override
  protected final void doExecute() {
    MyelinService myelin = services.get(MyelinService.class);
    LeaseDesk desk = myelin.desk().orElse(null);
    if (desk == null) {
      error("%s", myelin.trouble());
      return;
    }
    try {
      run(desk.as(user()));
    } catch (LeaseDesk.Refused e) {
      if (outputJson()) {
        print("%s", e.json());
      } else {
        error("%s", e.getMessage());
      }
    }
  }

  /** Who is at the shell. */
  private String user() {
    Object user = session == null ? null : session.get("USER");
    return user == null ? "cli" : user.toString();
  }

  final JsonNode parse(String json) {
    try {
      return mapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Prints JSON as it is, or each element of a list in a line of its own. */
  final void show(String json, String list) {
    if (outputJson()) {
      print("%s", json);
      return;
    }
    JsonNode all = parse(json);
    JsonNode items = list.isEmpty() ? mapper().createArrayNode().add(all) : all.path(list);
    items.forEach(l -> print("%s", line(l)));
  }

  private static String line(JsonNode lease) {
    StringBuilder s = new StringBuilder();
    s.append(lease.path("name").asText("(dry run)"));
    s.append(", state=").append(lease.path("state").asText("-").replace("LEASE_STATE_", ""));
    s.append(", from=").append(lease.path("source").asText());
    s.append(", to=").append(lease.path("destination").asText());
    s.append(", bandwidth=").append(rate(lease.path("bandwidthBps").asLong()));
    JsonNode path = lease.path("paths").path(0);
    if (!path.isMissingNode()) {
      s.append(", latencyNs=").append(path.path("latencyNs").asText("0"));
      s.append(", path=").append(way(path));
    }
    if (!lease.path("reason").asText().isEmpty()) {
      s.append(", reason=").append(lease.path("reason").asText());
    }
    return s.toString();
  }

  static String way(JsonNode path) {
    StringBuilder s = new StringBuilder();
    for (JsonNode hop : path.path("hops")) {
      s.append(s.length() == 0 ? "" : ">").append(hop.path("device").asText());
    }
    return s.toString();
  }

  /** Bits per second with the usual prefix, three digits. */
  static String rate(long bps) {
    String[] units = {"bps", "Kbps", "Mbps", "Gbps", "Tbps"};
    double value = bps;
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    String digits = String.format(java.util.Locale.ROOT, "%.2f", value);
    return digits.replaceAll("\\.?0+$", "") + units[unit];
  }
}
