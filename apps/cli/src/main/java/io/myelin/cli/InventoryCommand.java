package io.myelin.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Mtu;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.v1.ApplyInventoryRequest;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetInventoryRequest;
import io.myelin.v1.GetInventoryResponse;
import io.myelin.v1.InventoryDifference;
import io.myelin.v1.InventoryUser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code myelin inventory …}. */
@Command(
    name = "inventory",
    addMethodSubcommands = false,
    mixinStandardHelpOptions = true,
    description = "The description of the fabric: what is in force, and changing it as it runs.")
final class InventoryCommand {
  private static final long DEADLINE_S = 60;
  private static final int PLAIN_BYTES = 256 << 10;
  private static final int GZIP_MAGIC = 0x1f8b;

  /** Users that are shown to people; JSON has them all. */
  private static final int SHOWN = 20;

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "The inventory in force, as the file that would describe it.")
  int show(@Mixin ServerOptions server) throws IOException {
    GetInventoryResponse m =
        server.call(
            c ->
                FabricServiceGrpc.newBlockingStub(c)
                    .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                    .getInventory(GetInventoryRequest.getDefaultInstance()));
    String text = text(m.getInventory().toByteArray());
    if (server.json()) {
      server.print(Json.object().put("inventory", text).put("etag", m.getEtag()));
    } else {
      System.out.print("# etag " + m.getEtag() + "\n" + text);
    }
    return 0;
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = "Whether a file is a valid inventory; no node is asked.")
  int check(
      @Option(
              names = {"-i", "--inventory"},
              paramLabel = "FILE",
              required = true,
              description = "The inventory, in YAML.")
          Path file,
      @Option(
              names = {"-o", "--output"},
              defaultValue = "table",
              description = "table for people, json for scripts (default: table).")
          ServerOptions.Output output) {
    Inventory inventory = InventoryFile.read(file);
    List<String> warnings = new ArrayList<>(Mtu.tooSmall(inventory).values());
    if (output == ServerOptions.Output.JSON) {
      ObjectNode answer =
          Json.object()
              .put("file", file.toString())
              .put("fabric", inventory.name())
              .put("devices", inventory.devices().size())
              .put("links", inventory.links().size() / 2)
              .put("endpoints", inventory.endpoints().size())
              .put("tenants", inventory.tenants().size());
      ArrayNode all = answer.putArray("warnings");
      warnings.forEach(all::add);
      System.out.println(Json.document(answer));
      return 0;
    }
    System.out.printf(
        "%s is valid: fabric %s, %d switches, %d cables, %d endpoints, %d tenants%n",
        file,
        inventory.name(),
        inventory.devices().size(),
        inventory.links().size() / 2,
        inventory.endpoints().size(),
        inventory.tenants().size());
    warnings.forEach(w -> System.out.println("warning: " + w));
    return 0;
  }

  @Command(
      name = "diff",
      mixinStandardHelpOptions = true,
      description = {
        "What would change if a file were applied. Exit code 1: it says something else than what is",
        "in force."
      })
  int diff(
      @Mixin ServerOptions server,
      @Option(
              names = {"-i", "--inventory"},
              paramLabel = "FILE",
              required = true,
              description = "The inventory, in YAML.")
          Path file)
      throws IOException {
    ByteString document = document(file);
    ApplyInventoryResponse m = server.call(c -> preview(c, document));
    if (server.json()) {
      server.print(m);
    } else {
      printDifferences(m);
    }
    return m.getDifferenceCount() == 0 ? 0 : 1;
  }

  @Command(
      name = "apply",
      mixinStandardHelpOptions = true,
      description = {
        "Puts a file in force, on all members, while the fabric runs. What is in use is refused with",
        "its users. Exit code 1: it is not in force."
      })
  int apply(
      @Mixin ServerOptions server,
      @Option(
              names = {"-i", "--inventory"},
              paramLabel = "FILE",
              required = true,
              description = "The inventory, in YAML.")
          Path file,
      @Option(
              names = "--dry-run",
              description = "Says what would change and whom it would hit, and changes nothing.")
          boolean dryRun,
      @Option(
              names = "--drain",
              description = {
                "Drains what goes and waits until nobody uses it; Ctrl-C takes it into use again."
              })
          boolean drain,
      @Option(
              names = "--wait",
              paramLabel = "SECONDS",
              defaultValue = "3600",
              description = "With --drain: at most so long (default: ${DEFAULT-VALUE}).")
          int waitSeconds)
      throws IOException, InterruptedException {
    ErrorOutput.unless(!dryRun || !drain, "--drain does not go with --dry-run");
    ByteString document = document(file);
    ApplyInventoryResponse preview = server.call(c -> preview(c, document));
    if (!server.json()) {
      printDifferences(preview);
    }
    if (dryRun) {
      if (server.json()) {
        server.print(preview);
      } else {
        printUsers(preview);
      }
      return preview.getUserCount() == 0 ? 0 : 1;
    }
    ApplyInventoryResponse applied =
        drain && preview.getUserCount() > 0
            ? new DrainedApply(server, document, preview, waitSeconds).run()
            : server.call(c -> apply(c, document, preview.getEtag()));
    if (server.json()) {
      server.print(applied);
    } else if (preview.getDifferenceCount() > 0) {
      System.out.println("applied; its etag is " + applied.getEtag());
    }
    return 0;
  }

  // ---- calls -----------------------------------------------------------------------------------

  static ApplyInventoryResponse preview(Channel c, ByteString document) {
    return FabricServiceGrpc.newBlockingStub(c)
        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
        .applyInventory(
            ApplyInventoryRequest.newBuilder()
                .setInventory(document)
                .setValidateOnly(true)
                .build());
  }

  static ApplyInventoryResponse apply(Channel c, ByteString document, String etag) {
    return FabricServiceGrpc.newBlockingStub(c)
        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
        .applyInventory(
            ApplyInventoryRequest.newBuilder().setInventory(document).setEtag(etag).build());
  }

  /** Read here first: what is wrong is said with the file's name and line. */
  private static ByteString document(Path file) throws IOException {
    var unused = InventoryFile.read(file);
    byte[] text = Files.readAllBytes(file);
    if (text.length <= PLAIN_BYTES) {
      return ByteString.copyFrom(text);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text);
    }
    return ByteString.copyFrom(out.toByteArray());
  }

  private static String text(byte[] document) throws IOException {
    boolean gzip =
        document.length > 2 && ((document[0] & 0xff) << 8 | (document[1] & 0xff)) == GZIP_MAGIC;
    if (!gzip) {
      return new String(document, StandardCharsets.UTF_8);
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(document))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  // ---- for people ------------------------------------------------------------------------------

  private static void printDifferences(ApplyInventoryResponse m) {
    if (m.getDifferenceCount() == 0) {
      System.out.println("the file says what is in force");
      return;
    }
    m.getDifferencesList().forEach(d -> System.out.println(line(d)));
    int more = m.getDifferenceCount() - m.getDifferencesCount();
    if (more > 0) {
      System.out.println("and " + more + " more");
    }
  }

  private static String line(InventoryDifference d) {
    String what = d.getElement().name().replace("ELEMENT_", "").toLowerCase(Locale.ROOT);
    StringBuilder s = new StringBuilder();
    s.append(
        switch (d.getKind()) {
          case KIND_ADDED -> "+ ";
          case KIND_REMOVED -> "- ";
          case KIND_CHANGED, KIND_RENAMED, KIND_UNSPECIFIED, UNRECOGNIZED -> "~ ";
        });
    s.append(what).append(' ').append(d.getName());
    if (!d.getNewName().isEmpty()) {
      s.append(" is called ").append(d.getNewName());
    }
    String separator = ": ";
    for (var f : d.getFieldsList()) {
      s.append(separator).append(f.getName()).append(' ').append(f.getBefore());
      s.append(" -> ").append(f.getAfter());
      separator = ", ";
    }
    return s.toString();
  }

  private static void printUsers(ApplyInventoryResponse m) {
    if (m.getUserCount() > 0) {
      System.out.println(
          "\nrefused while they use what goes: " + m.getUserCount() + " (--drain waits for them)");
      print(m.getUsersList(), m.getUserCount());
    }
    if (m.getAffectedCount() > 0) {
      System.out.println("\nstay, and may be moved: " + m.getAffectedCount());
      print(m.getAffectedUsersList(), m.getAffectedCount());
    }
    if (m.getUserCount() == 0 && m.getAffectedCount() == 0) {
      System.out.println("\nno lease and no job is touched");
    }
  }

  private static void print(List<InventoryUser> users, int count) {
    users.stream().limit(SHOWN).forEach(u -> System.out.println("  " + line(u)));
    if (count > SHOWN) {
      System.out.println("  and " + (count - SHOWN) + " more");
    }
  }

  /** One user in a line. */
  static String line(InventoryUser u) {
    String kind = u.getKind() == InventoryUser.Kind.KIND_GUIDED_FLOW ? "flow " : "";
    return kind + u.getName() + " uses " + u.getUses();
  }
}
