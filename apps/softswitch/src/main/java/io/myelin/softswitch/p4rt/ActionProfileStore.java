package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.Action;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.ActionProfileActionSet;
import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.ActionProfileMember;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.EntryAction;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Members and groups of an action profile or selector (§9.2), with who uses them. */
final class ActionProfileStore {
  private final ProfileSpec spec;
  private final TableSpec table;
  private final SwitchControl control;
  private final Map<Integer, Member> members = new LinkedHashMap<>();
  private final Map<Integer, Group> groups = new LinkedHashMap<>();
  private int oneShotEntries;
  private long groupedSize;

  private static final class Member {
    ActionProfileMember proto;
    ActionCall call;
    int inGroups;
    int inEntries;

    Member(ActionProfileMember proto, ActionCall call) {
      this.proto = proto;
      this.call = call;
    }
  }

  private static final class Group {
    ActionProfileGroup proto;
    List<EntryAction.WeightedMember> members;
    int inEntries;

    Group(ActionProfileGroup proto, List<EntryAction.WeightedMember> members) {
      this.proto = proto;
      this.members = members;
    }
  }

  /**
   * @param table one that uses the profile
   */
  ActionProfileStore(ProfileSpec spec, TableSpec table, SwitchControl control) {
    this.spec = spec;
    this.table = table;
    this.control = control;
  }

  Collection<ActionProfileMember> readMembers(int id) {
    if (id != 0) {
      Member m = members.get(id);
      return m == null ? List.of() : List.of(m.proto);
    }
    return members.values().stream().map(m -> m.proto).toList();
  }

  Collection<ActionProfileGroup> readGroups(int id) {
    if (id != 0) {
      Group g = groups.get(id);
      return g == null ? List.of() : List.of(g.proto);
    }
    return groups.values().stream().map(g -> g.proto).toList();
  }

  // ---- members ---------------------------------------------------------------------------------

  void write(Update.Type type, ActionProfileMember m, UndoLog undo) {
    int id = m.getMemberId();
    if (id == 0) {
      throw Refusal.invalid("member_id of " + spec.what() + " must not be 0");
    }
    switch (type) {
      case INSERT -> insert(m, undo);
      case MODIFY -> modify(m, undo);
      case DELETE -> delete(id, undo);
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("type " + type);
    }
  }

  private String member(int id) {
    return "member " + Integer.toUnsignedString(id) + " of " + spec.what();
  }

  private String group(int id) {
    return "group " + Integer.toUnsignedString(id) + " of " + spec.what();
  }

  private ActionSpec.Resolved resolve(ActionProfileMember m) {
    if (!m.hasAction()) {
      throw Refusal.invalid(member(m.getMemberId()) + " has no action");
    }
    return table.resolve(m.getAction(), TableSpec.Use.ENTRY);
  }

  @SuppressWarnings("ReferenceEquality") // Unchanged is the same object.
  private static ActionProfileMember canonical(ActionProfileMember m, Action action) {
    return m.getAction() == action ? m : m.toBuilder().setAction(action).build();
  }

  private void insert(ActionProfileMember m, UndoLog undo) {
    int id = m.getMemberId();
    refuseOneShotMix();
    if (members.containsKey(id)) {
      throw Refusal.exists(member(id) + " exists");
    }
    ActionSpec.Resolved action = resolve(m);
    if (spec.size() > 0 && members.size() >= spec.size()) {
      throw Refusal.exhausted(spec.what() + " holds its " + spec.size() + " members");
    }
    control.putMember(spec.engineName(), id, action.call());
    members.put(id, new Member(canonical(m, action.canonical()), action.call()));
    undo.push(() -> remove(id));
  }

  private void remove(int id) {
    control.removeMember(spec.engineName(), id);
    members.remove(id);
  }

  private Member existing(int id) {
    Member m = members.get(id);
    if (m == null) {
      throw Refusal.notFound(member(id) + " does not exist");
    }
    return m;
  }

  private void modify(ActionProfileMember m, UndoLog undo) {
    Member old = existing(m.getMemberId());
    ActionSpec.Resolved action = resolve(m);
    ActionProfileMember oldProto = old.proto;
    ActionCall oldCall = old.call;
    set(old, canonical(m, action.canonical()), action.call());
    undo.push(() -> set(old, oldProto, oldCall));
  }

  private void set(Member m, ActionProfileMember proto, ActionCall call) {
    control.putMember(spec.engineName(), proto.getMemberId(), call);
    m.proto = proto;
    m.call = call;
  }

  private void delete(int id, UndoLog undo) {
    Member m = existing(id);
    if (m.inGroups > 0 || m.inEntries > 0) {
      throw Refusal.precondition(
          member(id)
              + " is used by "
              + m.inGroups
              + " groups and "
              + m.inEntries
              + " table entries");
    }
    remove(id);
    undo.push(
        () -> {
          control.putMember(spec.engineName(), id, m.call);
          members.put(id, m);
        });
  }

