package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Members and groups of an action profile.
 *
 * <p>BMv2 has no weights: PI, its P4Runtime layer, makes copies of a member, and the group picks
 * the copy number {@code hash mod n} in order of the copies' handles, each of which was the lowest
 * free when the copy was made. We hand out handles in the same way so that the same writes lead the
 * same packet to the same member.
 */
final class ActionProfile {
  /** A member, with the handles of its copies. */
  private static final class Member implements Binding {
    volatile Binding.Bound bound;
    final List<Integer> handles = new ArrayList<>();

    /** Number of groups that want each weight. */
    final TreeMap<Integer, Integer> weights = new TreeMap<>();

    int uses;

    Member(Binding.Bound bound) {
      this.bound = bound;
    }

    @Override
    public Binding.Bound choose(PacketContext c) {
      return bound;
    }
  }

  /** A copy of a member inside a group. */
  private record Copy(int handle, Member member, int watchPort) {}

  private static final int NO_WATCH = -1;

  /** The copies that a group chooses from, in order of their handles. */
  private static final class Copies {
    final Copy[] all;
    final boolean watches;

    Copies(List<Copy> copies) {
      all = copies.stream().sorted(Comparator.comparingInt(Copy::handle)).toArray(Copy[]::new);
      watches = copies.stream().anyMatch(x -> x.watchPort != NO_WATCH);
    }
  }

  private final class Group implements Binding {
    private final EntryAction.Selection selection;
    volatile Copies copies = new Copies(List.of());
    List<EntryAction.WeightedMember> members = List.of();
    int uses;

    Group(EntryAction.Selection selection) {
      this.selection = selection;
    }

    private long hash(PacketContext c) {
      Calculation selector = info.selector();
      return switch (selection) {
        case RANDOM -> c.workspace.random.nextLong();
        case AS_THE_SELECTOR, HASH -> selector == null ? 0 : selector.of(c);
      };
    }

    @Override
    public Binding.@Nullable Bound choose(PacketContext c) {
      Copies now = copies;
      Copy[] all = now.all;
      int n = all.length;
      if (n == 0) {
        return null;
      }
      long hash = hash(c);
      if (!now.watches) {
        return all[n == 1 ? 0 : (int) Long.remainderUnsigned(hash, n)].member.bound;
      }
      int live = 0;
      for (Copy copy : all) {
        live += c.state.isUp(copy.watchPort) ? 1 : 0;
      }
      if (live == 0) {
        return null;
      }
      int wanted = (int) Long.remainderUnsigned(hash, live);
      for (Copy copy : all) {
        if (c.state.isUp(copy.watchPort) && wanted-- == 0) {
          return copy.member.bound;
        }
      }
      return null;
    }
  }

  /** A group of an entry's own. */
  private record OneShotGroup(Group group, List<Integer> handles, long size) implements Binding {
    @Override
    public Binding.@Nullable Bound choose(PacketContext c) {
      return group.choose(c);
    }
  }

  private final ProfileInfo info;
  private final HandlePool handles;
  private final Map<Integer, Member> members = new HashMap<>();
  private final Map<Integer, Group> groups = new HashMap<>();

  /** What one-shot groups take of the profile's size. */
  private long oneShotSize;

  ActionProfile(ProfileInfo info) {
    this.info = info;
    handles = new HandlePool("action profile " + info.name());
  }

  synchronized void putMember(int id, ActionCall call) {
    Binding.Bound bound = info.bind(call);
    Member m = members.get(id);
    if (m != null) {
      m.bound = bound;
      return;
    }
    requireRoom(1);
    m = new Member(bound);
    m.handles.add(handles.take());
    members.put(id, m);
  }

  /** Weights of groups are for who knows what the selector's size counts: see P4Info. */
  private void requireRoom(long more) {
    if (info.maxSize() > 0 && members.size() + oneShotSize + more > info.maxSize()) {
      throw new TableFullException(
          "action profile "
              + info.name()
              + " has a size of "
              + info.maxSize()
              + ", of which "
              + (members.size() + oneShotSize)
              + " are taken; "
              + more
              + " more do not fit");
    }
  }

  synchronized void removeMember(int id) {
    Member m = member(id);
    if (m.uses > 0) {
      throw new IllegalStateException(
          "member " + id + " of " + info.name() + " is in use by " + m.uses + " entries or groups");
    }
    m.handles.forEach(handles::give);
    members.remove(id);
  }

  private Member member(int id) {
    Member m = members.get(id);
    if (m == null) {
      throw new IllegalArgumentException(
          "action profile "
              + info.name()
              + " has no member "
              + id
              + "; it has "
              + brief(members.keySet()));
    }
    return m;
  }

  private Group group(int id) {
    Group g = groups.get(id);
    if (g == null) {
      throw new IllegalArgumentException(
          "action profile "
              + info.name()
              + " has no group "
              + id
              + "; it has "
              + brief(groups.keySet()));
    }
    return g;
  }

