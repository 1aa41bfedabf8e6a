package io.myelin.onos.cli;

import io.myelin.onos.LeaseDesk;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** {@code myelin:lease-remove}. */
@Service
@Command(
    scope = "myelin",
    name = "lease-remove",
    description = "Gives a lease back, and waits until the switches hold nothing of it")
public final class LeaseRemoveCommand extends MyelinCommand {
  @Argument(index = 0, name = "lease", description = "tenants/TENANT/leases/LEASE", required = true)
  private String name = "";

  @Override
  void run(LeaseDesk desk) {
    show(desk.release(name), "");
  }
}
