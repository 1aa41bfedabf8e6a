package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.myelin.p4.config.v1.ActionProfile;
import io.myelin.p4.v1.Action;
import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.ActionProfileMember;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.EntryAction;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Members and groups of one action profile: P4Runtime 1.4 §9.2. */
final class ProfileStore {
  /** v1model ports are 9 bits wide. */
  private static final int PORT_BITS = 32;

  private final ActionProfile profile;
  private final String name;
  private final EntryChecks checks;
  private final SwitchControl control;
  private final Map<Integer, Action> members = new TreeMap<>();
  private final Map<Integer, ActionProfileGroup> groups = new TreeMap<>();
  private final Map<Integer, Integer> memberUses = new HashMap<>();
  private final Map<Integer, Integer> groupUses = new HashMap<>();

  ProfileStore(ActionProfile profile, EntryChecks checks, SwitchControl control) {
    this.profile = profile;
    this.name = profile.getPreamble().getName();
    this.checks = checks;
    this.control = control;
  }

  ActionProfile profile() {
    return profile;
  }

  Map<Integer, Action> members() {
    return members;
  }

  Map<Integer, ActionProfileGroup> groups() {
    return groups;
  }

  // ---- members -------------------------------------------------------------------------------

  void write(Update.Type type, ActionProfileMember m) {
    int id = m.getMemberId();
    if (id == 0) {
      throw RpcException.invalid("action profile '" + name + "': member id 0 is not allowed");
    }
    exists("member", id, members.containsKey(id), type);
    switch (type) {
      case INSERT, MODIFY -> {
        if (type == Update.Type.INSERT
            && profile.getSize() > 0
            && members.size() >= profile.getSize()) {
          throw new RpcException(
              Code.RESOURCE_EXHAUSTED,
              "action profile '" + name + "' is full: size " + profile.getSize());
        }
        if (!m.hasAction()) {
          throw RpcException.invalid(
              "action profile '" + name + "': member " + id + " has no action");
        }
        EntryChecks.Checked action = checks.call(m.getAction());
        control.putMember(name, id, action.engine());
        members.put(id, action.canonical());
      }
      case DELETE -> {
        inUse("member", id, memberUses);
        control.removeMember(name, id);
        members.remove(id);
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw unspecified();
    }
  }

  // ---- groups --------------------------------------------------------------------------------

  void write(Update.Type type, ActionProfileGroup g) {
    int id = g.getGroupId();
    if (!profile.getWithSelector()) {
      throw RpcException.invalid(
          "action profile '" + name + "' has no selector, so it has no groups");
    }
    if (id == 0) {
      throw RpcException.invalid("action profile '" + name + "': group id 0 is not allowed");
    }
    exists("group", id, groups.containsKey(id), type);
    switch (type) {
      case INSERT, MODIFY -> put(g, type == Update.Type.MODIFY ? groups.get(id) : null);
      case DELETE -> {
        inUse("group", id, groupUses);
        control.removeGroup(name, id);
        ActionProfileGroup old = groups.remove(id);
        if (old != null) {
          old.getMembersList().forEach(m -> use(memberUses, m.getMemberId(), -1));
        }
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw unspecified();
    }
  }

  @SuppressWarnings("deprecation") // old clients still use watch
  private void put(ActionProfileGroup g, @Nullable ActionProfileGroup old) {
    int limit = profile.getMaxGroupSize();
    int maxSize = g.getMaxSize();
    if (old != null && maxSize != 0 && maxSize != old.getMaxSize()) {
      throw RpcException.invalid(
          "group " + g.getGroupId() + ": max_size cannot change from " + old.getMaxSize());
    }
    if (limit > 0 && maxSize > limit) {
      throw RpcException.invalid(
          "group " + g.getGroupId() + ": max_size " + maxSize + " exceeds max_group_size " + limit);
    }
    int bound =
        maxSize > 0 ? maxSize : old != null && old.getMaxSize() > 0 ? old.getMaxSize() : limit;
    List<EntryAction.WeightedMember> list = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    long weights = 0;
    for (ActionProfileGroup.Member m : g.getMembersList()) {
      if (!members.containsKey(m.getMemberId())) {
        throw RpcException.notFound(
            "action profile '" + name + "' has no member " + m.getMemberId());
      }
      if (!seen.add(m.getMemberId())) {
        throw RpcException.invalid(
            "group " + g.getGroupId() + ": member " + m.getMemberId() + " is there twice");
      }
      weights += weight(m.getWeight());
      Integer watch =
          switch (m.getWatchKindCase()) {
            case WATCH_PORT -> (Integer) port(m.getWatchPort());
            case WATCH -> (Integer) m.getWatch();
            case WATCHKIND_NOT_SET -> null;
          };
      list.add(new EntryAction.WeightedMember(m.getMemberId(), m.getWeight(), watch));
    }
    bound(weights, bound);
    control.putGroup(name, g.getGroupId(), list);
    if (old != null) {
      old.getMembersList().forEach(m -> use(memberUses, m.getMemberId(), -1));
    }
    g.getMembersList().forEach(m -> use(memberUses, m.getMemberId(), +1));
    groups.put(
        g.getGroupId(),
        old != null && maxSize == 0 ? g.toBuilder().setMaxSize(old.getMaxSize()).build() : g);
  }

  private void bound(long weights, int bound) {
    if (bound > 0 && weights > bound) {
      throw new RpcException(
          Code.RESOURCE_EXHAUSTED,
          "action profile '" + name + "': weights add up to " + weights + "; at most " + bound);
    }
  }

  static int weight(int weight) {
    if (weight < 1) {
      throw RpcException.invalid("weight " + weight + " is not allowed; it starts at 1");
    }
    return weight;
  }

  static int port(ByteString bytes) {
    return Bytestrings.toInt(Bytestrings.canonical(bytes, PORT_BITS, "watch_port"));
  }

  /** Checks the weights of a one-shot set against the profile's bounds. */
  void boundOneShot(long weights) {
    if (!profile.getWithSelector()) {
      throw RpcException.invalid("action profile '" + name + "' has no selector: no action sets");
    }
    bound(weights, profile.getMaxGroupSize());
  }

  // ---- references from table entries ---------------------------------------------------------

  EntryAction.Member member(int id) {
    if (!members.containsKey(id)) {
      throw RpcException.notFound("action profile '" + name + "' has no member " + id);
    }
    return new EntryAction.Member(id);
  }

  EntryAction.Group group(int id) {
    if (!groups.containsKey(id)) {
      throw RpcException.notFound("action profile '" + name + "' has no group " + id);
    }
    return new EntryAction.Group(id);
  }

  void use(EntryAction action, int by) {
    if (action instanceof EntryAction.Member m) {
      use(memberUses, m.memberId(), by);
    } else if (action instanceof EntryAction.Group g) {
      use(groupUses, g.groupId(), by);
    }
  }

  private static void use(Map<Integer, Integer> uses, int id, int by) {
    uses.merge(id, by, (a, b) -> a + b == 0 ? null : a + b);
  }

  private void inUse(String kind, int id, Map<Integer, Integer> uses) {
    Integer n = uses.get(id);
    if (n != null) {
      throw new RpcException(
          Code.FAILED_PRECONDITION,
          "action profile '" + name + "': " + kind + " " + id + " is still used " + n + " times");
    }
  }

  private void exists(String kind, int id, boolean there, Update.Type type) {
    if (type == Update.Type.INSERT && there) {
      throw new RpcException(
          Code.ALREADY_EXISTS, "action profile '" + name + "' already has " + kind + " " + id);
    }
    if (type != Update.Type.INSERT && !there) {
      throw RpcException.notFound("action profile '" + name + "' has no " + kind + " " + id);
    }
  }

  static RpcException unspecified() {
    return RpcException.invalid("update type must be INSERT, MODIFY or DELETE");
  }
}
