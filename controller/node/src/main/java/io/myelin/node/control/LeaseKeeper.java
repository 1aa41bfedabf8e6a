package io.myelin.node.control;

import io.myelin.core.model.LinkId;
import io.myelin.core.path.ExplanationText;
import io.myelin.core.path.Kind;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.Scope;
import io.myelin.core.place.Bursts;
import io.myelin.core.place.Evacuation;
import io.myelin.core.place.FairShares;
import io.myelin.core.place.Placement;
import io.myelin.core.place.Repair;
import io.myelin.core.place.Restoration;
import io.myelin.core.port.DryRun;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.AgendaItem;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps leases on working paths and ends them in time: moves those whose path broke, degrades those
 * that nothing fits, tries degraded ones again when links or capacity come back, lets expiry pass.
 *
 * <p>Confined to the control thread.
 */
public final class LeaseKeeper {
  private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

  /** Ended leases and old request ids are swept this often. */
  private static final long SWEEP_MS = 60_000;

  private final StateLog stateLog;
  private final LiveConditions present;
  private final BiConsumer<FabricState, Command.MoveLeases> onEvacuation;
  private final GuardedExecutor control;

  /** Those that lack a path, or a backup that they ask for. */
  private final Set<LeaseName> degraded = new TreeSet<>();

  /** Those that may have more than they ask for. */
  private final Set<LeaseName> elastic = new TreeSet<>();

  private final Set<LeaseName> backupRefused = new TreeSet<>();

  /** Those that are looked at next, each once. */
  private final Set<LeaseName> repairs = new LinkedHashSet<>();

  /** Leases whose links failed or are drained: placed elsewhere together. */
  private final Set<LeaseName> uprooted = new TreeSet<>();

  /** Those of them that are known to need another path, the most demanding first. */
  private final Queue<LeaseName> evacuees = new ArrayDeque<>();

  /** Placed at once: while switches write some, the next are looked for. */
  private static final int CHUNK = 250;

  /** What got free within this is one occasion to try degraded leases again. */
  static final long RETRY_DEGRADED_MS = 100;

  /** Room is given to those that may burst so long after a change, and once in that time. */
  static final long BURST_MS = 1_000;

  /** Commands that may be on the way at once: each search tries all of them first. */
  private static final int MOST_ON_THE_WAY = 64;

  /** After an exception, before leases are looked at again. */
  private static final long RECOVER_MS = 1_000;

  /** Whether shares may have to change, once each lease was looked at for itself. */
  private boolean sharesDue;

  /** Whether a reduced lease found no path for all that it asks for, as the others are. */
  private boolean restoreDue;

  private boolean evacuating;
  private boolean pumpScheduled;

  /** Commands on the way to the log, in order. */
  private List<Command> onTheWay = new ArrayList<>();

  private boolean retryScheduled;
  private boolean burstsScheduled;

  /** What was taken back is for somebody else, who comes for it. */
  private long burstsFromMs;

  private long nextTickMs = Long.MAX_VALUE;
  private long lastTickMs;

  /**
   * @param onEvacuation is told of leases that were placed elsewhere together, in the state in
   *     which they are
   */
  public LeaseKeeper(
      StateLog stateLog,
      LiveConditions present,
      GuardedExecutor control,
      BiConsumer<FabricState, Command.MoveLeases> onEvacuation) {
    this.onEvacuation = onEvacuation;
    this.stateLog = stateLog;
    this.present = present;
    this.control = control;
  }

