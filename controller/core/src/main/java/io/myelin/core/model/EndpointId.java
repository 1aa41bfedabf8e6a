package io.myelin.core.model;

/** A GPU NIC, by its name in the inventory. */
public record EndpointId(String value) implements Comparable<EndpointId> {
  public EndpointId {
    Ids.require("endpoint", value);
  }

  @Override
  public int compareTo(EndpointId o) {
    return value.compareTo(o.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
