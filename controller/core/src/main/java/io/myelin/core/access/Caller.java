package io.myelin.core.access;

import io.myelin.core.model.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Whoever makes a call.
 *
 * @param name for logs and limits: a subject alternative name, or issuer and subject of a token
 */
public record Caller(String name, Grant grant) {

  /** Whoever is on this machine, where nothing says who may do what. */
  public static final Caller LOCAL = new Caller("local", new Grant(Role.ADMIN, null));

  public Role role() {
    return grant.role();
  }

  /** The tenant that it is confined to; null: none. */
  public @Nullable TenantId tenant() {
    return grant.tenant();
  }

  /** Whether what is a tenant's is its business. */
  public boolean sees(TenantId owner) {
    TenantId own = grant.tenant();
    return own == null || own.equals(owner);
  }
}
