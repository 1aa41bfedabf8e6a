package io.myelin.onos.cli;

import io.myelin.onos.LeaseDesk;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code myelin:leases}. */
@Service
@Command(scope = "myelin", name = "leases", description = "Lists leases")
public final class LeasesCommand extends MyelinCommand {
  @Option(name = "-t", aliases = "--tenant", description = "Of this tenant; all when left out")
  private String tenant = "-";

  @Option(name = "-a", aliases = "--all", description = "Also those that ended")
  private boolean ended = false;

  @Override
  void run(LeaseDesk desk) {
    show(desk.list(tenant, ended), "leases");
  }
}
