package io.myelin.core.model;

/**
 * A port of a device, written {@code leaf1/3}.
 *
 * @param port P4Runtime port number, 1 to 254 ({@value #CPU} is the CPU port)
 */
public record PortRef(DeviceId device, int port) implements Comparable<PortRef> {
  /** The controller's port on every switch; CPU_PORT in p4/include/headers.p4. */
  public static final int CPU = 255;

  public PortRef {
    Invalid.unless(port >= 1 && port < CPU, "port", port + " is not a port; allowed: 1 to 254");
  }

  /** Parses {@code device/port}. */
  public static PortRef parse(String field, String text) {
    int slash = text.lastIndexOf('/');
    Invalid.unless(
        slash > 0 && text.substring(slash + 1).matches("[0-9]{1,3}"),
        field,
        "'" + text + "' is not a port; allowed: DEVICE/NUMBER, e.g. leaf1/3");
    try {
      return new PortRef(
          new DeviceId(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    } catch (Invalid e) {
      throw e.under(field);
    }
  }

  @Override
  public int compareTo(PortRef o) {
    int c = device.compareTo(o.device);
    return c != 0 ? c : Integer.compare(port, o.port);
  }

  @Override
  public String toString() {
    return device + "/" + port;
  }
}
