package io.myelin.core.pipeline;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.SteeredFlow;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * How a target is told what the state wants, and how what it tells is read: the state turns into
 * entries, packets to the controller and counters turn into facts. Only here are tables, fields and
 * counters called by their names.
 *
 * <p>Pure functions (invariant 3); any thread.
 */
public interface Pipeline {
  /** Of the compiled program: {@code /p4/NAME.p4info.txt} and {@code /p4/NAME.json}. */
  String name();

  /** All tables, in the order in which they are filled. */
  List<? extends Table> tables();

  // ---- intent to entries -----------------------------------------------------------------------

  /**
   * The whole content of a device, in the order in which tables are filled.
   *
   * @param routes of that state
   */
  SortedMap<EntryKey, Entry> entries(FabricState state, Routes routes, DeviceId id);

  /** The same, where only one device of a state is asked for. */
  default SortedMap<EntryKey, Entry> entries(FabricState state, DeviceId id) {
    return entries(state, Routes.of(state), id);
  }

  /**
   * Everything but leases and flows that are led; empty for a device that the inventory does not
   * have.
   */
  SortedMap<EntryKey, Entry> base(FabricState state, Routes routes, DeviceId id);

  /** Entries of one lease, all of them where its path begins. Empty once it holds none. */
  List<Entry> ofLease(FabricState state, Lease lease);

  /** The entries of a flow that is led, all of them where its path begins. */
  List<Entry> ofFlow(FabricState state, SteeredFlow flow);

  /**
   * What takes a lease's flows over to other entries between two messages, while those that it has
   * stay.
   */
  List<Entry> gates(List<Entry> entries);

  /** Whether an entry is of a lease or of a flow that is led. */
  boolean steers(EntryKey key);

  /** Whether an entry says where traffic without a lease goes. */
  boolean routes(EntryKey key);

  // ---- what is told to facts -------------------------------------------------------------------

  /** What the number in a packet to the controller stands for. */
  PuntReason reason(int code);

  /** A counter's name. */
  String counter(PortCounter counter);

  /** The name of the counter of dropped packets, whose indices are those of {@link DropReason}. */
  String drops();

  /** The table whose direct counters say what leases and led flows use. */
  Table steering();

  /** The table whose direct counters say what leaves here for each endpoint. */
  Table demand();

  /** The endpoint's address that an entry of {@link #demand} counts for; null: of none. */
  @Nullable U128 destination(EntryKey key);
}
