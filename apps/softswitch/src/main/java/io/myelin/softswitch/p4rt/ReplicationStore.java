package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.MulticastGroupEntry;
import io.myelin.p4.v1.PacketReplicationEngineEntry;
import io.myelin.p4.v1.Replica;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Multicast groups and clone sessions: P4Runtime 1.4 §9.5. */
final class ReplicationStore {
  /** BMv2's limits, which ours are: 16-bit groups, 15-bit mirror sessions. */
  private static final int MAX_GROUP = 0xffff;

  private static final int MAX_SESSION = 0x7fff;
  private static final int PORT_BITS = 9;

  private final SwitchControl control;
  private final Map<Integer, MulticastGroupEntry> groups = new TreeMap<>();
  private final Map<Integer, CloneSessionEntry> sessions = new TreeMap<>();

  ReplicationStore(SwitchControl control) {
    this.control = control;
  }

  void write(Update.Type type, PacketReplicationEngineEntry e) {
    switch (e.getTypeCase()) {
      case MULTICAST_GROUP_ENTRY -> group(type, e.getMulticastGroupEntry());
      case CLONE_SESSION_ENTRY -> session(type, e.getCloneSessionEntry());
      case TYPE_NOT_SET ->
          throw RpcException.invalid("packet_replication_engine_entry has no type");
    }
  }

  private void group(Update.Type type, MulticastGroupEntry e) {
    int id = e.getMulticastGroupId();
    id("multicast group", id, MAX_GROUP);
    exists("multicast group", id, groups.containsKey(id), type);
    if (type == Update.Type.DELETE) {
      control.setMulticastGroup(id, null);
      groups.remove(id);
      return;
    }
    List<SwitchControl.Replica> replicas = replicas(e.getReplicasList());
    control.setMulticastGroup(id, replicas);
    groups.put(id, e);
  }

  private void session(Update.Type type, CloneSessionEntry e) {
    int id = e.getSessionId();
    id("clone session", id, MAX_SESSION);
    exists("clone session", id, sessions.containsKey(id), type);
    if (type == Update.Type.DELETE) {
      control.setCloneSession(id, null, 0);
      sessions.remove(id);
      return;
    }
    if (e.getClassOfService() != 0) {
      throw RpcException.unimplemented("clone session " + id + ": class_of_service must be 0");
    }
    if (e.getPacketLengthBytes() < 0) {
      throw RpcException.invalid(
          "clone session "
              + id
              + ": packet_length_bytes "
              + e.getPacketLengthBytes()
              + " is not allowed");
    }
    control.setCloneSession(id, replicas(e.getReplicasList()), e.getPacketLengthBytes());
    sessions.put(id, e);
  }

  @SuppressWarnings("deprecation") // old clients still use egress_port
  private static List<SwitchControl.Replica> replicas(List<Replica> list) {
    List<SwitchControl.Replica> result = new ArrayList<>();
    Set<SwitchControl.Replica> seen = new HashSet<>();
    for (Replica r : list) {
      int port =
          switch (r.getPortKindCase()) {
            case EGRESS_PORT -> r.getEgressPort();
            case PORT ->
                Bytestrings.toInt(Bytestrings.canonical(r.getPort(), PORT_BITS, "replica port"));
            case PORTKIND_NOT_SET -> throw RpcException.invalid("a replica has no port");
          };
      SwitchControl.Replica replica = new SwitchControl.Replica(port, r.getInstance());
      if (!seen.add(replica)) {
        throw RpcException.invalid(
            "replica of port " + port + " and instance " + r.getInstance() + " is there twice");
      }
      result.add(replica);
    }
    return result;
  }

  private static void id(String kind, int id, int most) {
    if (id < 1 || id > most) {
      throw RpcException.invalid(
          kind + " " + Integer.toUnsignedString(id) + " is not allowed; allowed: 1 to " + most);
    }
  }

  private static void exists(String kind, int id, boolean there, Update.Type type) {
    switch (type) {
      case INSERT -> {
        if (there) {
          throw new RpcException(Code.ALREADY_EXISTS, "there already is " + kind + " " + id);
        }
      }
      case MODIFY, DELETE -> {
        if (!there) {
          throw RpcException.notFound("there is no " + kind + " " + id);
        }
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw ProfileStore.unspecified();
    }
  }

  void read(PacketReplicationEngineEntry f, Consumer<PacketReplicationEngineEntry> out) {
    int group = f.getMulticastGroupEntry().getMulticastGroupId();
    int session = f.getCloneSessionEntry().getSessionId();
    if (!f.hasCloneSessionEntry()) {
      groups.forEach(
          (id, e) -> {
            if (group == 0 || group == id) {
              out.accept(
                  PacketReplicationEngineEntry.newBuilder().setMulticastGroupEntry(e).build());
            }
          });
    }
    if (!f.hasMulticastGroupEntry()) {
      sessions.forEach(
          (id, e) -> {
            if (session == 0 || session == id) {
              out.accept(PacketReplicationEngineEntry.newBuilder().setCloneSessionEntry(e).build());
            }
          });
    }
  }
}
