package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.BackupReplica;
import io.myelin.p4.v1.Replica;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Port numbers of v1model: 9 bits, the same for controller and data plane. */
final class Ports {
  private static final int BITS = 9;

  private Ports() {}

  private static int of(ByteString port, String what) {
    return Bytestrings.toInt(Bytestrings.canonical(port, BITS, what));
  }

  private static int of(int port, String what) {
    if (port >>> BITS != 0) {
      throw Refusal.outOfRange(
          what + " is " + Integer.toUnsignedString(port) + "; valid: 0 to " + ((1 << BITS) - 1));
    }
    return port;
  }

  @SuppressWarnings("deprecation") // Still accepted by servers of version 1.
  static @Nullable Integer watch(ActionProfileGroup.Member m, String owner) {
    return switch (m.getWatchKindCase()) {
      case WATCH -> Integer.valueOf(of(m.getWatch(), "watch of " + owner));
      case WATCH_PORT -> watchPort(m.getWatchPort(), owner);
      case WATCHKIND_NOT_SET -> null;
    };
  }

  @SuppressWarnings("deprecation")
  static @Nullable Integer watch(ActionProfileAction a, String owner) {
    return switch (a.getWatchKindCase()) {
      case WATCH -> Integer.valueOf(of(a.getWatch(), "watch of " + owner));
      case WATCH_PORT -> watchPort(a.getWatchPort(), owner);
      case WATCHKIND_NOT_SET -> null;
    };
  }

  private static @Nullable Integer watchPort(ByteString port, String owner) {
    return port.isEmpty() ? null : Integer.valueOf(of(port, "watch_port of " + owner));
  }

  @SuppressWarnings("deprecation")
  static int of(Replica r, String owner) {
    return switch (r.getPortKindCase()) {
      case EGRESS_PORT -> of(r.getEgressPort(), "egress_port of " + owner);
      case PORT -> of(r.getPort(), "port of " + owner);
      case PORTKIND_NOT_SET -> throw Refusal.invalid("a replica of " + owner + " has no port");
    };
  }

  static int of(BackupReplica r, String owner) {
    if (r.getPort().isEmpty()) {
      throw Refusal.invalid("a backup replica of " + owner + " has no port");
    }
    return of(r.getPort(), "port of a backup of " + owner);
  }

  /** The replicas with canonical port strings, and their backups in order. */
  static List<Replica> canonical(List<Replica> replicas) {
    return replicas.stream().map(Ports::canonical).toList();
  }

  private static Replica canonical(Replica r) {
    Replica.Builder b = r.toBuilder();
    if (r.hasPort()) {
      b.setPort(trim(r.getPort()));
    }
    for (BackupReplica.Builder backup : b.getBackupReplicasBuilderList()) {
      backup.setPort(trim(backup.getPort()));
    }
    return b.build();
  }

  /** The group with canonical port strings; they have been checked. */
  static ActionProfileGroup canonical(ActionProfileGroup g) {
    ActionProfileGroup.Builder b = null;
    for (int i = 0; i < g.getMembersCount(); i++) {
      ByteString port = g.getMembers(i).getWatchPort();
      if (!port.isEmpty() && !Bytestrings.isCanonical(port)) {
        b = b == null ? g.toBuilder() : b;
        b.getMembersBuilder(i).setWatchPort(trim(port));
      }
    }
    return b == null ? g : b.build();
  }

  static ActionProfileAction canonical(ActionProfileAction a) {
    ByteString port = a.getWatchPort();
    return port.isEmpty() || Bytestrings.isCanonical(port)
        ? a
        : a.toBuilder().setWatchPort(trim(port)).build();
  }

  private static ByteString trim(ByteString port) {
    return Bytestrings.canonical(port, Integer.MAX_VALUE, "port");
  }
}
