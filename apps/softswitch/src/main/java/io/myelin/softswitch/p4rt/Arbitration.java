package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;
import com.google.rpc.Status;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.Role;
import io.myelin.p4.v1.Uint128;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who may write: P4Runtime 1.4 §5. One primary per role, the live controller whose election id
 * equals the highest ever seen.
 *
 * <p>Not thread-safe: the service's lock guards it, which also makes a change of primary wait for
 * writes under way.
 */
final class Arbitration {
  /** Streams per role; beyond, RESOURCE_EXHAUSTED. */
  private static final int MAX_STREAMS = 64;

  private final long deviceId;
  private final Map<String, RoleState> roles = new TreeMap<>();

  /** One StreamChannel. */
  static final class Client {
    private final Consumer<MasterArbitrationUpdate> notify;
    private @Nullable String role;
    private @Nullable Uint128 electionId;

    Client(Consumer<MasterArbitrationUpdate> notify) {
      this.notify = notify;
    }

    boolean arbitrated() {
      return role != null;
    }
  }

  private static final class RoleState {
    final Map<Client, Boolean> live = new LinkedHashMap<>();
    @Nullable Uint128 highest;
    @Nullable Client primary;
  }

  Arbitration(long deviceId) {
    this.deviceId = deviceId;
  }

  /** Handles an arbitration message; throws what ends the stream. */
  void update(Client client, MasterArbitrationUpdate m) {
    String role = roleName(m.getRole());
    if (m.getDeviceId() != deviceId) {
      throw new RpcException(
          client.arbitrated() ? Code.FAILED_PRECONDITION : Code.NOT_FOUND,
          "device_id " + m.getDeviceId() + " is not served here; this is device " + deviceId);
    }
    if (client.role != null && !client.role.equals(role)) {
      throw new RpcException(
          Code.FAILED_PRECONDITION,
          "this stream has role '" + client.role + "'; open another for role '" + role + "'");
    }
    if (m.getRole().hasConfig()) {
      throw RpcException.invalid(
          "role.config is not supported: every role has full pipeline access");
    }
    RoleState state = roles.computeIfAbsent(role, r -> new RoleState());
    Uint128 id = m.hasElectionId() ? m.getElectionId() : null;
    for (Client other : state.live.keySet()) {
      if (other != client && id != null && id.equals(other.electionId)) {
        throw RpcException.invalid("election_id " + text(id) + " is used by another controller");
      }
    }
    if (!client.arbitrated() && state.live.size() >= MAX_STREAMS) {
      throw new RpcException(
          Code.RESOURCE_EXHAUSTED, "role '" + role + "' has " + MAX_STREAMS + " streams already");
    }
    client.role = role;
    client.electionId = id;
    state.live.put(client, true);
    decide(state, role, client, id);
  }

  private void decide(RoleState state, String role, Client client, @Nullable Uint128 id) {
    boolean wasPrimary = state.primary == client;
    if (id != null && (state.highest == null || compare(id, state.highest) >= 0)) {
      boolean same = wasPrimary && id.equals(state.highest);
      state.highest = id;
      state.primary = client;
      if (same) {
        client.notify.accept(message(state, role, client));
        return;
      }
      // Others first, then the new primary (§5.3, rule 1.2).
      state.live.keySet().stream()
          .filter(c -> c != client)
          .forEach(c -> c.notify.accept(message(state, role, c)));
      client.notify.accept(message(state, role, client));
    } else if (wasPrimary) {
      state.primary = null;
      notifyAll(state, role);
    } else {
      client.notify.accept(message(state, role, client));
    }
  }

  /** A stream ended. */
  void remove(Client client) {
    if (client.role == null) {
      return;
    }
    RoleState state = roles.get(client.role);
    if (state == null || state.live.remove(client) == null) {
      return;
    }
    if (state.primary == client) {
      state.primary = null;
      notifyAll(state, client.role);
    }
  }

  boolean isPrimary(Client client) {
    RoleState state = client.role == null ? null : roles.get(client.role);
    return state != null && state.primary == client;
  }

  /** Throws PERMISSION_DENIED unless the election id is the primary's. */
  void requirePrimary(String role, @Nullable Uint128 electionId) {
    RoleState state = roles.get(role);
    if (state == null
        || state.primary == null
        || electionId == null
        || !electionId.equals(state.primary.electionId)) {
      throw new RpcException(
          Code.PERMISSION_DENIED,
          "election_id "
              + (electionId == null ? "(unset)" : text(electionId))
              + " is not that of the primary of role '"
              + role
              + "'"
              + (state == null || state.primary == null || state.highest == null
                  ? ", which has no primary"
                  : ", which is " + text(state.highest)));
    }
  }

  void requireDevice(long id) {
    if (id != deviceId) {
      throw RpcException.notFound(
          "device_id " + id + " is not served here; this is device " + deviceId);
    }
  }

  private void notifyAll(RoleState state, String role) {
    state.live.keySet().forEach(c -> c.notify.accept(message(state, role, c)));
  }

  private MasterArbitrationUpdate message(RoleState state, String role, Client to) {
    Status.Builder status = Status.newBuilder();
    if (state.primary == to) {
      status.setCode(Code.OK_VALUE);
    } else if (state.primary != null) {
      status.setCode(Code.ALREADY_EXISTS_VALUE).setMessage("another controller is primary");
    } else {
      status.setCode(Code.NOT_FOUND_VALUE).setMessage("there is no primary");
    }
    MasterArbitrationUpdate.Builder b =
        MasterArbitrationUpdate.newBuilder().setDeviceId(deviceId).setStatus(status);
    if (!role.isEmpty()) {
      b.setRole(Role.newBuilder().setName(role));
    }
    if (state.highest != null) {
      b.setElectionId(state.highest);
    }
    return b.build();
  }

  private static String roleName(Role role) {
    return role.getName();
  }

  private static int compare(Uint128 a, Uint128 b) {
    int c = Long.compareUnsigned(a.getHigh(), b.getHigh());
    return c != 0 ? c : Long.compareUnsigned(a.getLow(), b.getLow());
  }

  private static String text(Uint128 id) {
    return Long.toUnsignedString(id.getHigh()) + ":" + Long.toUnsignedString(id.getLow());
  }
}
