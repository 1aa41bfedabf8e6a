package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.BackupReplica;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.MulticastGroupEntry;
import io.myelin.p4.v1.PacketReplicationEngineEntry;
import io.myelin.p4.v1.Replica;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Multicast groups and clone sessions of the packet replication engine (§9.5). */
final class PreStore {
  /** {@code mcast_grp} and {@code egress_rid} of v1model are {@code bit<16>}. */
  private static final int MAX_GROUP = 0xffff;

  private static final int MAX_INSTANCE = 0xffff;

  /** As of BMv2's simple_switch. */
  private static final int MAX_SESSION = 0x7fff;

  private final SwitchControl control;
  private final Map<Integer, MulticastGroupEntry> groups = new TreeMap<>();
  private final Map<Integer, CloneSessionEntry> sessions = new TreeMap<>();

  PreStore(SwitchControl control) {
    this.control = control;
  }

  void write(Update.Type type, PacketReplicationEngineEntry e, UndoLog undo) {
    switch (e.getTypeCase()) {
      case MULTICAST_GROUP_ENTRY -> writeGroup(type, e.getMulticastGroupEntry(), undo);
      case CLONE_SESSION_ENTRY -> writeSession(type, e.getCloneSessionEntry(), undo);
      case TYPE_NOT_SET -> throw unset();
    }
  }

  private static Refusal unset() {
    return Refusal.invalid(
        "packet_replication_engine_entry must be a multicast_group_entry or a clone_session_entry");
  }

  private static void checkId(int id, int max, String what) {
    if (id <= 0 || id > max) {
      throw Refusal.invalid(what + " is " + Integer.toUnsignedString(id) + "; valid: 1 to " + max);
    }
  }

  private static void checkPresence(Update.Type type, boolean present, String what) {
    if (type == Update.Type.INSERT && present) {
      throw Refusal.exists(what + " exists");
    }
    if (type != Update.Type.INSERT && !present) {
      throw Refusal.notFound(what + " does not exist");
    }
  }

  private void writeGroup(Update.Type type, MulticastGroupEntry g, UndoLog undo) {
    int id = g.getMulticastGroupId();
    String what = "multicast group " + Integer.toUnsignedString(id);
    checkId(id, MAX_GROUP, "multicast_group_id");
    MulticastGroupEntry before = groups.get(id);
    checkPresence(type, before != null, what);
    if (type == Update.Type.DELETE) {
      setGroup(id, null);
    } else {
      replicas(g.getReplicasList(), what);
      setGroup(
          id,
          g.toBuilder()
              .clearReplicas()
              .addAllReplicas(Ports.canonical(g.getReplicasList()))
              .build());
    }
    undo.push(() -> setGroup(id, before));
  }

  private void setGroup(int id, @Nullable MulticastGroupEntry g) {
    if (g == null) {
      control.setMulticastGroup(id, null);
      groups.remove(id);
    } else {
      control.setMulticastGroup(id, replicas(g.getReplicasList(), "multicast group " + id));
      groups.put(id, g);
    }
  }

  private void writeSession(Update.Type type, CloneSessionEntry s, UndoLog undo) {
    int id = s.getSessionId();
    String what = "clone session " + Integer.toUnsignedString(id);
    checkId(id, MAX_SESSION, "session_id");
    CloneSessionEntry before = sessions.get(id);
    checkPresence(type, before != null, what);
    if (type == Update.Type.DELETE) {
      setSession(id, null);
    } else {
      if (s.getClassOfService() != 0) {
        throw Refusal.invalid(
            what
                + " has class_of_service "
                + Integer.toUnsignedString(s.getClassOfService())
                + "; valid: 0");
      }
      if (s.getPacketLengthBytes() < 0) {
        throw Refusal.invalid(
            what + " has packet_length_bytes " + s.getPacketLengthBytes() + ", below 0");
      }
      replicas(s.getReplicasList(), what);
      setSession(
          id,
          s.toBuilder()
              .clearReplicas()
              .addAllReplicas(Ports.canonical(s.getReplicasList()))
              .build());
    }
    undo.push(() -> setSession(id, before));
  }

  private void setSession(int id, @Nullable CloneSessionEntry s) {
    if (s == null) {
      control.setCloneSession(id, null, 0);
      sessions.remove(id);
    } else {
      control.setCloneSession(
          id, replicas(s.getReplicasList(), "clone session " + id), s.getPacketLengthBytes());
      sessions.put(id, s);
    }
  }

  private static List<SwitchControl.Replica> replicas(List<Replica> given, String what) {
    List<SwitchControl.Replica> out = new ArrayList<>(given.size());
    Set<SwitchControl.Replica> seen = new HashSet<>();
    for (Replica r : given) {
      SwitchControl.Replica primary = copy(Ports.of(r, what), r.getInstance(), what, seen);
      List<SwitchControl.Replica> backups = new ArrayList<>(r.getBackupReplicasCount());
      for (BackupReplica b : r.getBackupReplicasList()) {
        SwitchControl.Replica backup = copy(Ports.of(b, what), b.getInstance(), what, seen);
        if (backup.port() == primary.port()) {
          throw Refusal.invalid(
              "a replica of " + what + " has its own port " + backup.port() + " as a backup");
        }
        backups.add(backup);
      }
      out.add(new SwitchControl.Replica(primary.port(), primary.instance(), backups));
    }
    return out;
  }

  /** A copy that no other replica or backup of the group makes (§9.5.1). */
  private static SwitchControl.Replica copy(
      int port, int instance, String what, Set<SwitchControl.Replica> seen) {
    if (instance < 0 || instance > MAX_INSTANCE) {
      throw Refusal.invalid(
          "a replica of "
              + what
              + " has instance "
              + Integer.toUnsignedString(instance)
              + "; valid: 0 to "
              + MAX_INSTANCE);
    }
    SwitchControl.Replica copy = new SwitchControl.Replica(port, instance);
    if (!seen.add(copy)) {
      throw Refusal.invalid(what + " has port " + port + " with instance " + instance + " twice");
    }
    return copy;
  }

  void read(PacketReplicationEngineEntry e, Consumer<Entity> out) {
    switch (e.getTypeCase()) {
      case MULTICAST_GROUP_ENTRY ->
          select(groups, e.getMulticastGroupEntry().getMulticastGroupId())
              .forEach(
                  g ->
                      out.accept(
                          entity(
                              PacketReplicationEngineEntry.newBuilder()
                                  .setMulticastGroupEntry(g))));
      case CLONE_SESSION_ENTRY ->
          select(sessions, e.getCloneSessionEntry().getSessionId())
              .forEach(
                  s ->
                      out.accept(
                          entity(
                              PacketReplicationEngineEntry.newBuilder().setCloneSessionEntry(s))));
      case TYPE_NOT_SET -> throw unset();
    }
  }

  private static <T> Collection<T> select(Map<Integer, T> all, int id) {
    if (id == 0) {
      return all.values();
    }
    T one = all.get(id);
    return one == null ? List.of() : List.of(one);
  }

  private static Entity entity(PacketReplicationEngineEntry.Builder e) {
    return Entity.newBuilder().setPacketReplicationEngineEntry(e).build();
  }
}