  private static String brief(java.util.Set<Integer> ids) {
    return ids.size() <= 20 ? ids.stream().sorted().toList().toString() : ids.size() + " others";
  }

  synchronized void putGroup(int id, List<EntryAction.WeightedMember> wanted) {
    requireSelector();
    Map<Integer, EntryAction.WeightedMember> byMember = new TreeMap<>();
    for (EntryAction.WeightedMember w : wanted) {
      requireWeight(w.weight());
      member(w.memberId());
      if (byMember.put(w.memberId(), w) != null) {
        throw new IllegalArgumentException(
            "member " + w.memberId() + " is twice in group " + id + " of " + info.name());
      }
    }
    Group g = groups.get(id);
    List<EntryAction.WeightedMember> before = g == null ? List.of() : g.members;
    List<Runnable> undo = new ArrayList<>();
    try {
      for (EntryAction.WeightedMember w : byMember.values()) {
        Member m = member(w.memberId());
        while (m.handles.size() < w.weight()) {
          m.handles.add(handles.take());
          undo.add(() -> handles.give(m.handles.remove(m.handles.size() - 1)));
        }
      }
    } catch (TableFullException e) {
      undo.forEach(Runnable::run);
      throw e;
    }
    List<Copy> copies = new ArrayList<>();
    for (EntryAction.WeightedMember w : byMember.values()) {
      Member m = member(w.memberId());
      m.uses++;
      m.weights.merge(w.weight(), 1, Integer::sum);
      for (int i = 0; i < w.weight(); i++) {
        copies.add(new Copy(m.handles.get(i), m, watch(w.watchPort())));
      }
    }
    if (g == null) {
      g = new Group(EntryAction.Selection.AS_THE_SELECTOR);
      groups.put(id, g);
    }
    g.members = List.copyOf(byMember.values());
    g.copies = new Copies(copies);
    before.forEach(this::leave);
  }

  private void requireSelector() {
    if (info.selector() == null) {
      throw new IllegalArgumentException(
          "action profile " + info.name() + " has no selector: it cannot have groups");
    }
  }

  private static void requireWeight(int weight) {
    if (weight < 1) {
      throw new IllegalArgumentException("weight " + weight + " is below 1");
    }
  }

  private static int watch(@Nullable Integer port) {
    return port == null ? NO_WATCH : port;
  }

  private void leave(EntryAction.WeightedMember w) {
    Member m = member(w.memberId());
    m.uses--;
    m.weights.computeIfPresent(w.weight(), (k, n) -> n == 1 ? null : n - 1);
    int keep = Math.max(1, m.weights.isEmpty() ? 1 : m.weights.lastKey());
    while (m.handles.size() > keep) {
      handles.give(m.handles.remove(m.handles.size() - 1));
    }
  }

  synchronized void removeGroup(int id) {
    Group g = group(id);
    if (g.uses > 0) {
      throw new IllegalStateException(
          "group " + id + " of " + info.name() + " is in use by " + g.uses + " entries");
    }
    g.members.forEach(this::leave);
    groups.remove(id);
  }

  /** Resolves an entry's reference and counts the use. */
  synchronized Binding bind(EntryAction action) {
    if (action instanceof EntryAction.Member m) {
      Member member = member(m.memberId());
      member.uses++;
      return member;
    }
    if (action instanceof EntryAction.Group g) {
      Group group = group(g.groupId());
      group.uses++;
      return group;
    }
    if (action instanceof EntryAction.OneShot o) {
      return oneShot(o);
    }
    throw new IllegalArgumentException(
        "entries of an action profile's table name a member, a group or a one-shot group");
  }

  private Binding oneShot(EntryAction.OneShot o) {
    requireSelector();
    Calculation selector = info.selector();
    if (o.selection() == EntryAction.Selection.HASH && selector != null && selector.isRandom()) {
      throw new IllegalArgumentException(
          "action profile " + info.name() + " chooses at random and has no hash; use RANDOM");
    }
    requireRoom(o.size());
    List<Integer> taken = new ArrayList<>();
    List<Copy> copies = new ArrayList<>();
    try {
      for (EntryAction.WeightedAction w : o.actions()) {
        requireWeight(w.weight());
        Member m = new Member(info.bind(w.call()));
        for (int i = 0; i < w.weight(); i++) {
          int handle = handles.take();
          taken.add(handle);
          copies.add(new Copy(handle, m, watch(w.watchPort())));
        }
      }
    } catch (RuntimeException e) {
      taken.forEach(handles::give);
      throw e;
    }
    Group g = new Group(o.selection());
    g.copies = new Copies(copies);
    oneShotSize += o.size();
    return new OneShotGroup(g, taken, o.size());
  }

  /** Gives back what {@link #bind} took. */
  synchronized void release(Binding binding) {
    if (binding instanceof Member m) {
      m.uses--;
    } else if (binding instanceof Group g) {
      g.uses--;
    } else if (binding instanceof OneShotGroup o) {
      o.handles.forEach(handles::give);
      oneShotSize -= o.size;
    }
  }
}
