package io.myelin.node.northbound.access;

import io.myelin.core.access.AccessPolicy;
import io.myelin.core.access.AccessPolicy.Limits;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The policy in force, which may be replaced while calls are under way. Thread-safe. */
public final class Access {
  /** A policy, and who verifies the tokens of its issuers. */
  record Terms(AccessPolicy policy, Tokens tokens) {}

  private final LongSupplier clockMs;
  private volatile @Nullable Terms terms;

  private Access(LongSupplier clockMs) {
    this.clockMs = clockMs;
  }

  /** Whoever reaches the port may do everything. */
  public static Access open() {
    return new Access(() -> 0);
  }

  /**
   * By a policy.
   *
   * @param clockMs milliseconds since 1970
   * @throws IOException naming the issuer of tokens whose keys cannot be had
   */
  public static Access of(AccessPolicy policy, LongSupplier clockMs) throws IOException {
    Access access = new Access(clockMs);
    access.replace(policy);
    return access;
  }

  /** With tokens that somebody else verifies. */
  public static Access of(AccessPolicy policy, Tokens tokens) {
    Access access = open();
    access.terms = new Terms(policy, tokens);
    return access;
  }

  /**
   * Puts another policy in force, for calls that begin from now on.
   *
   * @throws IOException naming the issuer of tokens whose keys cannot be had; the old policy stays
   */
  public void replace(AccessPolicy policy) throws IOException {
    Terms old = terms;
    Tokens tokens =
        policy.issuers().isEmpty()
            ? Tokens.NONE
            : old != null && old.policy.issuers().equals(policy.issuers())
                ? old.tokens // which knows the keys already
                : new JwtTokens(policy.issuers(), clockMs);
    terms = new Terms(policy, tokens);
  }

  /** What holds now; null: whoever reaches the port may do everything. */
  @Nullable Terms now() {
    return terms;
  }

  /** What one client may ask now; null: as much as it likes. */
  public @Nullable Limits limits() {
    Terms now = terms;
    return now == null ? null : now.policy.limits();
  }
}
