package io.myelin.lab;

import io.myelin.core.model.DeviceId;
import io.myelin.lab.net.EmulatedLink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What may happen to a running fabric. Callable from any thread; results come from the fabric's.
 * With a virtual clock, run it before joining one.
 *
 * <p>Cables are named as {@link CableNames} says. Refusals are {@link LabRefusal}s.
 */
public final class LabFaults {
  /** Once around the globe by fibre takes 200 ms; no lab needs more than this. */
  private static final long MOST_DELAY_NS = 10_000_000_000L;

  private final LabFabric fabric;
  private final CableNames names;

  public LabFaults(LabFabric fabric) {
    this.fabric = fabric;
    names = new CableNames(fabric.cables().values());
  }

  /** Whether a cable carries anything. */
  public enum Condition {
    WHOLE,
    CUT
  }

  /** Whether a switch has power. */
  public enum Power {
    ON,
    OFF
  }

  /**
   * A cable as it is now.
   *
   * @param lossShare of packets, each way, 0 to 1
   * @param latencyNs one way, nanoseconds
   * @param jitterNs by how much a packet's latency may differ, nanoseconds
   */
  public record Cable(
      String name, Condition condition, double lossShare, long latencyNs, long jitterNs) {}

  /** A switch as it is now, with the address of its P4Runtime server. */
  public record Switch(String name, Power power, String address) {}

  /** Loses what is on a cable, and what is sent into it until it is mended. */
  public CompletableFuture<Cable> cut(String cable) {
    return set(cable, Condition.CUT);
  }

  public CompletableFuture<Cable> mend(String cable) {
    return set(cable, Condition.WHOLE);
  }

  private CompletableFuture<Cable> set(String cable, Condition to) {
    return change(
        cable,
        link -> {
          LabRefusal.unless(
              condition(link) != to,
              LabRefusal.Kind.STATE,
              link.name() + (to == Condition.CUT ? " is cut already" : " is whole already"));
          link.setUp(to == Condition.WHOLE);
        });
  }

  /**
   * Loses packets at random.
   *
   * @param share of packets, each way, 0 to 1; 0: none
   */
  public CompletableFuture<Cable> loss(String cable, double share) {
    return change(
        cable,
        link -> {
          LabRefusal.unless(
              share >= 0 && share <= 1,
              LabRefusal.Kind.INVALID,
              "loss: " + share + " is not allowed; allowed: 0 to 1");
          link.lose(share, link.name().hashCode());
        });
  }

  /**
   * Sets a cable's latency.
   *
   * @param latencyNs one way, nanoseconds, up to 10 s
   * @param jitterNs by how much a packet's latency may differ, up to the latency
   */
  public CompletableFuture<Cable> delay(String cable, long latencyNs, long jitterNs) {
    return change(
        cable,
        link -> {
          LabRefusal.unless(
              latencyNs >= 0 && latencyNs <= MOST_DELAY_NS,
              LabRefusal.Kind.INVALID,
              "delay: " + latencyNs + " ns is not allowed; allowed: 0 to 10s");
          LabRefusal.unless(
              jitterNs >= 0 && jitterNs <= latencyNs,
              LabRefusal.Kind.INVALID,
              "jitter: " + jitterNs + " ns is not allowed; allowed: 0 up to the delay");
          link.delay(latencyNs, jitterNs, link.name().hashCode());
        });
  }

  private CompletableFuture<Cable> change(String cable, Consumer<EmulatedLink> how) {
    return fabric.call(
        () -> {
          EmulatedLink link = names.find(cable).link();
          how.accept(link);
          return seen(link);
        });
  }

  private static Condition condition(EmulatedLink link) {
    return link.isUp() ? Condition.WHOLE : Condition.CUT;
  }

  private static Cable seen(EmulatedLink link) {
    return new Cable(
        link.name(),
        condition(link),
        link.lossProbability(EmulatedLink.Direction.A_TO_B),
        link.latencyNs(),
        link.jitterNs());
  }

  /** All cables, between switches first. */
  public CompletableFuture<List<Cable>> cables() {
    return fabric.call(() -> fabric.links().values().stream().map(LabFaults::seen).toList());
  }

  /** A power cut, as {@link LabFabric#kill}; blocks while the switch's server ends. */
  public Switch kill(String name) {
    DeviceId id = find(name);
    try {
      fabric.kill(id);
    } catch (IllegalStateException e) {
      throw new LabRefusal(LabRefusal.Kind.STATE, String.valueOf(e.getMessage()));
    }
    return seen(id);
  }

  /** Power again, as {@link LabFabric#restart}; blocks while the switch starts. */
  public Switch restart(String name) {
    DeviceId id = find(name);
    try {
      fabric.restart(id);
    } catch (IOException e) {
      throw new LabRefusal(
          LabRefusal.Kind.STATE, id + " stays dead: its port is taken: " + e.getMessage());
    }
    return seen(id);
  }

  /** All switches. */
  public List<Switch> switches() {
    List<Switch> all = new ArrayList<>();
    fabric.inventory().devices().forEach((id, d) -> all.add(seen(id)));
    return all;
  }

  private DeviceId find(String name) {
    List<String> all = new ArrayList<>();
    for (var e : fabric.inventory().devices()) {
      if (e.getKey().value().equals(name)) {
        return e.getKey();
      }
      all.add(e.getKey().value());
    }
    throw new LabRefusal(
        LabRefusal.Kind.NOT_FOUND, "no switch '" + name + "'; nearest: " + Nearest.to(name, all));
  }

  private Switch seen(DeviceId id) {
    return new Switch(
        id.value(), fabric.isPowered(id) ? Power.ON : Power.OFF, fabric.addressOf(id));
  }
}
