package io.myelin.core.access;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * What an identity gets.
 *
 * @param tenant to which it is confined; null: to none. Role TENANT has one, ADMIN and OPERATOR
 *     have none
 */
public record Grant(Role role, @Nullable TenantId tenant) {
  public Grant {
    switch (role) {
      case TENANT -> Invalid.unless(tenant != null, "tenant", "is required for role tenant");
      case ADMIN, OPERATOR, MEMBER ->
          Invalid.unless(tenant == null, "tenant", "is not allowed for role " + role.text());
      case VIEWER -> {
        // With a tenant it sees that one's, without one everything.
      }
    }
  }
}
