package io.myelin.core.model;

/**
 * A directed link, named by its ends: {@code leaf1/1>spine1/1} between devices, {@code
 * gpu1>leaf1/5} and {@code leaf1/5>gpu1} at an endpoint.
 */
public record LinkId(String value) implements Comparable<LinkId> {

  public static LinkId between(PortRef from, PortRef to) {
    return new LinkId(from + ">" + to);
  }

  public static LinkId from(EndpointId endpoint, PortRef attachment) {
    return new LinkId(endpoint + ">" + attachment);
  }

  public static LinkId to(PortRef attachment, EndpointId endpoint) {
    return new LinkId(attachment + ">" + endpoint);
  }

  @Override
  public int compareTo(LinkId o) {
    return value.compareTo(o.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