  public void start(FabricState state) {
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      note(e.getValue());
    }
    everyBreakage(state);
    burstsSoon();
    scheduleTick(state, 0);
  }

  public void applied(Applied a) {
    boolean freed = false;
    boolean reachability = a.changesReachability();
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LeaseChanged c) {
        Lease after = a.after().leases().get(c.lease());
        Lease before = a.before().leases().get(c.lease());
        if (after != null) {
          note(after);
          if (before != null
              && !before.state().ended() // another one of the same name
              && after.path().equals(before.backup())) {
            displaced(a.after(), after);
          }
        } else {
          degraded.remove(c.lease());
          elastic.remove(c.lease());
        }
        freed |= before != null && frees(before, after);
        if (before != null && after != null && after.extraBps() < before.extraBps()) {
          burstsFromMs = present.timeMs() + BURST_MS;
        }
        // Others wait for what a switch acknowledged, and for a path that is left.
        sharesDue |= before != null && after != null && changesShares(before, after);
      } else if (change instanceof Applied.Change.LinkChanged c
          && (!a.after().isUp(c.link()) || a.after().isDrained(c.link()))) {
        a.after().link(c.link()).leases().forEach((name, yes) -> uprooted.add(name));
        evacuateSoon();
      } else if (change instanceof Applied.Change.InventoryChanged) {
        everyBreakage(a.after());
      }
    }
    pump();
    if (reachability) {
      retryDegraded();
    } else if (freed) {
      retryDegradedSoon();
    }
    burstsSoon();
    // What was released may be what a scheduled lease waits for.
    scheduleTick(a.after(), freed ? 0 : lastTickMs + 1);
  }

  /** Once all that failed at the same time is known: links seldom fail one at a time. */
  private void evacuateSoon() {
    if (!evacuating) {
      evacuating = true;
      control.execute(this::evacuate, this::recover);
    }
  }

  private void evacuateRest() {
    if (!uprooted.isEmpty() || !evacuees.isEmpty()) {
      evacuateSoon();
    }
  }

  private void evacuate() {
    FabricState state = stateLog.state();
    List<Lease> all = new ArrayList<>();
    for (LeaseName name : uprooted) {
      Lease lease = state.leases().get(name);
      if (lease != null
          && lease.state().lives()
          && lease.state() != LeaseState.SCHEDULED
          && broken(state, lease) != null) {
        all.add(lease);
      } else {
        repairs.add(name); // its backup, or nothing at all
      }
    }
    uprooted.clear();
    all.sort(Evacuation.ORDER);
    all.forEach(l -> evacuees.add(l.name()));
    List<Lease> broken = new ArrayList<>();
    while (broken.size() < CHUNK && !evacuees.isEmpty()) {
      Lease lease = state.leases().get(evacuees.remove());
      if (lease != null && lease.state().lives()) {
        broken.add(lease);
      }
    }
    Evacuation.Plan plan = Evacuation.find(state, broken, present.now(state.inventory()));
    plan.left().forEach(l -> repairs.add(l.name()));
    if (plan.moves().isEmpty()) {
      evacuating = false;
      evacuateRest();
      pump();
      return;
    }
    String why =
        plan.moves().size() == 1
            ? "repaired"
            : "repaired with " + (plan.moves().size() - 1) + " others";
    Command.MoveLeases command = new Command.MoveLeases(plan.moves(), why, present.timeMs());
    control.whenComplete(
        stateLog.submit(command),
        (a, t) -> {
          evacuating = false;
          if (t != null) {
            log.info("leadership ended before the log had {} moves", plan.moves().size());
          } else if (a.outcome() instanceof Outcome.Refused) {
            // Something changed meanwhile: one by one, then.
            plan.moves().forEach(m -> repairs.add(m.lease()));
          } else {
            onEvacuation.accept(a.after(), command);
          }
          evacuateRest();
          pump();
        },
        this::recover);
  }

  /** After an exception: what was under way is over, and all leases are looked at again soon. */
  private void recover() {
    burstsScheduled = false;
    evacuating = false;
    onTheWay = new ArrayList<>();
    pumpScheduled = false;
    retryScheduled = false;
    control.schedule(() -> everyBreakage(stateLog.state()), RECOVER_MS, TimeUnit.MILLISECONDS);
  }

  /** A device or link came or went: degraded leases may have a way again. */
  void retryDegraded() {
    repairs.addAll(degraded);
    sharesDue = true;
    pump();
  }

  /** Some room got free: leases that end together are one occasion. */
  private void retryDegradedSoon() {
    if (!retryScheduled && !degraded.isEmpty()) {
      retryScheduled = true;
      control.schedule(
          () -> {
            retryScheduled = false;
            retryDegraded();
          },
          this::recover,
          RETRY_DEGRADED_MS,
          TimeUnit.MILLISECONDS);
    }
  }

  /** Whether a change of a lease leaves room that it had to others. */
  private static boolean frees(Lease before, @Nullable Lease after) {
    if (before.state().ended()) {
      return false;
    }
    return after == null
        || after.state().ended()
        || after.bookedBps() < before.bookedBps()
        || after.heldBps() < before.heldBps()
        || !after.route().equals(before.route());
  }

  /** Whether what others may have now depends on it. */
  private static boolean changesShares(Lease before, Lease after) {
    boolean acknowledged = after.heldBps() < before.heldBps() && after.state().steers();
    boolean degraded = after.state() == LeaseState.DEGRADED && before.state() != after.state();
    return acknowledged || degraded;
  }

  private void note(Lease lease) {
    if (lease.state().lives() && lease.spec().burstRoomBps() > 0) {
      elastic.add(lease.name());
    } else {
      elastic.remove(lease.name());
    }
    boolean lacks = lease.state() == LeaseState.DEGRADED || lease.shortBps() > 0;
    if (lease.state().lives() && (lacks || lease.unprotected())) {
      degraded.add(lease.name());
    } else {
      degraded.remove(lease.name());
    }
  }

  /** A lease took its backup: others may have counted on the same room. */
  private void displaced(FabricState state, Lease moved) {
    for (LinkId link : moved.path().links()) {
      for (Map.Entry<LeaseName, Boolean> e : state.link(link).leases()) {
        Lease other = state.leases().get(e.getKey());
        if (other != null && (other.backup() != null || other.unprotected())) {
          repairs.add(other.name());
        }
      }
    }
  }

  /** Another inventory: facts about links, and with them what leases may use, can differ. */
  private void everyBreakage(FabricState state) {
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      if (e.getValue().state().lives()) {
        repairs.add(e.getKey()); // whoever is well is left alone
      }
    }
    pump();
  }

  /** With the bandwidth that it has: a share that is less than what it asks for breaks no path. */
  private static LeaseSpec asItIs(Lease lease) {
    return lease.spec().withBandwidthBps(lease.bookedBps());
  }

  /** Whether the only thing wrong with a lease's path is that an operator wants it empty. */
  private boolean onlyDrained(FabricState state, Lease lease) {
    Placement placement = Placement.instead(state, lease, asItIs(lease), calm());
    return PathCheck.problem(state.topology(), placement.request(), lease.path()) == null
        && placement.violations(lease.path()).stream().allMatch(v -> v.kind() == Kind.DRAINED);
  }

  /** What a lease's path breaks of what it asks for; null: nothing. */
  private @Nullable String broken(FabricState state, Lease lease) {
    Placement placement = Placement.instead(state, lease, asItIs(lease), calm());
    String problem = PathCheck.problem(state.topology(), placement.request(), lease.path());
    if (problem != null) {
      return problem;
    }
    List<PathCheck.Violation> violations = placement.violations(lease.path());
    return violations.isEmpty()
        ? null
        : new ExplanationText(state.inventory(), placement.request()).text(violations.get(0));
  }

  /** A switch that does not answer keeps forwarding: that breaks no path. */
  private Now calm() {
    return Now.calm(present.timeMs());
  }

  /** One lease after the other: each search sees what comes of the one before. */
  private void pump() {
    while (!evacuating && !repairs.isEmpty() && onTheWay.size() < MOST_ON_THE_WAY) {
      LeaseName name = repairs.iterator().next();
      repairs.remove(name);
      FabricState state = ahead();
      Lease lease = state.leases().get(name);
      int before = onTheWay.size();
      if (lease != null && lease.state().lives()) {
        repair(state, lease);
      }
      if (onTheWay.size() > before) {
        pumpSoon();
        return;
      }
    }
    if (isIdle() && sharesDue) {
      sharesDue = false;
      share();
    }
    if (isIdle() && restoreDue) {
      restoreDue = false;
      rearrange();
    }
  }

  /** Once what else there is to do had its turn: searches may take long. */
  private void pumpSoon() {
    if (!pumpScheduled) {
      pumpScheduled = true;
      control.execute(
          () -> {
            pumpScheduled = false;
            pump();
          },
          this::recover);
    }
  }

  /** Whether every lease was looked at and the log has what came of it. */
  private boolean isIdle() {
    return onTheWay.isEmpty() && !evacuating && repairs.isEmpty();
  }

  /**
   * The state as it will be when the log has what is on the way to it, if nobody else changes it
   * meanwhile. What the log has already but did not yet say is refused by the trial.
   */
  private FabricState ahead() {
    if (onTheWay.isEmpty()) {
      return stateLog.state();
    }
    DryRun trial = new DryRun(stateLog.state());
    for (Command c : onTheWay) {
      var unused = trial.submit(c);
    }
    return trial.state();
  }

  /**
   * Reduced leases get all that they ask for where another arrangement has it. Only once shares are
   * fair and acknowledged: what some gave up for others is not to be taken by those.
   */
  private void rearrange() {
    FabricState state = stateLog.state();
    for (LeaseName name : degraded) {
      Lease lease = state.leases().get(name);
      if (lease != null && lease.state() == LeaseState.PROVISIONING) {
        restoreDue = true; // when it is acknowledged
        return;
      }
    }
    Now now = present.now(state.inventory());
    if (!FairShares.find(state, degraded, now).isEmpty()) {
      share();
      return;
    }
    List<Command.Move> moves = Restoration.find(state, degraded, now);
    if (!moves.isEmpty()) {
      // Refused: something changed meanwhile, and what did leads to another try.
      submit(new Command.MoveLeases(moves, "", present.timeMs()));
    }
  }

  /**
   * Divides what is left among those that find no room; what comes of it leads to the next step.
   */
  private void share() {
    FabricState state = stateLog.state();
    Now now = present.now(state.inventory());
    List<Command.Share> shares = FairShares.find(state, degraded, now);
    if (shares.isEmpty()) {
      DryRun trial = calmed(state);
      if (trial != null) {
        shares = FairShares.find(trial.state(), degraded, now);
        var unused = trial.submit(new Command.ShareOut(shares, present.timeMs()));
        takeBack(state, trial.state());
      }
    } else {
      submit(
          new Command.ShareOut(shares, present.timeMs()),
          refusal ->
              // Something changed meanwhile.
              control.schedule(this::retryDegraded, RECOVER_MS, TimeUnit.MILLISECONDS));
    }
  }

  private void repair(FabricState state, Lease lease) {
    String broken = broken(state, lease);
    Placement placement =
        Placement.instead(state, lease, lease.spec(), present.now(state.inventory()));
    if (broken == null && lease.state() != LeaseState.DEGRADED) {
      if (lease.shortBps() > 0) {
        restore(placement, lease);
      } else {
        protect(placement, lease);
      }
      return;
    }
    List<Command.Move> moves = elsewhere(placement, lease);
    if (moves != null) {
      move(lease, moves, broken == null ? "repaired" : "moved: " + broken);
    } else if (broken != null && onlyDrained(state, lease)) {
      degraded.add(lease.name()); // it stays, and is tried again when there is room
    } else if (lease.state() != LeaseState.SCHEDULED) {
      // What is scheduled may find its path whole again when it starts.
      List<String> reasons =
          new ExplanationText(state.inventory(), placement.request())
              .lines(placement.explain().explanation(), null);
      String why = (broken == null ? "" : broken + "; ") + "elsewhere: " + reasons.get(0);
      degrade(lease, why);
      yieldTo(state, lease);
    }
  }

  // ---- bursts ----------------------------------------------------------------------------------

  /** The state as if nobody burst, to see who is in the way; null: nobody does. */
  private @Nullable DryRun calmed(FabricState state) {
    return Bursts.takenBack(state, elastic).isEmpty()
        ? null
        : new DryRun(Bursts.without(state, elastic, present.timeMs()));
  }

  /** Whoever bursts where a lease without a path would find one gives that back. */
  private void yieldTo(FabricState state, Lease lease) {
    DryRun trial = calmed(state);
    Lease then = trial == null ? null : trial.state().leases().get(lease.name());
    if (trial == null || then == null) {
      return;
    }
    List<Command.Move> moves = Repair.find(trial.state(), then, present.now(state.inventory()));
    if (moves != null) {
      var unused = trial.submit(new Command.MoveLeases(moves, "", present.timeMs()));
      takeBack(state, trial.state());
    }
  }

  /**
   * @param then what is to be, had nobody burst
   */
  private void takeBack(FabricState state, FabricState then) {
    List<Command.Burst> back = Bursts.takenBack(state, Bursts.inTheWay(state, elastic, then));
    if (!back.isEmpty()) {
      setBursts(back);
    }
  }

  /** A while after something changed: what comes and goes at once is not worth a change. */
  private void burstsSoon() {
    if (!burstsScheduled && !elastic.isEmpty()) {
      burstsScheduled = true;
      control.schedule(
          () -> {
            burstsScheduled = false;
            divideBursts();
          },
          this::recover,
          BURST_MS,
          TimeUnit.MILLISECONDS);
    }
  }

  private void divideBursts() {
    if (present.timeMs() < burstsFromMs) {
      burstsSoon();
      return;
    }
    List<Command.Burst> bursts = Bursts.find(stateLog.state(), elastic, present.timeMs());
    if (!bursts.isEmpty()) {
      setBursts(bursts);
    }
  }

  private void setBursts(List<Command.Burst> bursts) {
    control.whenComplete(
        stateLog.submit(new Command.SetBursts(bursts, present.timeMs())),
        (a, t) -> {
          if (t != null) {
            log.info("leadership ended before the log had {} bursts", bursts.size());
          } else if (a.outcome() instanceof Outcome.Refused) {
            burstsSoon(); // something changed meanwhile
          }
        },
        this::recover);
  }

  /**
   * All that it asks for, where another path has that much; else the arrangement of all is looked
   * at once each lease was looked at for itself. What gets free on its own is divided among all
   * that lack some: it may have been given up for one that has no path at all.
   */
  private void restore(Placement placement, Lease lease) {
    Route route = placement.route(Set.of());
    if (route != null && !route.path().links().equals(lease.path().links())) {
      move(lease, onto(lease, route), "");
    }
    restoreDue |= route == null;
  }

  private void degrade(Lease lease, String why) {
    if (lease.state() == LeaseState.DEGRADED && lease.reason().equals(why)) {
      return; // the log knows
    }
    submit(new Command.DegradeLease(lease.name(), lease.generation(), why, present.timeMs()));
  }

  /** Onto its backup; else the best other path, with others moved aside if need be. */
  private @Nullable List<Command.Move> elsewhere(Placement placement, Lease lease) {
    Path backup = lease.backup();
    boolean refused = backupRefused.remove(lease.name());
    if (backup != null && !refused && placement.admitsFailover(lease.route())) {
      return onto(lease, Route.of(backup));
    }
    FabricState state = placement.state();
    return Repair.find(state, lease, present.now(state.inventory()));
  }

  private static List<Command.Move> onto(Lease lease, Route route) {
    return List.of(new Command.Move(lease.name(), lease.generation(), route));
  }

  /** The path is whole; a backup that is asked for must be, too. */
  private void protect(Placement placement, Lease lease) {
    Set<Scope> protection = lease.spec().terms().protection();
    if (placement.admitsBackup(lease.route(), protection)) {
      return;
    }
    Path backup = placement.backup(lease.path(), protection);
    if (backup != null || lease.backup() != null) {
      move(lease, onto(lease, new Route(lease.path(), backup)), "");
    }
  }

  private void move(Lease lease, List<Command.Move> moves, String why) {
    submit(
        new Command.MoveLeases(moves, why, present.timeMs()),
        refusal -> {
          // Two failures at once: others were first to the room that was set aside for one.
          if (moves.get(0).route().path().equals(lease.backup())) {
            backupRefused.add(lease.name());
            repairs.add(lease.name());
          } else if (moves.size() > 1) {
            // One of those who were to move aside has changed: it is tried again, as all degraded.
            degrade(lease, "others changed while they were to make room");
          }
        });
  }

  private void submit(Command command) {
    submit(command, refusal -> {});
  }

  private void submit(Command command, Consumer<Outcome.Refused> otherwise) {
    List<Command> with = onTheWay;
    with.add(command);
    control.whenComplete(
        stateLog.submit(command),
        (a, t) -> {
          with.remove(command);
          if (t != null) {
            log.info("leadership ended before the log had {}", command);
          } else if (a.outcome() instanceof Outcome.Refused refusal) {
            otherwise.accept(refusal);
          }
          pump();
        },
        this::recover);
  }

  /**
   * Wakes up for what is next on the agenda.
   *
   * @param afterMs what was due before waits for others
   */
  private void scheduleTick(FabricState state, long afterMs) {
    long at = present.timeMs() + SWEEP_MS;
    for (Map.Entry<AgendaItem, Boolean> e : state.leaseIndices().agenda()) {
      if (e.getKey().timeMs() >= afterMs) {
        at = Math.min(at, e.getKey().timeMs());
        break;
      }
    }
    if (at >= nextTickMs) {
      return;
    }
    nextTickMs = at;
    long scheduled = at;
    long delay = Math.max(0, at - present.timeMs());
    control.schedule(() -> tick(scheduled), delay, TimeUnit.MILLISECONDS);
  }

  private void tick(long scheduledMs) {
    if (scheduledMs != nextTickMs) {
      return; // an earlier one was scheduled since and will schedule the next
    }
    nextTickMs = Long.MAX_VALUE;
    long now = Math.max(scheduledMs, present.timeMs());
    lastTickMs = now;
    control.whenComplete(
        stateLog.submit(new Command.Tick(now)),
        (a, t) -> {
          if (t != null) {
            log.info("leadership ended before the log had a tick");
            return;
          }
          scheduleTick(stateLog.state(), lastTickMs + 1);
        },
        () -> scheduleTick(stateLog.state(), lastTickMs + 1));
  }
}
