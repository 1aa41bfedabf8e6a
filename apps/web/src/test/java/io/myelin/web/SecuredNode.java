package io.myelin.web;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.myelin.core.model.Inventory;
import io.myelin.node.Node;
import io.myelin.node.Security;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.tls.LabAuthority;
import io.myelin.node.tls.TlsFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A node of two tenants behind TLS, with a web door, and an issuer of tokens that it believes. */
public final class SecuredNode implements AutoCloseable {
  static final String DOMAIN = "test.lab";
  static final Duration HOUR = Duration.ofHours(1);

  private static final Inventory FABRIC =
      InventoryFile.parse(
          "fabric.yaml",
          """
          fabric: two-tenants
          tenants:
            - {name: blue}
            - {name: red}
          devices:
            - {name: leaf1, role: leaf, address: "127.0.0.1:1", deviceId: 1}
          endpoints:
            - {name: b1, attach: leaf1/1, ip: 10.0.0.1, mac: "02:00:00:00:00:01", tenant: blue, capacity: 10G, host: hb}
            - {name: r1, attach: leaf1/3, ip: 10.0.0.3, mac: "02:00:00:00:00:03", tenant: red, capacity: 10G, host: hr}
          """);

  private final LabAuthority authority;
  private final ECKey signing;
  private final Node node;

  /**
   * @param dir for certificates, policy and audit log
   * @param policy in YAML; its issuer's keys are in {@code jwks.json}
   */
  public SecuredNode(Path dir, String policy) throws IOException, JOSEException {
    authority = LabAuthority.in(dir, DOMAIN);
    TlsFiles own =
        authority.issue("node", List.of(name("member/n1"), "ip:127.0.0.1", "dns:localhost"), HOUR);
    signing = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
    Files.writeString(dir.resolve("jwks.json"), new JWKSet(signing).toString(true));
    Files.writeString(dir.resolve("access.yaml"), policy);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    node =
        new Node(
            new Node.Config(FABRIC, any, Pace.of(HOUR))
                .with(
                    new Security(
                        own,
                        Security.SwitchTls.BEYOND_LOOPBACK,
                        dir.resolve("access.yaml"),
                        dir.resolve("audit")))
                .web(WebOptions.at(any)));
  }

  static String name(String path) {
    return LabAuthority.spiffe(DOMAIN, path);
  }

  /** Who issues its certificates. */
  LabAuthority authority() {
    return authority;
  }

  /** Looks now whether the policy has changed. */
  void reread() {
    node.reread();
  }

  public WebDoor door() {
    return Objects.requireNonNull(node.door());
  }

  /** A token for an hour. */
  public String token(String role, @Nullable String tenant) throws JOSEException {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer("https://issuer.example")
            .audience("myelin")
            .subject("ann")
            .claim("role", role)
            .claim("tenant", tenant)
            .issueTime(Date.from(Instant.now()))
            .expirationTime(Date.from(Instant.now().plus(HOUR)))
            .build();
    SignedJWT jwt =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k1").build(), claims);
    jwt.sign(new ECDSASigner(signing));
    return jwt.serialize();
  }

  @Override
  public void close() {
    node.close();
  }
}
