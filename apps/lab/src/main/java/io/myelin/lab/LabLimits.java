package io.myelin.lab;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.topology.GeneratedFabric;
import java.util.Locale;
import java.util.Optional;

/**
 * What a lab has room for. One thread moves all packets, some 100,000 a second; discovery alone
 * takes twenty of them for each cable, and each switch compiles its own pipeline.
 */
public final class LabLimits {
  /** Eighty of them took 0.9 GB of memory and 40 s to come up, on two shared cores. */
  public static final int SWITCHES = 96;

  /** Discovery then takes a tenth of the packets that the fabric's thread can move. */
  public static final int CABLES = 512;

  /** At 1 Mb/s each they send what the fabric's thread can just move. */
  public static final int NICS = 256;

  /** What one thread moves from port to port in a second, on a core of a laptop. */
  private static final long PACKETS_PER_SECOND = 100_000;

  /** From NIC to NIC by way of a spine: three switches and two NICs touch a packet. */
  private static final int TOUCHES = 4;

  private LabLimits() {}

  /**
   * Refuses a generated fabric for which there is no room, before it is built.
   *
   * @param field for messages
   */
  public static void require(String field, GeneratedFabric fabric) {
    GeneratedFabric.Size s = fabric.size();
    require(field, fabric.shortForm(), s, largest(fabric) + " would fit");
  }

  /**
   * Refuses a fabric for which there is no room.
   *
   * @param field for messages
   * @param name of the fabric
   */
  public static void require(String field, String name, Inventory fabric) {
    require(
        field,
        name,
        new GeneratedFabric.Size(
            fabric.devices().size(), fabric.links().size() / 2, fabric.endpoints().size()),
        "a part of it may fit; 'myelin path --topology' plans all of it without running it");
  }

  private static void require(
      String field, String name, GeneratedFabric.Size size, String instead) {
    Invalid.unless(
        fits(size),
        field,
        String.format(
            "%s has %d switches, %d cables and %d hosts' NICs; a lab has room for %d, %d and %d,"
                + " since one thread moves all its packets; %s",
            name,
            size.switches(),
            size.cables(),
            size.endpoints(),
            SWITCHES,
            CABLES,
            NICS,
            instead));
  }

  /**
   * What becomes of the lab's clock when all NICs send at line rate.
   *
   * @return a sentence; empty: it keeps up with the wall's
   */
  public static Optional<String> slowClock(LabPlan plan) {
    long[] bps = {0};
    plan.inventory().endpoints().forEach((id, e) -> bps[0] += e.capacityBps());
    long packets = bps[0] / (8L * plan.mtu()) * TOUCHES;
    return packets < 2 * PACKETS_PER_SECOND
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "with all NICs at line rate the lab's clock will run some %.0f times slower than"
                    + " the wall's; rates are measured by it and stay true, and a lower --rate is"
                    + " faster",
                (double) packets / PACKETS_PER_SECOND));
  }

  private static boolean fits(GeneratedFabric.Size size) {
    return size.switches() <= SWITCHES && size.cables() <= CABLES && size.endpoints() <= NICS;
  }

  /** A large fabric of the same kind that fits. */
  static String largest(GeneratedFabric like) {
    String kind = like.shortForm().replaceFirst(":.*", "");
    return switch (kind) {
      case "leaf-spine" -> "leaf-spine:32x16x8";
      case "fat-tree" -> "fat-tree:8";
      case "rail" -> "rail:4x8x8x16";
      case "dragonfly" -> "dragonfly:9x4x2x2";
      case "wan" -> "wan:16";
      default -> throw new IllegalArgumentException("unknown kind of fabric: " + kind);
    };
  }
}
