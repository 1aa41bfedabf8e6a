package io.myelin.core.access;

import io.myelin.core.model.Invalid;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is known, and as what; how much each may ask.
 *
 * @param identities by subject alternative name of a client's certificate: {@code uri:spiffe://…},
 *     {@code dns:host.example}, {@code email:…}
 * @param issuers of bearer tokens
 */
public record AccessPolicy(
    SortedMap<String, Grant> identities, List<TokenIssuer> issuers, Limits limits) {

  /** Nobody is known. */
  public static final AccessPolicy NOBODY =
      new AccessPolicy(new TreeMap<>(), List.of(), Limits.DEFAULT);

  public AccessPolicy {
    identities = Collections.unmodifiableSortedMap(new TreeMap<>(identities));
    issuers = List.copyOf(issuers);
  }

  /**
   * An issuer of JSON Web Tokens (RFC 7519).
   *
   * @param issuer claim {@code iss}, exactly
   * @param audience one of claim {@code aud}
   * @param jwks where its keys are: a file, or an https URL
   * @param roleClaim that names the role
   * @param tenantClaim that names the tenant
   * @param roles that it may give: a key that leaks gives no more than these
   * @param maxTtlS seconds that a token may be valid at most, from {@code iat} to {@code exp}
   */
  public record TokenIssuer(
      String issuer,
      String audience,
      String jwks,
      String roleClaim,
      String tenantClaim,
      Set<Role> roles,
      long maxTtlS) {
    public TokenIssuer {
      Invalid.unless(!issuer.isEmpty(), "issuer", "is required");
      Invalid.unless(!audience.isEmpty(), "audience", "is required");
      Invalid.unless(!roles.isEmpty(), "roles", "at least one is required");
      Invalid.unless(!roles.contains(Role.MEMBER), "roles", "member is not given by tokens");
      Invalid.unless(maxTtlS > 0, "maxTtl", maxTtlS + " s is not allowed; it must be positive");
      roles = Collections.unmodifiableSet(EnumSet.copyOf(roles));
    }
  }

  /**
   * How much one client may ask.
   *
   * @param perSecond calls, on average
   * @param burst calls at once, after a rest
   * @param inFlight calls that are not answered yet
   * @param streams watches at once
   */
  public record Limits(int perSecond, int burst, int inFlight, int streams) {
    public static final Limits DEFAULT = new Limits(500, 1_000, 64, 32);

    public Limits {
      positive("perSecond", perSecond);
      positive("burst", burst);
      positive("inFlight", inFlight);
      positive("streams", streams);
    }

    private static void positive(String field, int value) {
      Invalid.unless(value > 0, field, value + " is not allowed; it must be positive");
    }
  }

  /** What the first of some names that is known gets; null: none is. */
  public @Nullable Caller caller(List<String> names) {
    for (String name : names) {
      Grant grant = identities.get(name);
      if (grant != null) {
        return new Caller(name, grant);
      }
    }
    return null;
  }

  /** The issuer of a token; null: unknown. */
  public @Nullable TokenIssuer issuer(String name) {
    for (TokenIssuer i : issuers) {
      if (i.issuer.equals(name)) {
        return i;
      }
    }
    return null;
  }

  /** Roles in order of what they may do, for messages. */
  public static String names(Set<Role> roles) {
    return String.join(", ", roles.stream().sorted().map(Role::text).toList());
  }
}
