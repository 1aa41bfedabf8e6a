package io.myelin.core.access;

import io.myelin.core.model.Invalid;
import java.util.Arrays;
import java.util.Locale;

/** What a caller may do; docs/SECURITY.md has the table. */
public enum Role {
  /** Everything, for every tenant. */
  ADMIN,
  /** Looks at everything, takes switches and links out of use; changes no tenant's leases. */
  OPERATOR,
  /** Looks at and changes what is its tenant's. */
  TENANT,
  /** Only looks: at its tenant's, or at everything when it has none. */
  VIEWER,
  /** Another member of the cluster: passes on what callers asked of it. Never given by a policy. */
  MEMBER;

  /** As policies and tokens write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * A role that a policy may give.
   *
   * @throws Invalid naming the field and what is allowed
   */
  public static Role parse(String field, String text) {
    for (Role r : values()) {
      if (r != MEMBER && r.text().equals(text)) {
        return r;
      }
    }
    throw new Invalid(
        field,
        "'"
            + text
            + "' is not a role; allowed: "
            + String.join(
                ", ", Arrays.stream(values()).filter(r -> r != MEMBER).map(Role::text).toList()));
  }
}
