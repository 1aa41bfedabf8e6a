package io.myelin.core.port;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.Table;
import io.myelin.core.reconcile.TableUpdate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The switches, by P4 names; never ids or wire types. */
public interface Southbound extends AutoCloseable {
  /** That of the switches. */
  Pipeline pipeline();

  /**
   * Keeps a session with a device until {@link #disconnect}: connects, becomes primary, puts the
   * pipeline in force where it is not, reconnects with backoff.
   */
  void connect(Device device, Listener listener);

  void disconnect(DeviceId device);

  /**
   * Applies updates, none of which depends on another's place in the list. Completes with what
   * became of each, in the order of the updates; exceptionally when the session broke, which says
   * as much as {@link WriteOutcome.Kind#UNKNOWN} of all.
   */
  CompletableFuture<List<WriteOutcome>> write(DeviceId device, List<TableUpdate> updates);

  /** Reads all tables. */
  CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId device);

  /** Reads indexed counters whole, in one go: element i of each is index i. */
  CompletableFuture<List<List<Count>>> readCounters(DeviceId device, List<String> counters);

  /** Reads what the entries of a table with a direct counter counted. */
  CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, Table table);

  /** Sends a frame out of a port; {@link io.myelin.core.model.PortRef#CPU} echoes it. */
  void packetOut(DeviceId device, int port, byte[] frame);

  /** Sends a frame through ingress, as if it had come from a neighbouring switch. */
  void submitPacket(DeviceId device, byte[] frame);

  @Override
  void close();

  /** Packets and bytes counted. */
  record Count(long packets, long bytes) {}

  /** What devices tell. Called on any thread, for one device one call at a time. */
  interface Listener {
    /** Primary, and our pipeline is in force. Tables may hold anything. */
    void ready(DeviceId device);

    /** The session ended, or could not be made; another attempt follows by itself. */
    void lost(DeviceId device, String why);

    /**
     * How many entries of leases a device holds that nobody here knows of: asked before it is taken
     * over from another controller. May be called on any thread, and answers at once.
     */
    int strangers(DeviceId device, Map<EntryKey, Entry> tables);

    /**
     * No controller is primary, and ours cannot become it: the device has heard of a higher
     * election id, whose owner has gone.
     */
    void outbid(DeviceId device, U128 heard);

    /** The device may not hold what it acknowledged: its tables must be read again. */
    void doubtful(DeviceId device, String why);

    /**
     * A frame that the switch sent to the controller.
     *
     * @param switchTimeUs the switch's own clock
     */
    void packetIn(
        DeviceId device, int ingressPort, PuntReason reason, long switchTimeUs, byte[] frame);
  }
}
