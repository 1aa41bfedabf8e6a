package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.U128;
import io.myelin.core.path.Path;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.SteeredFlow;
import io.myelin.core.state.TrafficSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** {@code path_steering}: a lease's packets get its label stack, at its ingress leaf only. */
final class PathSteering {
  private static final int UDP = 17;
  private static final int ROCEV2 = 4791;

  /** TC_LEASED of p4/include/headers.p4. */
  private static final int TC_LEASED = 1;

  // The more specific selector wins; a lease goes before a flow that is only led.
  private static final int PRIORITY_STEERED = 5;
  private static final int PRIORITY_ALL = 10;
  private static final int PRIORITY_ROCE = 20;
  private static final int PRIORITY_CLASS = 25;
  private static final int PRIORITY_QP = 30;

  /** 10 ms at the granted rate, but never less than two jumbo frames. */
  private static final long MIN_BURST_BYTES = 2 * 9216;

  /** The granted rate is above the one without marks by one part of the latter in this many. */
  private static final int MARKED_SHARE = 20;

  /** 8 Tb/s: nobody is marked down; a meter all the same, since switches differ on having none. */
  private static final Entry.Meter UNLIMITED =
      new Entry.Meter(1_000_000_000_000L, 1_000_000_000, 1_000_000_000_000L, 1_000_000_000);

  private PathSteering() {}

  static void fill(FabricState state, Lease lease, Consumer<Entry> out) {
    Endpoint source = state.inventory().endpoints().get(lease.spec().source());
    Endpoint destination = state.inventory().endpoints().get(lease.spec().destination());
    if (source == null || destination == null) {
      throw new AssertionError(lease.name() + " outlived its endpoints");
    }
    List<FieldMatch> match = new ArrayList<>(pair(state, source, destination));
    TrafficSelector traffic = lease.spec().traffic();
    if (traffic.kind() == TrafficSelector.Kind.ALL) {
      out.accept(entry(match, PRIORITY_ALL, lease));
      return;
    }
    match.add(FieldMatch.ternary("ip_protocol", UDP, 8));
    match.add(FieldMatch.ternary("dst_port", ROCEV2, 16));
    if (traffic.qpClasses() > 1) {
      int bits = Integer.numberOfTrailingZeros(traffic.qpClasses());
      match.add(FieldMatch.ternary("dest_qp", traffic.qpClass(), bits));
      out.accept(entry(match, PRIORITY_CLASS, lease));
      return;
    }
    if (traffic.destQps().isEmpty()) {
      out.accept(entry(match, PRIORITY_ROCE, lease));
      return;
    }
    for (int qp : traffic.destQps()) {
      List<FieldMatch> withQp = new ArrayList<>(match);
      withQp.add(FieldMatch.ternary("dest_qp", qp, 24));
      out.accept(entry(withQp, PRIORITY_QP, lease));
    }
  }

  /** A flow without a lease: taken over between two messages, and metered by nothing. */
  static void fill(FabricState state, SteeredFlow flow, Consumer<Entry> out) {
    Endpoint source = state.inventory().endpoints().get(flow.key().source());
    Endpoint destination = state.inventory().endpoints().get(flow.key().destination());
    if (source == null || destination == null) {
      throw new AssertionError(flow.key() + " outlived its endpoints");
    }
    List<FieldMatch> match = new ArrayList<>(pair(state, source, destination));
    match.add(FieldMatch.ternary("ip_protocol", UDP, 8));
    match.add(FieldMatch.ternary("dst_port", ROCEV2, 16));
    match.add(FieldMatch.ternary("dest_qp", flow.key().destQp(), 24));
    match.add(FieldMatch.ternary("boundary", 1, 1));
    out.accept(
        new Entry(
            new EntryKey(MyelinTable.PATH_STEERING, match, PRIORITY_STEERED),
            push(flow.path(), 0, 1),
            UNLIMITED));
  }

  /**
   * The entry that takes a lease's flows over to where it is going while they still go by the old
   * one: its higher priority wins, but only where a message begins.
   */
  static Entry gated(Entry now) {
    EntryKey key = now.key();
    List<FieldMatch> match = new ArrayList<>(key.match());
    match.add(FieldMatch.ternary("boundary", 1, 1));
    EntryAction.Call call = (EntryAction.Call) now.action();
    List<EntryAction.Arg> args = new ArrayList<>(call.args());
    args.set(args.size() - 1, new EntryAction.Arg("gated", U128.of(1)));
    return new Entry(
        new EntryKey(key.table(), match, key.priority() + 1),
        new EntryAction.Call(call.action(), args),
        now.meter());
  }

  private static List<FieldMatch> pair(FabricState state, Endpoint source, Endpoint destination) {
    int tenant = state.tenants().numbers().getOrDefault(source.tenant(), 0);
    return List.of(
        FieldMatch.ternary("tenant", tenant, 16),
        FieldMatch.ternary("src_addr", source.ip().value(), U128.MAX),
        FieldMatch.ternary("dst_addr", destination.ip().value(), U128.MAX));
  }

  private static EntryAction.Call push(Path path, int tc, int gated) {
    List<Integer> labels = path.labels();
    List<EntryAction.Arg> args = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      args.add(new EntryAction.Arg("label" + (i + 1), U128.of(labels.get(i))));
    }
    args.add(new EntryAction.Arg("tc", U128.of(tc)));
    args.add(new EntryAction.Arg("gated", U128.of(gated)));
    return new EntryAction.Call("push_" + labels.size(), args);
  }

  private static Entry entry(List<FieldMatch> match, int priority, Lease lease) {
    return new Entry(
        new EntryKey(MyelinTable.PATH_STEERING, match, priority),
        push(lease.path(), TC_LEASED, 0),
        meter(lease.grantedBps()));
  }

  /**
   * What counts against a lease are bytes of Ethernet frames as its host sends them: without
   * labels, FCS, preamble and gap. No more passes than was granted, so what is granted on a link is
   * all that leases bring there. A sender that reacts to marks has 95 to 99 % of it
   * (docs/adr/0043-meters-fit-the-rate.md).
   */
  static Entry.Meter meter(long grantedBps) {
    long rate = Math.max(1, grantedBps / 8);
    long burst = Math.max(MIN_BURST_BYTES, rate / 100);
    long unmarked = Math.max(1, rate - rate / (MARKED_SHARE + 1));
    return new Entry.Meter(unmarked, burst, rate, 2 * burst);
  }
}
