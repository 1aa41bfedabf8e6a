package io.myelin.node.store;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.node.thread.GuardedExecutor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A log of several members, of whom one at a time leads; the others know how old they are. */
public abstract class ElectedLog extends ReplicaLog {
  private static final Logger log = LoggerFactory.getLogger(ElectedLog.class);

  private final String member;
  private final Duration fresh;
  private final Freshness freshness;
  private final List<Consumer<Leadership>> listeners = new CopyOnWriteArrayList<>();
  private final GuardedExecutor events = GuardedExecutor.single("leadership");
  private volatile Leadership leadership = Leadership.NONE;
  private volatile String trouble = "";

  /**
   * @param member its name
   * @param fresh what is at most so old counts as up to date
   */
  protected ElectedLog(Replica replica, String member, Duration fresh) {
    this(replica, member, fresh, System::nanoTime);
  }

  /**
   * As the other.
   *
   * @param clockNs monotonic
   */
  protected ElectedLog(Replica replica, String member, Duration fresh, LongSupplier clockNs) {
    super(replica);
    this.member = member;
    this.fresh = fresh;
    freshness = new Freshness(clockNs);
  }

  /** This member's name. */
  protected final String member() {
    return member;
  }

  // ---- who leads -------------------------------------------------------------------------------

  @Override
  public final Leadership leadership() {
    return leadership;
  }

  @Override
  public final void onLeadership(Consumer<Leadership> listener) {
    events.execute(
        () -> {
          listeners.add(listener);
          if (leadership.leads()) {
            listener.accept(leadership);
          }
        });
  }

  /** From now on; who wants to know is told, in order, on a thread of its own. */
  protected void turn(Leadership next) {
    leadership = next;
    try {
      listeners.forEach(l -> events.execute(() -> l.accept(next)));
    } catch (RejectedExecutionException closing) {
      log.debug("closing: {}", next);
    }
  }

  /** This member follows. */
  protected final void follows(long epoch, long term, String leader) {
    turn(new Leadership(Leadership.Role.FOLLOWER, epoch, term, leader));
  }

  /** This member can go on no more, and says why. */
  protected final void stopped(String why) {
    trouble = why;
    turn(new Leadership(Leadership.Role.STOPPED, leadership.epoch(), 0, ""));
  }

  /** This member takes no part for now, and says why; it follows nobody. */
  protected final void paused(long epoch, long term, String why) {
    trouble = why;
    follows(epoch, term, "");
  }

  /** What {@link #paused} said is over. */
  protected final void recovered() {
    trouble = "";
  }

  /** The thread that listeners are told on. */
  protected final GuardedExecutor events() {
    return events;
  }

  @Override
  public final String trouble() {
    return trouble;
  }

  /** What whoever submits is told while this member does not lead. */
  protected final NotCommitted notLeading() {
    Leadership now = leadership;
    return new NotCommitted(
        now.role() == Leadership.Role.STOPPED
            ? "member " + member + " stopped: " + trouble
            : "member "
                + member
                + " does not lead; "
                + (now.leader().isEmpty() ? "no leader is known" : now.leader() + " does")
                + (trouble.isEmpty() ? "" : "; " + trouble));
  }

  // ---- how old it is ---------------------------------------------------------------------------

  /** At this time, by the monotonic clock, nothing was missing here. */
  protected final void completeAsOf(long ns) {
    freshness.confirmed(ns);
  }

  @Override
  public final Progress progress() {
    return new Progress(replica().index(), timeMs(), leadership.leads() ? 0 : freshness.behindMs());
  }

  /** Whether something may have been missing here for longer than that, also if this leads. */
  protected final boolean staleFor(Duration patience) {
    return freshness.behindMs() > patience.toMillis();
  }

  @Override
  public final boolean caughtUp() {
    long behind = progress().behindMs();
    return behind != Progress.NEVER && behind <= fresh.toMillis();
  }

  // ---- the end ---------------------------------------------------------------------------------

  /** Takes no further part; listeners are not told. */
  protected final void end() {
    trouble = trouble.isEmpty() ? "closed" : trouble;
    leadership = new Leadership(Leadership.Role.STOPPED, leadership.epoch(), 0, "");
    events.shutdown();
  }
}
