package io.myelin.core.tables;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.U128;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
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

  // The more specific selector wins.
  private static final int PRIORITY_ALL = 10;
  private static final int PRIORITY_ROCE = 20;
  private static final int PRIORITY_CLASS = 25;
  private static final int PRIORITY_QP = 30;

  /** 10 ms at the bought rate, but never less than a few jumbo frames. */
  private static final long MIN_BURST_BYTES = 8 * 9216;

  /** What may pass above the bought rate, marked: one part in this many. */
  private static final int PEAK_SHARE = 20;

  private PathSteering() {}

  static void fill(FabricState state, Lease lease, Consumer<Entry> out) {
    Endpoint source = state.inventory().endpoints().get(lease.spec().source());
    Endpoint destination = state.inventory().endpoints().get(lease.spec().destination());
    if (source == null || destination == null) {
      throw new AssertionError(lease.name() + " outlived its endpoints");
    }
    int tenant = state.tenantNumbers().getOrDefault(source.tenant(), 0);
    List<FieldMatch> match = new ArrayList<>();
    match.add(FieldMatch.ternary("tenant", tenant, 16));
    match.add(FieldMatch.ternary("src_addr", source.ip().value(), U128.MAX));
    match.add(FieldMatch.ternary("dst_addr", destination.ip().value(), U128.MAX));
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

  private static Entry entry(List<FieldMatch> match, int priority, Lease lease) {
    List<Integer> labels = lease.path().labels();
    List<EntryAction.Arg> args = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      args.add(new EntryAction.Arg("label" + (i + 1), U128.of(labels.get(i))));
    }
    args.add(new EntryAction.Arg("tc", U128.of(TC_LEASED)));
    args.add(new EntryAction.Arg("gated", U128.ZERO));
    long rate = Math.max(1, lease.spec().bandwidthBps() / 8);
    long burst = Math.max(MIN_BURST_BYTES, rate / 100);
    // Green up to what was bought, marked down up to a twentieth more, dropped above.
    long peak = rate + rate / PEAK_SHARE;
    return new Entry(
        new EntryKey(P4Table.PATH_STEERING, match, priority),
        new EntryAction.Call("push_" + labels.size(), args),
        new Entry.Meter(rate, burst, peak, 2 * burst));
  }
}