  // ---- groups ----------------------------------------------------------------------------------

  void write(Update.Type type, ActionProfileGroup g, UndoLog undo) {
    if (!spec.withSelector()) {
      throw Refusal.invalid(spec.what() + " has no selector, so it has no groups");
    }
    int id = g.getGroupId();
    if (id == 0) {
      throw Refusal.invalid("group_id of " + spec.what() + " must not be 0");
    }
    switch (type) {
      case INSERT -> {
        refuseOneShotMix();
        if (groups.containsKey(id)) {
          throw Refusal.exists(group(id) + " exists");
        }
        spec.checkMaxSize(g.getMaxSize(), group(id));
        Group added = new Group(Ports.canonical(g), check(g, 0));
        put(added, added.proto, added.members, List.of());
        groups.put(id, added);
        undo.push(() -> removeGroup(id, added));
      }
      case MODIFY -> {
        Group old = existingGroup(id);
        if (g.getMaxSize() != old.proto.getMaxSize()) {
          throw Refusal.invalid(
              group(id)
                  + " was made with max_size "
                  + old.proto.getMaxSize()
                  + "; it cannot become "
                  + g.getMaxSize());
        }
        ActionProfileGroup oldProto = old.proto;
        List<EntryAction.WeightedMember> oldMembers = old.members;
        put(old, Ports.canonical(g), check(g, sizeOf(oldMembers)), oldMembers);
        undo.push(() -> put(old, oldProto, oldMembers, old.members));
      }
      case DELETE -> {
        Group old = existingGroup(id);
        if (old.inEntries > 0) {
          throw Refusal.precondition(group(id) + " is used by " + old.inEntries + " table entries");
        }
        removeGroup(id, old);
        undo.push(
            () -> {
              put(old, old.proto, old.members, List.of());
              groups.put(id, old);
            });
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("type " + type);
    }
  }

  private Group existingGroup(int id) {
    Group g = groups.get(id);
    if (g == null) {
      throw Refusal.notFound(group(id) + " does not exist");
    }
    return g;
  }

  private void put(
      Group g,
      ActionProfileGroup proto,
      List<EntryAction.WeightedMember> next,
      List<EntryAction.WeightedMember> before) {
    control.putGroup(spec.engineName(), proto.getGroupId(), next);
    count(before, -1);
    count(next, 1);
    g.proto = proto;
    g.members = next;
  }

  private void removeGroup(int id, Group g) {
    control.removeGroup(spec.engineName(), id);
    groups.remove(id);
    count(g.members, -1);
  }

  private void count(List<EntryAction.WeightedMember> list, int delta) {
    for (EntryAction.WeightedMember m : list) {
      existing(m.memberId()).inGroups += delta;
    }
    groupedSize += delta * sizeOf(list);
  }

  private long sizeOf(List<EntryAction.WeightedMember> list) {
    return spec.sumOfMembers()
        ? list.size()
        : list.stream().mapToLong(EntryAction.WeightedMember::weight).sum();
  }

  private List<EntryAction.WeightedMember> check(ActionProfileGroup g, long sizeBefore) {
    List<EntryAction.WeightedMember> out = new ArrayList<>(g.getMembersCount());
    Set<Integer> seen = new HashSet<>();
    String what = group(g.getGroupId());
    for (ActionProfileGroup.Member m : g.getMembersList()) {
      if (!members.containsKey(m.getMemberId())) {
        throw Refusal.notFound(
            what + " refers to " + member(m.getMemberId()) + ", which does not exist");
      }
      if (!seen.add(m.getMemberId())) {
        throw Refusal.invalid(
            what + " has member " + m.getMemberId() + " twice; use its weight instead");
      }
      int weight = spec.weight(m.getWeight(), what);
      out.add(new EntryAction.WeightedMember(m.getMemberId(), weight, Ports.watch(m, what)));
    }
    long size = sizeOf(out);
    if (g.getMaxSize() > 0 && size > g.getMaxSize()) {
      throw Refusal.exhausted(what + " has size " + size + ", above max_size " + g.getMaxSize());
    }
    if (spec.size() > 0 && groupedSize - sizeBefore + size > spec.size()) {
      throw Refusal.exhausted(
          what + " needs " + size + " of " + spec.what() + ", whose size is " + spec.size());
    }
    return List.copyOf(out);
  }

  // ---- table entries ---------------------------------------------------------------------------

  /** What an entry of an indirect table does: for the engine and, canonical, for readers. */
  record Reference(EntryAction action, TableAction canonical) {}

  /** Checks the action of an entry (§9.1.2, §9.2.3). */
  Reference resolve(TableAction action, @Nullable EntryAction replaced) {
    return switch (action.getTypeCase()) {
      case ACTION_PROFILE_MEMBER_ID -> {
        refuseOneShotMixIn(replaced);
        existing(action.getActionProfileMemberId());
        yield new Reference(new EntryAction.Member(action.getActionProfileMemberId()), action);
      }
      case ACTION_PROFILE_GROUP_ID -> {
        if (!spec.withSelector()) {
          throw Refusal.invalid(spec.what() + " has no selector, so it has no groups");
        }
        refuseOneShotMixIn(replaced);
        existingGroup(action.getActionProfileGroupId());
        yield new Reference(new EntryAction.Group(action.getActionProfileGroupId()), action);
      }
      case ACTION_PROFILE_ACTION_SET -> oneShot(action);
      case ACTION, TYPE_NOT_SET ->
          throw Refusal.invalid(
              "entries of "
                  + table.what()
                  + " refer to "
                  + spec.what()
                  + ": give a member, "
                  + (spec.withSelector() ? "a group or an action set" : "")
                  + ", not "
                  + action.getTypeCase());
    };
  }

  private Reference oneShot(TableAction action) {
    if (!spec.withSelector()) {
      throw Refusal.invalid(spec.what() + " has no selector, so it takes no action set");
    }
    if (!members.isEmpty() || !groups.isEmpty()) {
      throw Refusal.invalid(
          spec.what() + " is programmed with members and groups; an action set cannot be mixed in");
    }
    String what = "the action set of " + table.what();
    ActionProfileActionSet set = action.getActionProfileActionSet();
    List<EntryAction.WeightedAction> out = new ArrayList<>();
    EntryAction.Selection selection = selection(set, what);
    EntryAction.GroupSize counted = counted(set, what);
    ActionProfileActionSet.Builder canonical =
        ActionProfileActionSet.newBuilder()
            .setActionSelectionMode(set.getActionSelectionMode())
            .setSizeSemantics(set.getSizeSemantics());
    for (ActionProfileAction a : set.getActionProfileActionsList()) {
      int weight = spec.weight(a.getWeight(), what);
      ActionSpec.Resolved r = table.resolve(a.getAction(), TableSpec.Use.ENTRY);
      out.add(new EntryAction.WeightedAction(r.call(), weight, Ports.watch(a, what)));
      canonical.addActionProfileActions(Ports.canonical(a).toBuilder().setAction(r.canonical()));
    }
    EntryAction.OneShot oneShot = new EntryAction.OneShot(out, selection, counted);
    if (spec.maxGroupSize() > 0 && oneShot.size() > spec.maxGroupSize()) {
      throw Refusal.invalid(
          what + " has size " + oneShot.size() + "; max_group_size is " + spec.maxGroupSize());
    }
    return new Reference(
        oneShot, TableAction.newBuilder().setActionProfileActionSet(canonical).build());
  }

  private static EntryAction.Selection selection(ActionProfileActionSet set, String what) {
    return switch (set.getActionSelectionMode()) {
      case DEFAULT_MODE_DETERMINED_BY_ACTION_SELECTOR -> EntryAction.Selection.AS_THE_SELECTOR;
      case HASH -> EntryAction.Selection.HASH;
      case RANDOM -> EntryAction.Selection.RANDOM;
      case UNRECOGNIZED ->
          throw Refusal.unimplemented(
              "action_selection_mode "
                  + set.getActionSelectionModeValue()
                  + " of "
                  + what
                  + "; supported: HASH, RANDOM or the selector's");
    };
  }

  private EntryAction.GroupSize counted(ActionProfileActionSet set, String what) {
    return switch (set.getSizeSemantics()) {
      case DEFAULT_SIZE_DETERMINED_BY_ACTION_SELECTOR -> spec.groupSize();
      case SUM_OF_WEIGHTS -> EntryAction.GroupSize.WEIGHTS;
      case SUM_OF_MEMBERS -> EntryAction.GroupSize.MEMBERS;
      case UNRECOGNIZED ->
          throw Refusal.unimplemented(
              "size_semantics "
                  + set.getSizeSemanticsValue()
                  + " of "
                  + what
                  + "; supported: SUM_OF_WEIGHTS, SUM_OF_MEMBERS or the selector's");
    };
  }

  private void refuseOneShotMix() {
    if (oneShotEntries > 0) {
      throw Refusal.invalid(
          spec.what()
              + " is programmed with action sets by "
              + oneShotEntries
              + " entries; members and groups cannot be mixed in");
    }
  }

  private void refuseOneShotMixIn(@Nullable EntryAction replaced) {
    if (oneShotEntries > (replaced instanceof EntryAction.OneShot ? 1 : 0)) {
      refuseOneShotMix();
    }
  }

  /** Counts the use by an entry; {@code delta} is 1 or -1. */
  void use(EntryAction action, int delta) {
    if (action instanceof EntryAction.Member m) {
      existing(m.memberId()).inEntries += delta;
    } else if (action instanceof EntryAction.Group g) {
      existingGroup(g.groupId()).inEntries += delta;
    } else if (action instanceof EntryAction.OneShot) {
      oneShotEntries += delta;
    }
  }
}
