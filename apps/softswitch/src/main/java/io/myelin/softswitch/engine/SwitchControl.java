package io.myelin.softswitch.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The control plane's view of a running switch. Names are those of the P4Info (fully qualified
 * where the program did not rename with {@code @name}).
 *
 * <p>All methods may be called from any thread while packets flow; a packet sees each single change
 * wholly or not at all. Callers serialise their own read-modify-write sequences. Methods throw
 * {@link IllegalArgumentException} with the offending value and the valid ones for unknown names,
 * handles and ids, and {@link IllegalStateException} while no program is loaded.
 */
public interface SwitchControl {

  /** Installs a program and resets all forwarding state to the program's initial one. */
  void load(P4Program program);

  /** The program in force, or null. */
  @Nullable P4Program program();

  // ---- tables --------------------------------------------------------------------------------

  /**
   * Adds an entry.
   *
   * @param match one element per key field, in the order of the program's key (selector fields are
   *     not key fields)
   * @param priority P4Runtime priority: the highest wins; 0 for tables without ternary, range or
   *     optional fields
   * @return a handle, unique within the table and never reused
   * @throws TableFullException when the table's size is reached
   */
  long addEntry(String table, List<MatchField> match, int priority, EntryAction action);

  /** Replaces an entry's action atomically; counters and meters of the entry stay. */
  void modifyEntry(String table, long handle, EntryAction action);

  void removeEntry(String table, long handle);

  /** Sets the default action; null restores the program's initial one. */
  void setDefaultAction(String table, @Nullable ActionCall action);

  /** Entries that the program itself declares ({@code const entries} or {@code entries}). */
  List<InitialEntry> initialEntries(String table);

  /** Direct counter of an entry. */
  CounterValue entryCounter(String table, long handle);

  void setEntryCounter(String table, long handle, CounterValue value);

  /** Direct counter of the default entry (packets that missed). */
  CounterValue defaultEntryCounter(String table);

  void setDefaultEntryCounter(String table, CounterValue value);

  /** Direct meter of an entry; null removes it (every packet is green). */
  void setEntryMeter(String table, long handle, @Nullable MeterRates rates);

  /** Time of the last hit, or of insertion, on the switch's clock. Nanoseconds. */
  long entryLastHitNs(String table, long handle);

  /** The switch's clock, in nanoseconds. */
  long nowNs();

  /** An entry that the program declares, with the handle under which it was installed. */
  record InitialEntry(
      long handle, List<MatchField> match, int priority, ActionCall action, boolean isConst) {
    public InitialEntry {
      match = List.copyOf(match);
    }
  }

  // ---- action profiles -----------------------------------------------------------------------

  void putMember(String profile, int memberId, ActionCall action);

  /** Refused with {@link IllegalStateException} while a group or entry uses the member. */
  void removeMember(String profile, int memberId);

  /** Creates or replaces a group atomically. */
  void putGroup(String profile, int groupId, List<EntryAction.WeightedMember> members);

  /** Refused with {@link IllegalStateException} while an entry uses the group. */
  void removeGroup(String profile, int groupId);

  // ---- indexed externs -----------------------------------------------------------------------

  int counterSize(String counter);

  CounterValue counter(String counter, int index);

  void setCounter(String counter, int index, CounterValue value);

  int meterSize(String meter);

  /** Null: unconfigured, every packet is green. */
  void setMeter(String meter, int index, @Nullable MeterRates rates);

  int registerSize(String register);

  /** The value as a big-endian byte string of the register's width. */
  byte[] register(String register, int index);

  void setRegister(String register, int index, byte[] value);

  /** Replaces the members of a parser value set. */
  void setValueSet(String valueSet, List<List<MatchField>> members);

  // ---- packet replication engine -------------------------------------------------------------

  /**
   * A copy of a packet: to a port, with {@code egress_rid} set to the instance. While the port is
   * not up, the copy goes to the first of the backups whose port is; without any, to the port
   * itself, which loses and counts it.
   *
   * @param backups in order of preference; they have none of their own
   */
  record Replica(int port, int instance, List<Replica> backups) {
    public Replica {
      backups = List.copyOf(backups);
    }

    public Replica(int port, int instance) {
      this(port, instance, List.of());
    }
  }

  /** Creates, replaces or (null) removes a multicast group. */
  void setMulticastGroup(int groupId, @Nullable List<Replica> replicas);

  /**
   * Creates, replaces or (null) removes a clone session.
   *
   * @param truncateBytes longest clone, 0 for no limit
   */
  void setCloneSession(int sessionId, @Nullable List<Replica> replicas, int truncateBytes);

  // ---- packets and notifications -------------------------------------------------------------

  /** Injects a frame that the controller sends: it enters the pipeline on the CPU port. */
  void packetOut(byte[] frame);

  /**
   * Where frames for the CPU port and digests go. Called on the switch's thread: return at once.
   * One listener; a new one replaces the old.
   */
  void listener(Listener listener);

  /** What a switch tells its control plane. */
  interface Listener {
    /** A frame sent to the CPU port, controller header first. */
    void packetIn(byte[] frame);

    /** A digest message: one big-endian byte string per field, in order of declaration. */
    void digest(String digest, List<byte[]> fields);
  }
}
