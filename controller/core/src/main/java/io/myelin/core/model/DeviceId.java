package io.myelin.core.model;

/** A switch, by its name in the inventory. */
public record DeviceId(String value) implements Comparable<DeviceId> {
  public DeviceId {
    Ids.require("device", value);
  }

  @Override
  public int compareTo(DeviceId o) {
    return value.compareTo(o.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
