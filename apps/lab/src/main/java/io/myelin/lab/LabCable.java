package io.myelin.lab;

import io.myelin.lab.net.EmulatedLink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cable and what is at its ends.
 *
 * @param a end A: a switch's port or a host's NIC
 * @param b end B: a switch's port
 */
record LabCable(EmulatedLink link, End a, End b) {

  /**
   * An end of a cable.
   *
   * @param node the switch or the endpoint
   * @param port {@code leaf1/3}; of a NIC the endpoint's name
   * @param at null for a NIC
   * @param number of the switch's port
   */
  record End(String node, String port, @Nullable LabSwitch at, int number) {
    boolean sendsLight() {
      return at == null || at.isPowered();
    }
  }

  /** {@code leaf1/1-spine1/1}. */
  String name() {
    return link.name();
  }

  List<End> ends() {
    return List.of(a, b);
  }

  boolean isAt(LabSwitch sw) {
    return sw.equals(a.at) || sw.equals(b.at);
  }

  /** Tells both ends whether the other sends light; scheduler thread only. */
  void light() {
    light(a, b);
    light(b, a);
  }

  private void light(End end, End other) {
    if (end.at != null) {
      boolean on = link.isUp() && other.sendsLight();
      end.at.setLight(end.number, on ? LabSwitch.Light.ON : LabSwitch.Light.OFF);
    }
  }
}
