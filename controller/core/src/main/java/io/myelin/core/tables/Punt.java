package io.myelin.core.tables;

import java.util.List;
import java.util.function.Consumer;

/** {@code punt}: what goes to the controller instead of being forwarded. */
public final class Punt {
  /** Reasons in the packet_in header. 0 is an echo: a packet-out addressed to the CPU port. */
  public static final int LLDP = 1;

  public static final int ARP = 2;
  public static final int ND = 3;
  public static final int PROBE = 4;
  public static final int CONGESTION = 5;
  public static final int PORT_DOWN = 6;

  private static final int ETHERTYPE_LLDP = 0x88cc;
  private static final int ETHERTYPE_ARP = 0x0806;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int ICMPV6 = 58;
  private static final int PRIORITY = 10;

  private Punt() {}

  static void fill(Consumer<Entry> out) {
    out.accept(entry(List.of(FieldMatch.ternary("ether_type", ETHERTYPE_LLDP, 16)), LLDP));
    out.accept(entry(List.of(FieldMatch.ternary("ether_type", ETHERTYPE_ARP, 16)), ARP));
    // Router and neighbour solicitation and advertisement, RFC 4861 §4: types 133 to 136.
    for (int type = 133; type <= 136; type++) {
      out.accept(
          entry(
              List.of(
                  FieldMatch.ternary("ether_type", ETHERTYPE_IPV6, 16),
                  FieldMatch.ternary("ip_protocol", ICMPV6, 8),
                  FieldMatch.ternary("icmpv6_type", type, 8)),
              ND));
    }
  }

  private static Entry entry(List<FieldMatch> match, int reason) {
    return new Entry(
        new EntryKey(P4Table.PUNT, match, PRIORITY), EntryAction.call("to_cpu", "reason", reason));
  }
}
