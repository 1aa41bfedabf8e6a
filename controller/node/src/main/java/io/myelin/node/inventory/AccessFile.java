package io.myelin.node.inventory;

import io.myelin.core.access.AccessPolicy;
import io.myelin.core.access.AccessPolicy.Limits;
import io.myelin.core.access.AccessPolicy.TokenIssuer;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads {@code access.yaml}: who may do what. Unknown keys are errors. */
public final class AccessFile {
  private static final String DEFAULT_MAX_TTL = "1h";

  private record Identity(String name, Grant grant) {}

  private AccessFile() {}

  /**
   * Reads a file; paths in it are relative to it.
   *
   * @throws InventoryException naming file, line, field and what is allowed
   */
  public static AccessPolicy read(Path file) {
    Path base = file.toAbsolutePath().getParent();
    return parse(file.toString(), SourceFile.text(file), base == null ? Path.of("") : base);
  }

  /** Parses a document; {@code name} stands for the file in messages. */
  public static AccessPolicy parse(String name, String text, Path base) {
    return Yaml.parse(name, text).finish(y -> policy(y, base));
  }

  private static AccessPolicy policy(Yaml y, Path base) {
    List<Identity> identities = y.list("identities", AccessFile::identity);
    TreeMap<String, Grant> byName = new TreeMap<>();
    for (int i = 0; i < identities.size(); i++) {
      Identity id = identities.get(i);
      Invalid.unless(
          byName.put(id.name, id.grant) == null,
          "identities[" + i + "].name",
          "'" + id.name + "' is there twice");
    }
    List<TokenIssuer> issuers = y.list("tokens", t -> issuer(t, base));
    return new AccessPolicy(
        byName, issuers, y.section("limits", AccessFile::limits, Limits.DEFAULT));
  }

  private static Identity identity(Yaml y) {
    String name = y.text("name");
    Invalid.unless(
        name.matches("(uri|dns|email):\\S+"),
        "name",
        "'"
            + name
            + "' is not a subject alternative name; allowed: uri:…, dns:… or email:…, e.g."
            + " uri:spiffe://example/tenant/blue");
    return new Identity(name, new Grant(role(y, "role"), tenant(y)));
  }

  private static Role role(Yaml y, String key) {
    return y.value(key, t -> Role.parse(key, t));
  }

  private static @Nullable TenantId tenant(Yaml y) {
    String tenant = y.text("tenant", "");
    return tenant.isEmpty() ? null : y.value("tenant", TenantId::new);
  }

  private static TokenIssuer issuer(Yaml y, Path base) {
    String jwks = y.text("jwks");
    boolean url = jwks.matches("[a-z]+:.*");
    List<Role> roles = y.values("roles", t -> Role.parse("roles", t));
    Set<Role> allowed =
        roles.isEmpty() ? EnumSet.of(Role.TENANT, Role.VIEWER) : EnumSet.copyOf(roles);
    return new TokenIssuer(
        y.text("issuer"),
        y.text("audience"),
        url ? jwks : base.resolve(jwks).toString(),
        y.text("roleClaim", "myelin_role"),
        y.text("tenantClaim", "myelin_tenant"),
        allowed,
        Quantities.timeMs("maxTtl", y.text("maxTtl", DEFAULT_MAX_TTL)) / 1_000);
  }

  private static Limits limits(Yaml y) {
    Limits d = Limits.DEFAULT;
    return new Limits(
        count(y, "perSecond", d.perSecond()),
        count(y, "burst", d.burst()),
        count(y, "inFlight", d.inFlight()),
        count(y, "streams", d.streams()));
  }

  private static int count(Yaml y, String key, int otherwise) {
    return y.value(
        key,
        otherwise,
        t -> {
          Invalid.unless(t.matches("[0-9]{1,9}"), key, "'" + t + "' is not a whole number");
          return Integer.parseInt(t);
        });
  }
}
