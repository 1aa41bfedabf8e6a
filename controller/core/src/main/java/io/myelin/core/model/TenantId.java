package io.myelin.core.model;

/** A tenant, by its name in the inventory. */
public record TenantId(String value) implements Comparable<TenantId> {
  public TenantId {
    Ids.require("tenant", value);
  }

  @Override
  public int compareTo(TenantId o) {
    return value.compareTo(o.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
