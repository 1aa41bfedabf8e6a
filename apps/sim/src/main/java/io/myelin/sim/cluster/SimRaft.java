package io.myelin.sim.cluster;

import io.myelin.node.store.LogRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replicated log may do, at the worst moments: who leads, what is committed, what is lost
 * when leaders change. A model of Raft as its users see it, not of its messages: entries that a
 * leader appended are committed one by one while it reaches a majority; of those that were not when
 * it is replaced, the next one has the first few, nobody knows how many; the one that was replaced
 * believes that it leads until it hears otherwise.
 */
final class SimRaft {
  private static final long LOOK_NS = 50 * World.MS;
  private static final long ELECTION_NS = 300 * World.MS;
  private static final long UNAWARE_NS = 600 * World.MS;

  private final World world;
  private final Invariants invariants;
  private final List<Member> members = new ArrayList<>();
  private final List<LogRecord> committed = new ArrayList<>();
  final Bug bug;
  private @Nullable Member leader;
  private @Nullable SimLog leading; // of the leader's process: another process leads no more
  private long term;
  private long epoch;
  private long leaderlessNs = -1;

  SimRaft(World world, Invariants invariants, Bug bug) {
    this.world = world;
    this.invariants = invariants;
    this.bug = bug;
  }

  void start(List<Member> all) {
    members.addAll(all);
    world.after(LOOK_NS, this::look);
  }

  long epoch() {
    return epoch;
  }

  long committed() {
    return committed.size();
  }

  LogRecord entry(long index) {
    return committed.get((int) index);
  }

  boolean leads(Member m) {
    return m.equals(leader) && m.log().equals(leading);
  }

  @Nullable Member leader() {
    return leader;
  }

  /** Whether it can reach, and be reached by, more than half of those that live. */
  boolean hasMajority(Member m) {
    if (m.isDead() || m.isPaused()) {
      return false;
    }
    int reached = 0;
    for (Member o : members) {
      boolean there = o.equals(m) || (!o.isDead() && !o.isPaused());
      reached += there && world.connected(m.id(), o.id()) ? 1 : 0;
    }
    return 2 * reached > members.size();
  }

  private void look() {
    Member now = leader;
    if (now != null && leads(now) && hasMajority(now)) {
      leaderlessNs = -1;
      members.forEach(m -> follow(now, m));
    } else if (leaderlessNs < 0) {
      leaderlessNs = world.nowNs() + world.random.nextInt((int) ELECTION_NS);
    } else if (world.nowNs() - leaderlessNs > ELECTION_NS) {
      elect();
    }
    world.after(LOOK_NS, this::look);
  }

  /** A heartbeat: brings a follower up to date. */
  private void follow(Member now, Member m) {
    if (!m.equals(now)) {
      long upTo = committed.size();
      world.send(now.id(), m.id(), () -> m.deliver(() -> m.log().follow(now.id(), upTo)));
    }
  }

  private void elect() {
    List<Member> able = members.stream().filter(this::hasMajority).toList();
    if (able.isEmpty()) {
      return;
    }
    Member next = able.get(world.random.nextInt(able.size()));
    Member old = leader;
    SimLog last = leading;
    long oldTerm = term;
    term++;
    leader = next;
    leading = next.log();
    leaderlessNs = -1;
    world.note("elected " + next.id());
    if (old != null && last != null) {
      for (SimLog.Pending p : last.abandon()) {
        if (world.random.nextBoolean()) {
          break;
        }
        commit(p.entry());
      }
      if (last.equals(leading)) {
        last.stepDown(oldTerm);
      } else {
        world.after(
            world.random.nextInt((int) UNAWARE_NS),
            () -> last.deliver(() -> last.stepDown(oldTerm)));
      }
    }
    next.log().stepDown(); // it may not have heard yet that its last leadership ended
    next.log().catchUp(committed.size());
    if (next.clock().isAlone()) {
      List<Long> others = new ArrayList<>();
      for (Member m : members) {
        boolean answers = !m.equals(next) && !m.isDead() && !m.isPaused();
        if (answers && world.connected(m.id(), next.id())) {
          others.add(m.clock().getAsLong());
        }
      }
      next.clock().agree(others);
    }
    epoch = epoch == 0 ? World.EPOCH_MS / 1000 : epoch;
    next.log().lead(epoch, bug == Bug.OLD_ELECTION_ID ? 1 : term);
  }

  /** An entry counts from now on, whatever happens. */
  void commit(LogRecord entry) {
    try {
      // What members apply has been bytes on the wire and on disks.
      LogRecord read = LogRecord.decode(entry.encode());
      committed.add(read);
      invariants.committed(read, committed.size());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Member now = leader;
    if (now != null) {
      members.forEach(m -> follow(now, m));
    }
  }
}
