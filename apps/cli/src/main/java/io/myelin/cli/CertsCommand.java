package io.myelin.cli;

import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.Ids;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.node.inventory.Quantities;
import io.myelin.node.tls.LabAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin certs …}. */
@Command(
    name = "certs",
    mixinStandardHelpOptions = true,
    description = "Certificates for a lab. For production use your own authority.")
final class CertsCommand {
  private static final String DOMAIN = "myelin.lab";

  @Command(
      name = "init",
      mixinStandardHelpOptions = true,
      description = {
        "Makes an authority, certificates of members, switches and one client of each role, and",
        "the policy access.yaml that names them. What is there already stays."
      })
  int init(
      @Parameters(paramLabel = "DIR", description = "Made if missing.") Path directory,
      @Option(
              names = "--domain",
              defaultValue = DOMAIN,
              description = "Trust domain (default: ${DEFAULT-VALUE}).")
          String domain,
      @Option(
              names = "--members",
              split = ",",
              defaultValue = "n1",
              description =
                  "Ids of members; on ONOS those of its nodes (default: ${DEFAULT-VALUE}).")
          List<String> members,
      @Option(
              names = "--switches",
              split = ",",
              description = "Names of switches that get a certificate.")
          @Nullable List<String> switches,
      @Option(
              names = "--tenants",
              split = ",",
              defaultValue = "blue",
              description = "Tenants that get a client (default: ${DEFAULT-VALUE}).")
          List<String> tenants,
      @Option(
              names = "--hosts",
              split = ",",
              defaultValue = "localhost,127.0.0.1",
              description =
                  "Host names and addresses of members and switches (default: ${DEFAULT-VALUE}).")
          List<String> hosts,
      @Option(
              names = "--lasts",
              defaultValue = "90d",
              description = "How long they are valid (default: ${DEFAULT-VALUE}).")
          String lasts)
      throws IOException {
    domain(domain);
    Duration valid = Duration.ofMillis(Quantities.timeMs("--lasts", lasts));
    LabAuthority authority = LabAuthority.in(directory, domain);
    for (String m : members) {
      Invalid.unless(
          m.length() <= Ids.MAX_LENGTH && m.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"),
          "--members",
          "'"
              + m
              + "' is not an id; allowed: names (1 to 63 of a-z, 0-9 and '-'), and on ONOS the"
              + " address or host name that is a node's id");
      issue(authority, directory, "member-" + m, servers(domain, "member/" + m, hosts), valid);
    }
    for (String s : switches == null ? List.<String>of() : switches) {
      Ids.require("--switches", s);
      List<String> names = servers(domain, "switch/" + s, hosts);
      names.add("dns:" + s);
      issue(authority, directory, "switch-" + s, names, valid);
    }
    StringBuilder policy = new StringBuilder("# Who may do what: docs/SECURITY.md.\nidentities:\n");
    for (Role role : List.of(Role.ADMIN, Role.OPERATOR, Role.VIEWER)) {
      String name = LabAuthority.spiffe(domain, role.text());
      issue(authority, directory, role.text(), List.of(name), valid);
      policy.append("  - {name: \"").append(name).append("\", role: ").append(role.text());
      policy.append("}\n");
    }
    for (String t : tenants) {
      String tenant = new TenantId(t).value();
      String name = LabAuthority.spiffe(domain, "tenant/" + tenant);
      issue(authority, directory, "tenant-" + tenant, List.of(name), valid);
      policy.append("  - {name: \"").append(name).append("\", role: tenant, tenant: ");
      policy.append(tenant).append("}\n");
    }
    Path access = directory.resolve("access.yaml");
    if (!Files.exists(access)) {
      Files.writeString(access, policy);
    }
    System.err.printf(
        "%s: authority, %d members, clients admin, operator, viewer and %s; policy in access.yaml%n",
        directory,
        members.size(),
        String.join(", ", tenants.stream().map(t -> "tenant-" + t).toList()));
    return 0;
  }

  /** SPIFFE-ID §2.1 says what a trust domain is. */
  private static void domain(String domain) {
    Invalid.unless(
        domain.matches("[a-z0-9._-]{1,255}"),
        "--domain",
        "'" + domain + "' is not a trust domain; allowed: 1 to 255 of a-z, 0-9, '.', '-' and '_'");
  }

  private static List<String> servers(String domain, String path, List<String> hosts) {
    List<String> names = new ArrayList<>();
    names.add(LabAuthority.spiffe(domain, path));
    for (String h : hosts) {
      names.add((h.matches("[0-9.]+|.*:.*") ? "ip:" : "dns:") + h);
    }
    return names;
  }

  private static void issue(
      LabAuthority authority, Path directory, String file, List<String> names, Duration lasts)
      throws IOException {
    if (!Files.exists(directory.resolve(file + ".pem"))) {
      authority.issue(file, names, lasts);
    }
  }

  @Command(
      name = "issue",
      mixinStandardHelpOptions = true,
      description = {
        "Issues one more client certificate, or a new one for an old name, and prints the line for",
        "access.yaml. Whoever uses it reads it again by itself."
      })
  int issue(
      @Parameters(paramLabel = "DIR", description = "As 'certs init' made it.") Path directory,
      @Option(names = "--role", required = true, description = "admin, operator, tenant or viewer.")
          Role role,
      @Option(names = "--tenant", description = "That it is confined to.") @Nullable String tenant,
      @Option(names = "--domain", defaultValue = DOMAIN, description = "Trust domain.")
          String domain,
      @Option(names = "--lasts", defaultValue = "90d", description = "How long it is valid.")
          String lasts)
      throws IOException {
    domain(domain);
    Role given = Role.parse("--role", role.text());
    Grant grant = new Grant(given, tenant == null ? null : new TenantId(tenant));
    String path = grant.tenant() == null ? given.text() : given.text() + "/" + tenant;
    String name = LabAuthority.spiffe(domain, path);
    LabAuthority.in(directory, domain)
        .issue(
            path.replace('/', '-'),
            List.of(name),
            Duration.ofMillis(Quantities.timeMs("--lasts", lasts)));
    System.out.printf(
        Locale.ROOT,
        "  - {name: \"%s\", role: %s%s}%n",
        name,
        given.text(),
        tenant == null ? "" : ", tenant: " + tenant);
    return 0;
  }
}
