package io.myelin.node.northbound.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.myelin.core.access.AccessPolicy.TokenIssuer;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.text.ParseException;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * JSON Web Tokens (RFC 7519) of configured issuers, with the precautions of RFC 8725: asymmetric
 * algorithms only, issuer and audience required, an expiry not far ahead, roles bounded by issuer.
 */
@SuppressWarnings("JavaUtilDate") // the library speaks of times as Date
public final class JwtTokens implements Tokens {
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.RS256,
          JWSAlgorithm.PS256,
          JWSAlgorithm.EdDSA);

  /** What clocks may differ by. */
  private static final long SKEW_MS = 30_000;

  /** Longer ones are not tokens of people who mean well. */
  private static final int MAX_CHARS = 4_096;

  /** Signatures take longer to verify than most calls: what was verified counts for so long. */
  private static final long CACHED_MS = 10_000;

  private static final int MOST_CACHED = 10_000;

  private record Verified(Caller caller, long untilMs) {}

  private record Issuer(TokenIssuer terms, DefaultJWTProcessor<SecurityContext> processor) {}

  private final Map<String, Issuer> issuers = new HashMap<>();
  private final Map<String, Verified> cached =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
          return size() > MOST_CACHED;
        }
      };
  private final LongSupplier clockMs;

  /**
   * @param clockMs milliseconds since 1970
   * @throws IOException naming the issuer whose keys cannot be had from where the policy says
   */
  public JwtTokens(List<TokenIssuer> terms, LongSupplier clockMs) throws IOException {
    this.clockMs = clockMs;
    for (TokenIssuer t : terms) {
      DefaultJWTProcessor<SecurityContext> p = new DefaultJWTProcessor<>();
      p.setJWSTypeVerifier(
          new DefaultJOSEObjectTypeVerifier<>(
              JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
      p.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys(t)));
      p.setJWTClaimsSetVerifier((claims, context) -> {}); // ours are below: they know the clock
      issuers.put(t.issuer(), new Issuer(t, p));
    }
  }

  private static JWKSource<SecurityContext> keys(TokenIssuer t) throws IOException {
    String at = t.jwks();
    if (!at.startsWith("https://") && !at.startsWith("http://")) {
      FileKeys file = new FileKeys(Path.of(at.startsWith("file:") ? at.substring(5) : at));
      return (selector, context) -> selector.select(file.now());
    }
    URI uri = URI.create(at);
    boolean loopback = InetAddress.getByName(uri.getHost()).isLoopbackAddress();
    if (uri.getScheme().equals("http") && !loopback) {
      throw new IOException(
          "tokens: keys of issuer '" + t.issuer() + "' must come over https, not from " + at);
    }
    return JWKSourceBuilder.create(uri.toURL())
        .retrying(true)
        .outageTolerant(true)
        .rateLimited(true)
        .build();
  }

  /** Keys in a file, read again when it changes. */
  private static final class FileKeys {
    private final Path file;
    private @Nullable FileTime read;
    private @Nullable JWKSet keys;

    FileKeys(Path file) throws IOException {
      this.file = file;
      try {
        now();
      } catch (KeySourceException e) {
        throw new IOException(e.getMessage(), e);
      }
    }

    synchronized JWKSet now() throws KeySourceException {
      try {
        FileTime changed = Files.getLastModifiedTime(file);
        JWKSet known = keys;
        if (known == null || !changed.equals(read)) {
          known = JWKSet.load(file.toFile()).toPublicJWKSet();
          keys = known;
          read = changed;
        }
        return known;
      } catch (IOException | ParseException e) {
        throw new KeySourceException("tokens.jwks: " + file + " cannot be used: " + e, e);
      }
    }
  }

  @Override
  public Caller verify(String token) throws Rejected {
    if (token.length() > MAX_CHARS) {
      throw new Rejected("the token is longer than " + MAX_CHARS + " characters");
    }
    long now = clockMs.getAsLong();
    synchronized (cached) {
      Verified known = cached.get(token);
      if (known != null && now < known.untilMs) {
        return known.caller;
      }
    }
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      String name = jwt.getJWTClaimsSet().getIssuer();
      Issuer issuer = name == null ? null : issuers.get(name);
      if (issuer == null) {
        throw new Rejected("the token's issuer is not known here");
      }
      JWTClaimsSet claims = issuer.processor.process(jwt, null);
      Caller caller = caller(issuer.terms, claims, now);
      long until = Math.min(now + CACHED_MS, claims.getExpirationTime().getTime() + SKEW_MS);
      synchronized (cached) {
        cached.put(token, new Verified(caller, until));
      }
      return caller;
    } catch (ParseException e) {
      throw new Rejected("this is no signed JSON Web Token");
    } catch (KeySourceException e) {
      throw new Rejected("the issuer's keys cannot be had at the moment");
    } catch (BadJOSEException | JOSEException e) {
      throw new Rejected("the token's signature does not verify");
    }
  }

  private static Caller caller(TokenIssuer t, JWTClaimsSet claims, long now)
      throws Rejected, ParseException {
    if (!claims.getAudience().contains(t.audience())) {
      throw new Rejected("the token is for another audience than '" + t.audience() + "'");
    }
    Date expires = claims.getExpirationTime();
    Date issued = claims.getIssueTime();
    Date begins = claims.getNotBeforeTime();
    if (expires == null || issued == null) {
      throw new Rejected("the token needs iat and exp");
    }
    if (expires.getTime() + SKEW_MS <= now) {
      throw new Rejected("the token expired at " + expires.toInstant());
    }
    if (issued.getTime() - SKEW_MS > now || (begins != null && begins.getTime() - SKEW_MS > now)) {
      throw new Rejected("the token is not valid yet");
    }
    if (expires.getTime() - issued.getTime() > t.maxTtlS() * 1_000) {
      throw new Rejected("the token is valid for longer than the " + t.maxTtlS() + " s allowed");
    }
    String subject = claims.getSubject();
    if (subject == null || subject.isEmpty() || subject.length() > 256) {
      throw new Rejected("the token needs a subject");
    }
    try {
      Role role = Role.parse(t.roleClaim(), text(claims, t.roleClaim()));
      if (!t.roles().contains(role)) {
        throw new Rejected("this issuer does not give role " + role.text());
      }
      String tenant = text(claims, t.tenantClaim());
      TenantId id = tenant.isEmpty() ? null : new TenantId(tenant);
      // Only who is trusted with more than one tenant may name nobody.
      if (role == Role.VIEWER && id == null && !t.roles().contains(Role.OPERATOR)) {
        throw new Rejected("claim " + t.tenantClaim() + " is required");
      }
      return new Caller("jwt:" + t.issuer() + "#" + subject, new Grant(role, id));
    } catch (Invalid e) {
      throw new Rejected("claim " + e.getMessage());
    }
  }

  private static String text(JWTClaimsSet claims, String claim) throws ParseException {
    String value = claims.getStringClaim(claim);
    return value == null ? "" : value;
  }
}
