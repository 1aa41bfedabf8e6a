package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;
import com.google.rpc.Status;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who may write, per role (P4Runtime 1.4 §5). Pure: it is told of updates and disconnections and
 * answers with what to notify; it sends nothing. Mutators are called under one lock; {@link
 * #primary} and {@link #primaries} may be called from anywhere.
 *
 * @param <S> a stream, compared by identity
 */
final class Arbitration<S> {
  /** Live streams of one role; more are refused with RESOURCE_EXHAUSTED (§5.3 rule 1.4). */
  static final int MAX_STREAMS_PER_ROLE = 32;

  /** Roles are remembered until restart, so their number is bounded. */
  static final int MAX_ROLES = 64;

  private final long deviceId;
  private final Map<String, RoleState<S>> roles = new TreeMap<>();
  private final Map<S, Membership> members = new HashMap<>();
  private volatile Map<String, RolePrimary<S>> published =
      Map.of("", new RolePrimary<>(null, null));

  /** The primary of a role; both null while there is none. */
  record RolePrimary<S>(@Nullable S stream, @Nullable ElectionId electionId) {}

  /** A message for a stream. */
  record Notice<S>(S stream, MasterArbitrationUpdate update) {}

  /**
   * What follows from an update.
   *
   * @param others to be sent first
   * @param self to be sent after writes in flight have ended
   */
  record Outcome<S>(List<Notice<S>> others, Notice<S> self) {}

  private record Membership(String role, @Nullable ElectionId electionId) {}

  private static final class RoleState<S> {
    final Map<S, Membership> streams = new LinkedHashMap<>();
    @Nullable ElectionId highest;
    @Nullable S primary;
  }

  Arbitration(long deviceId) {
    this.deviceId = deviceId;
    roles.put("", new RoleState<>());
  }

  /** Null if the role has never been arbitrated for. */
  @Nullable RolePrimary<S> primary(String role) {
    return published.get(role);
  }

  /** The primaries of all roles. */
  List<S> primaries() {
    List<S> out = new ArrayList<>(1);
    for (RolePrimary<S> p : published.values()) {
      if (p.stream() != null) {
        out.add(p.stream());
      }
    }
    return out;
  }

  boolean isPrimary(S stream) {
    for (RolePrimary<S> p : published.values()) {
      if (p.stream() == stream) {
        return true;
      }
    }
    return false;
  }

  List<String> roleNames() {
    return List.copyOf(published.keySet());
  }

  /** Applies an update; a {@link Refusal} ends the stream. */
  Outcome<S> update(S stream, MasterArbitrationUpdate m) {
    Membership before = members.get(stream);
    String roleName = m.getRole().getName();
    ElectionId id = m.hasElectionId() ? ElectionId.of(m.getElectionId()) : null;
    check(stream, m, before, roleName, id);
    RoleState<S> role = roles.computeIfAbsent(roleName, r -> new RoleState<>());
    Membership now = new Membership(roleName, id);
    members.put(stream, now);
    role.streams.put(stream, now);
    boolean wasPrimary = role.primary == stream;
    boolean isPrimary = id != null && (role.highest == null || id.compareTo(role.highest) >= 0);
    if (isPrimary) {
      role.highest = id;
      role.primary = stream;
    } else if (wasPrimary) {
      role.primary = null;
    }
    publish();
    List<Notice<S>> others =
        isPrimary || wasPrimary ? noticesExcept(roleName, role, stream) : List.of();
    return new Outcome<>(others, notice(roleName, role, stream));
  }

  private void check(
      S stream,
      MasterArbitrationUpdate m,
      @Nullable Membership before,
      String roleName,
      @Nullable ElectionId id) {
    if (m.getDeviceId() != deviceId) {
      String wrong =
          "device_id "
              + Long.toUnsignedString(m.getDeviceId())
              + " is not served here; valid: "
              + Long.toUnsignedString(deviceId);
      throw before == null ? Refusal.notFound(wrong) : Refusal.precondition(wrong);
    }
    if (before != null && !before.role.equals(roleName)) {
      throw Refusal.precondition(
          "this stream has role '"
              + before.role
              + "', not '"
              + roleName
              + "'; open another stream to change role");
    }
    if (m.getRole().hasConfig()) {
      throw Refusal.invalid(
          "role.config of type '"
              + m.getRole().getConfig().getTypeUrl()
              + "' is not understood: no role scheme is agreed upon; leave it unset");
    }
    RoleState<S> role = roles.get(roleName);
    if (role == null) {
      if (roles.size() >= MAX_ROLES) {
        throw Refusal.exhausted("no more than " + MAX_ROLES + " roles are supported");
      }
      return;
    }
    if (before == null && role.streams.size() >= MAX_STREAMS_PER_ROLE) {
      throw Refusal.exhausted(
          "role '" + roleName + "' has " + MAX_STREAMS_PER_ROLE + " streams, the most supported");
    }
    if (id != null) {
      role.streams.forEach(
          (other, membership) -> {
            if (other != stream && id.equals(membership.electionId)) {
              throw Refusal.invalid(
                  "election_id " + id + " is in use by another stream of role '" + roleName + "'");
            }
          });
    }
  }

  /** Forgets a stream; the answer is to be sent to the others. */
  List<Notice<S>> disconnect(S stream) {
    Membership m = members.remove(stream);
    if (m == null) {
      return List.of();
    }
    RoleState<S> role = roles.get(m.role);
    if (role == null) {
      return List.of();
    }
    role.streams.remove(stream);
    if (role.primary != stream) {
      return List.of();
    }
    role.primary = null;
    publish();
    return noticesExcept(m.role, role, stream);
  }

  private void publish() {
    Map<String, RolePrimary<S>> next = new HashMap<>();
    roles.forEach(
        (name, r) ->
            next.put(name, new RolePrimary<>(r.primary, r.primary == null ? null : r.highest)));
    published = Map.copyOf(next);
  }

  private List<Notice<S>> noticesExcept(String roleName, RoleState<S> role, S except) {
    List<Notice<S>> out = new ArrayList<>();
    for (S s : role.streams.keySet()) {
      if (s != except) {
        out.add(notice(roleName, role, s));
      }
    }
    return out;
  }

  private Notice<S> notice(String roleName, RoleState<S> role, S stream) {
    MasterArbitrationUpdate.Builder m = MasterArbitrationUpdate.newBuilder().setDeviceId(deviceId);
    if (!roleName.isEmpty()) {
      m.setRole(Role.newBuilder().setName(roleName));
    }
    if (role.highest != null) {
      m.setElectionId(role.highest.toProto());
    }
    return new Notice<>(stream, m.setStatus(status(role, stream)).build());
  }

  private static <S> Status status(RoleState<S> role, S stream) {
    if (role.primary == null) {
      return Status.newBuilder()
          .setCode(Code.NOT_FOUND_VALUE)
          .setMessage("you are a backup; there is no primary")
          .build();
    }
    if (role.primary == stream) {
      return Status.newBuilder().setCode(Code.OK_VALUE).setMessage("you are the primary").build();
    }
    return Status.newBuilder()
        .setCode(Code.ALREADY_EXISTS_VALUE)
        .setMessage("you are a backup; there is a primary")
        .build();
  }
}
