package io.myelin.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.core.model.Inventory;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.inventory.Quantities;
import io.myelin.node.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code myelin netcfg}. */
@Command(
    name = "netcfg",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a fabric as ONOS's network configuration: its devices, and what the Myelin",
      "application needs (docs/ONOS.md). For POST /onos/v1/network/configuration."
    })
final class NetcfgCommand implements Callable<Integer> {
  @Option(
      names = {"-i", "--inventory"},
      required = true,
      paramLabel = "FILE",
      description = "The fabric, in YAML (docs/OPERATIONS.md).")
  private @Nullable Path inventory;

  @Option(
      names = {"-l", "--listen"},
      defaultValue = "127.0.0.1:50061",
      paramLabel = "HOST:PORT",
      description = "Where each ONOS node serves the gRPC API (default: ${DEFAULT-VALUE}).")
  private String listen = "";

  @Option(
      names = "--member",
      paramLabel = "ID=HOST:PORT",
      description = "Of a cluster: an ONOS node and where its gRPC API is reached; repeatable.")
  private @Nullable Map<String, String> members;

  @Option(
      names = "--driver",
      defaultValue = "bmv2",
      paramLabel = "NAME",
      description = "ONOS's driver of the switches (default: ${DEFAULT-VALUE}).")
  private String driver = "";

  @Mixin private SecurityOptions secured = new SecurityOptions();

  @Option(
      names = "--audit",
      paramLabel = "DIR",
      description = "The audit log (default: in memory only).")
  private @Nullable Path audit;

  @Override
  public Integer call() throws IOException {
    Inventory fabric = InventoryFile.read(Objects.requireNonNull(inventory));
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    ObjectNode devices = root.putObject("devices");
    fabric
        .devices()
        .forEach(
            (id, d) ->
                devices
                    .putObject("device:" + id)
                    .putObject("basic")
                    .put(
                        "managementAddress",
                        "grpc://" + d.address() + "?device_id=" + d.p4DeviceId())
                    .put("driver", driver)
                    .put("pipeconf", "io.myelin.onos"));
    ObjectNode app = root.putObject("apps").putObject("io.myelin.onos").putObject("fabric");
    // The application reads the keys of the inventory file, as JSON.
    Object keys =
        new Load(LoadSettings.builder().build()).loadFromString(InventoryFile.write(fabric));
    app.set("inventory", mapper.valueToTree(keys));
    Quantities.address("--listen", listen, 0);
    app.put("listen", listen);
    if (members != null) {
      ObjectNode all = app.putObject("members");
      members.forEach(
          (id, at) -> {
            Quantities.address("--member", at, 1);
            all.put(id, at);
          });
    }
    TlsFiles tls = secured.tls();
    if (tls != null) {
      app.putObject("tls")
          .put("certificate", tls.certificate().toString())
          .put("key", tls.key().toString())
          .put("trust", tls.trust().toString());
    }
    put(app, "access", secured.access());
    put(app, "audit", audit);
    System.out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    return 0;
  }

  private static void put(ObjectNode app, String key, @Nullable Path path) {
    if (path != null) {
      app.put(key, path.toString());
    }
  }
}
