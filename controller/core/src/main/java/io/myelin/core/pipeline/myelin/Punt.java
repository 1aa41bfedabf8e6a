package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.pipeline.DropReason;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.PuntReason;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code punt}: what goes to the controller instead of being forwarded, from which port and how
 * often; and what nobody but the fabric may send.
 *
 * <p>An entry for each port and kind, so that each has a meter of its own. What no such entry lets
 * through, the ones for any port drop: LLDP that does not come over a cable of the inventory,
 * probes outside of label stacks, ARP and ND from other NICs than those that the inventory knows.
 */
final class Punt {
  /** Reasons in the packet_in header, PUNT_* of p4/include/headers.p4, by place. */
  private static final List<PuntReason> REASONS =
      List.of(
          PuntReason.ECHO,
          PuntReason.LLDP,
          PuntReason.ARP,
          PuntReason.ND,
          PuntReason.PROBE,
          PuntReason.CONGESTION,
          PuntReason.PORT_DOWN);

  private static final int ETHERTYPE_LLDP = 0x88cc;
  private static final int ETHERTYPE_ARP = 0x0806;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int ETHERTYPE_MPLS = 0x8847;
  private static final int ETHERTYPE_PROBE = 0x88b5;
  private static final int ICMPV6 = 58;
  private static final int NEIGHBOR_SOLICITATION = 135;

  private static final int PRIORITY_PORT = 20;
  private static final int PRIORITY_ANY = 10;

  /** For entries that limit nothing: switches differ on having no meter. */
  private static final Entry.Meter UNLIMITED =
      new Entry.Meter(1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000_000);

  private Punt() {}

  static PuntReason reason(int code) {
    return code >= 0 && code < REASONS.size() ? REASONS.get(code) : PuntReason.UNKNOWN;
  }

  /** What no entry of a port lets through. */
  static void fill(Consumer<Entry> out) {
    drop(DropReason.CONTROL_FRAME, out, etherType(ETHERTYPE_LLDP));
    drop(DropReason.CONTROL_FRAME, out, etherType(ETHERTYPE_PROBE));
    drop(DropReason.SOURCE_MAC, out, etherType(ETHERTYPE_ARP));
    // RFC 4861 §4. Only solicitations get an answer, and none of these may leave its cable. Router
    // advertisements are the fabric's alone.
    drop(DropReason.POLICY, out, nd(133));
    drop(DropReason.CONTROL_FRAME, out, nd(134));
    drop(DropReason.SOURCE_MAC, out, nd(NEIGHBOR_SOLICITATION));
    drop(DropReason.POLICY, out, nd(136));
  }

  /** The other end is a switch. */
  static void fillFabricPort(PuntLimits limits, PortRef port, Consumer<Entry> out) {
    FieldMatch from = ingress(port);
    Entry.Meter meter = meter(limits.fabricPps());
    out.accept(
        entry(
            PRIORITY_PORT,
            toCpu(PuntReason.LLDP),
            meter,
            List.of(from, etherType(ETHERTYPE_LLDP))));
    out.accept(
        entry(
            PRIORITY_PORT,
            EntryAction.call("punt_pass"),
            meter,
            List.of(from, etherType(ETHERTYPE_MPLS), FieldMatch.ternary("probe", 1, 1))));
  }

  /** The other end is a NIC. */
  static void fillEndpoint(PuntLimits limits, Endpoint e, Consumer<Entry> out) {
    FieldMatch from = ingress(e.attachment());
    FieldMatch nic = FieldMatch.ternary("src_mac", e.mac().value(), 48);
    Entry.Meter meter = meter(limits.hostPps());
    out.accept(
        entry(
            PRIORITY_PORT,
            toCpu(PuntReason.ARP),
            meter,
            List.of(from, nic, etherType(ETHERTYPE_ARP))));
    List<FieldMatch> solicitation =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(from, nic),
                java.util.Arrays.stream(nd(NEIGHBOR_SOLICITATION)))
            .toList();
    out.accept(entry(PRIORITY_PORT, toCpu(PuntReason.ND), meter, solicitation));
  }

  private static FieldMatch ingress(PortRef port) {
    return FieldMatch.ternary("ingress_port", port.port(), 9);
  }

  private static FieldMatch etherType(int type) {
    return FieldMatch.ternary("ether_type", type, 16);
  }

  private static FieldMatch[] nd(int type) {
    return new FieldMatch[] {
      etherType(ETHERTYPE_IPV6),
      FieldMatch.ternary("ip_protocol", ICMPV6, 8),
      FieldMatch.ternary("icmpv6_type", type, 8)
    };
  }

  /** A second's worth may come at once. */
  private static Entry.Meter meter(long pps) {
    return new Entry.Meter(pps, pps, pps, pps);
  }

  private static EntryAction.Call toCpu(PuntReason reason) {
    return EntryAction.call("to_cpu", "reason", REASONS.indexOf(reason));
  }

  private static void drop(DropReason reason, Consumer<Entry> out, FieldMatch... match) {
    out.accept(
        entry(
            PRIORITY_ANY,
            EntryAction.call("punt_drop", "drop_reason", reason.index()),
            UNLIMITED,
            List.of(match)));
  }

  private static Entry entry(
      int priority, EntryAction action, Entry.Meter meter, List<FieldMatch> match) {
    return new Entry(new EntryKey(MyelinTable.PUNT, match, priority), action, meter);
  }
}
