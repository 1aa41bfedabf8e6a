package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.path.Path;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PortCounter;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.Table;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.SteeredFlow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A target that shares nothing with p4/myelin.p4: one table, a row for each lease with the ports of
 * its path. It knows neither labels nor tenants nor queues, and tells nothing but what rows
 * counted.
 */
final class ToyPipeline implements Pipeline {
  /** Its only table. */
  enum Rows implements Table {
    ROWS;

    @Override
    public int stage() {
      return 0;
    }

    @Override
    public String p4Name() {
      return "rows";
    }
  }

  @Override
  public String name() {
    return "toy";
  }

  @Override
  public List<Rows> tables() {
    return List.of(Rows.ROWS);
  }

  @Override
  public SortedMap<EntryKey, Entry> entries(FabricState state, Routes routes, DeviceId id) {
    SortedMap<EntryKey, Entry> all = new TreeMap<>();
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      if (e.getValue().path().ingress().equals(id)) {
        ofLease(state, e.getValue()).forEach(row -> all.put(row.key(), row));
      }
    }
    return all;
  }

  @Override
  public SortedMap<EntryKey, Entry> base(FabricState state, Routes routes, DeviceId id) {
    return new TreeMap<>();
  }

  @Override
  public List<Entry> ofLease(FabricState state, Lease lease) {
    return lease.state().steers()
        ? List.of(row(lease.name().toString().hashCode(), lease.path()))
        : List.of();
  }

  @Override
  public List<Entry> ofFlow(FabricState state, SteeredFlow flow) {
    return List.of(row(flow.key().hashCode(), flow.path()));
  }

  private static Entry row(int number, Path path) {
    List<EntryAction.Arg> hops = new ArrayList<>();
    path.egress()
        .forEach(p -> hops.add(new EntryAction.Arg("hop" + hops.size(), U128.of(p.port()))));
    return new Entry(
        new EntryKey(Rows.ROWS, List.of(FieldMatch.exact("row", number & 0xffff_ffffL)), 0),
        new EntryAction.Call("by", hops));
  }

  /** It has no way to move a flow between two messages. */
  @Override
  public List<Entry> gates(List<Entry> entries) {
    return List.of();
  }

  @Override
  public boolean steers(EntryKey key) {
    return true;
  }

  @Override
  public boolean routes(EntryKey key) {
    return false;
  }

  @Override
  public PuntReason reason(int code) {
    return PuntReason.UNKNOWN;
  }

  @Override
  public String counter(PortCounter counter) {
    return "toy_" + counter;
  }

  @Override
  public String drops() {
    return "toy_drops";
  }

  @Override
  public Table steering() {
    return Rows.ROWS;
  }

  @Override
  public Table demand() {
    return Rows.ROWS;
  }

  @Override
  public @Nullable U128 destination(EntryKey key) {
    return null;
  }
}
