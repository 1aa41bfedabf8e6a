package io.myelin.sim.cluster;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.node.store.LogRecord;
import io.myelin.node.store.Replica;
import io.myelin.node.store.ReplicaLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** One member's view of {@link SimRaft}, while its process lives. */
final class SimLog extends ReplicaLog {
  private static final long AGAIN_NS = 20 * World.MS;

  /** Appended here, and waited for. */
  record Pending(LogRecord entry, CompletableFuture<Applied> applied) {}

  private final World world;
  private final SimRaft raft;
  private final Member member;
  private final Consumer<Runnable> process;
  private final Invariants invariants;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private final List<Pending> abandoned = new ArrayList<>();
  private final List<Consumer<Leadership>> listeners = new ArrayList<>();
  private Leadership leadership = Leadership.NONE;
  private long index; // of the next committed entry to apply
  private long order;
  private long early; // applied before they were committed: a planted mistake

  SimLog(
      World world,
      SimRaft raft,
      Member member,
      Consumer<Runnable> process,
      Invariants invariants,
      Replica replica) {
    super(replica);
    this.world = world;
    this.raft = raft;
    this.member = member;
    this.process = process;
    this.invariants = invariants;
    index = replica.index();
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    if (!leadership.leads()) {
      return CompletableFuture.failedFuture(new NotCommitted(member.id() + " does not lead"));
    }
    if (raft.leads(member)) {
      invariants.submitted(member, state(), command); // else nobody will hear of it
    }
    Pending p = new Pending(new LogRecord(command, 0), new CompletableFuture<>());
    pending.add(p);
    if (raft.bug == Bug.ACK_BEFORE_COMMIT) {
      early++;
      p.applied.complete(replica().apply(command));
    }
    long term = leadership.term();
    world.after(world.delayNs(), () -> replicate(p, term));
    return p.applied;
  }

  /** The majority has it, if there is one, and all before it. */
  private void replicate(Pending p, long term) {
    boolean died = member.isDead() || !member.log().equals(this);
    if (died || !pending.contains(p) || leadership.term() != term) {
      return;
    }
    if (!raft.leads(member) || !raft.hasMajority(member)) {
      world.after(AGAIN_NS, () -> replicate(p, term));
      return;
    }
    while (!pending.isEmpty()) {
      Pending first = pending.remove();
      raft.commit(first.entry);
      index = raft.committed();
      if (early > 0) {
        early--;
      } else {
        Applied a = invariants.apply(replica(), command(first.entry));
        first.applied.complete(a);
      }
      if (first.equals(p)) {
        break;
      }
    }
  }

  private static Command command(LogRecord entry) {
    Command c = entry.command();
    if (c == null) {
      throw new IllegalStateException("an opening is not applied");
    }
    return c;
  }

  /** What this member appended and nobody committed, in order; it does not know. */
  List<Pending> abandon() {
    List<Pending> all = new ArrayList<>(pending);
    abandoned.addAll(all);
    pending.clear();
    return all;
  }

  /** Applies what is committed. */
  void catchUp(long upTo) {
    if (early > 0 || leadership.leads()) {
      return;
    }
    while (index < upTo) {
      Command c = command(raft.entry(index++));
      invariants.apply(replica(), c);
      member.clock().follow(c.timeMs());
    }
    member.snapshot(index);
  }

  /** The leader's word. */
  void follow(String leader, long upTo) {
    if (leadership.leads() && raft.leads(member)) {
      return;
    }
    stepDown();
    catchUp(upTo);
    if (!leadership.leader().equals(leader)) {
      turn(new Leadership(Leadership.Role.FOLLOWER, raft.epoch(), 0, leader));
    }
  }

  /** Which leadership this is, counted from the start. */
  long order() {
    return order;
  }

  void lead(long epoch, long term) {
    order = invariants.nextTurn();
    turn(new Leadership(Leadership.Role.LEADER, epoch, term, member.id()));
  }

  /** Whatever leadership it is. */
  void stepDown() {
    stepDown(leadership.term());
  }

  void stepDown(long term) {
    boolean over = leadership.term() != term && raft.bug != Bug.OLD_ELECTION_ID;
    if (!leadership.leads() || over) {
      return;
    }
    turn(new Leadership(Leadership.Role.FOLLOWER, raft.epoch(), term, ""));
    abandon();
    List<Pending> all = List.copyOf(abandoned);
    abandoned.clear();
    all.forEach(p -> p.applied.completeExceptionally(new NotCommitted("leadership ended")));
    if (early > 0) {
      // What was applied too early cannot be taken back: start again from the disk.
      member.restart();
    }
  }

  private void turn(Leadership next) {
    leadership = next;
    List.copyOf(listeners).forEach(l -> deliver(() -> l.accept(next)));
  }

  /** Does something in this process, unless it has died. */
  void deliver(Runnable task) {
    process.accept(task);
  }

  long index() {
    return index;
  }

  @Override
  public Leadership leadership() {
    return leadership;
  }

  @Override
  public void onLeadership(Consumer<Leadership> listener) {
    listeners.add(listener);
    if (leadership.leads()) {
      listener.accept(leadership);
    }
  }

  @Override
  public Progress progress() {
    return new Progress(index, timeMs(), leadership.leads() ? 0 : Progress.NEVER);
  }

  @Override
  public void close() {}
}
