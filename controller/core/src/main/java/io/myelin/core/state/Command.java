package io.myelin.core.state;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can change the state. {@code timeMs} is the log's time, milliseconds since 1970. */
public sealed interface Command {

  long timeMs();

  /** Calls what this kind of command is for. */
  <R> R accept(CommandVisitor<R> v);

  /** Replaces the description of the fabric. */
  record SetInventory(Inventory inventory, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * Describes a fabric of which nothing is described yet: what a member's file says at the first
   * start. Where there is an inventory already it changes nothing.
   */
  record SeedInventory(Inventory inventory, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * Replaces the description of the running fabric, unless somebody uses what would go. Links that
   * are new are not used before they were seen.
   *
   * @param base the {@link FabricState#inventoryVersion} that this one was compared with; another
   *     one is refused
   */
  record ApplyInventory(Inventory inventory, long base, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** What the loops decided, and what became of it, so that the next leader knows. */
  record RecordDecisions(List<PastDecision> decisions, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public RecordDecisions {
      decisions = List.copyOf(decisions);
    }
  }

  /**
   * What discovery or a switch says of a link between devices; or, of a new access link, that the
   * switch is ready for its host.
   *
   * @param failedMs when it went down, for those who judge how often it does; 0: not said, as
   *     before format 5
   */
  record ObserveLink(LinkId link, boolean up, long measuredLatencyNs, long timeMs, long failedMs)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    /** Nothing measured. */
    public static final long UNKNOWN = -1;

    public ObserveLink(LinkId link, boolean up, long measuredLatencyNs, long timeMs) {
      this(link, up, measuredLatencyNs, timeMs, up ? 0 : timeMs);
    }
  }

  /**
   * Whether the leader can say what a device holds.
   *
   * @param lost why not: no session, or another controller is primary; empty: it can
   */
  record ObserveDevice(DeviceId device, String lost, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * Takes links out of use, or into use again. Nothing new is placed on what is drained; what is
   * there stays until it is moved.
   */
  record SetDrained(List<LinkId> links, boolean drained, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public SetDrained {
      links = List.copyOf(links);
    }
  }

  /** Has a link mark its lowest classes earlier, or no longer. */
  record SlowLink(LinkId link, boolean slowed, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** Divides routed traffic. */
  record SetWeights(List<RouteWeights> weights, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public SetWeights {
      weights = List.copyOf(weights);
    }
  }

  /**
   * Leads a RoCE flow that has no lease.
   *
   * @param path null: by routing again
   */
  record SteerFlow(SteeredFlow.Key flow, @Nullable Path path, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * A client's request identity, kept so that a retry finds its first outcome.
   *
   * @param fingerprint of the whole request body
   */
  record Request(RequestKey key, String fingerprint) {}

  /** Admits a lease on a route that a search proposed. */
  record CreateLease(
      LeaseName name,
      LeaseSpec spec,
      Route route,
      @Nullable Request request,
      long timeMs,
      NameUse names)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public CreateLease {
      names = NameUse.orOnce(names);
    }

    public CreateLease(
        LeaseName name, LeaseSpec spec, Route route, @Nullable Request request, long timeMs) {
      this(name, spec, route, request, timeMs, NameUse.AGAIN);
    }
  }

  /** Whether the name of what has ended may be used again. */
  enum NameUse {
    /**
     * No: commands that were written before format 4 mean this, and must come to the same again.
     */
    ONCE,
    AGAIN;

    static NameUse orOnce(@Nullable NameUse written) {
      return written == null ? ONCE : written;
    }
  }

  /** When room that a lease gives up, on the path that it keeps, is free for others. */
  enum Shrink {
    /**
     * At once: commands that were written before format 6 mean this, and must come to the same
     * again.
     */
    AT_ONCE,
    /** Once the switches acknowledged the smaller bandwidth: until then they let it have more. */
    ACKNOWLEDGED;

    static Shrink orAtOnce(@Nullable Shrink written) {
      return written == null ? AT_ONCE : written;
    }
  }

  /**
   * Changes an admitted lease.
   *
   * @param etag the revision it was read at; 0: whatever it is now
   */
  record UpdateLease(
      LeaseName name,
      LeaseSpec spec,
      Route route,
      long etag,
      @Nullable Request request,
      long timeMs,
      Shrink shrink)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public UpdateLease {
      shrink = Shrink.orAtOnce(shrink);
    }

    public UpdateLease(
        LeaseName name,
        LeaseSpec spec,
        Route route,
        long etag,
        @Nullable Request request,
        long timeMs) {
      this(name, spec, route, etag, request, timeMs, Shrink.ACKNOWLEDGED);
    }
  }

  /** Puts leases on other paths in one step: all or none. */
  record MoveLeases(List<Move> moves, String reason, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public MoveLeases {
      moves = List.copyOf(moves);
    }
  }

  /**
   * One lease's new route; refused when the lease changed since {@code generation}. Onto its own
   * backup it may go even where other backups then have too little set aside.
   */
  record Move(LeaseName lease, long generation, Route route) {}

  /**
   * Gives leases their shares of what a failure left, all or none. What a lease gives up is others'
   * only when the switches have acknowledged it.
   */
  record ShareOut(List<Share> shares, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public ShareOut {
      shares = List.copyOf(shares);
    }
  }

  /**
   * One lease's share.
   *
   * @param grantedBps bits per second; what it asks for: it is whole
   * @param reason why it is not whole, for people
   */
  record Share(LeaseName lease, long generation, Route route, long grantedBps, String reason) {
    public Share {
      Invalid.unless(grantedBps > 0, "grantedBps", grantedBps + " is not allowed; allowed: from 1");
    }
  }

  /**
   * Gives elastic leases more than they ask for, or takes it back. Those that give back hold it
   * until the switches acknowledge that; those that take need room that nobody holds.
   */
  record SetBursts(List<Burst> bursts, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public SetBursts {
      bursts = List.copyOf(bursts);
    }
  }

  /**
   * What a lease has above what it asks for.
   *
   * @param generation of the lease for which this was found
   * @param extraBps bits per second; 0: nothing
   */
  record Burst(LeaseName lease, long generation, long extraBps) {
    public Burst {
      Invalid.unless(extraBps >= 0, "extraBps", extraBps + " is not allowed; allowed: from 0");
    }
  }

  /** No path is left for a lease; it keeps its entry and its place in the queue for repair. */
  record DegradeLease(LeaseName name, long generation, String reason, long timeMs)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * The switches hold what these generations of leases ask for; those that moved on are skipped.
   */
  record Provisioned(List<Held> leases, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public Provisioned {
      leases = List.copyOf(leases);
    }

    /** One lease. */
    public Provisioned(LeaseName name, long generation, long timeMs) {
      this(List.of(new Held(name, generation)), timeMs);
    }
  }

  /** A lease as switches acknowledged it. */
  record Held(LeaseName name, long generation) {}

  /** A switch refused the lease's entries for good. */
  record ProvisioningFailed(LeaseName name, long generation, String reason, long timeMs)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** Starts the release. */
  record ReleaseLease(LeaseName name, long etag, @Nullable Request request, long timeMs)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** The switches hold nothing of the lease any more; its bandwidth is free. */
  record Released(LeaseName name, long generation, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * A switch refuses to remove the entries of a lease that is being released: its bandwidth stays
   * booked, and the reason is shown.
   */
  record ReleaseRefused(LeaseName name, long generation, String reason, long timeMs)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * Ends a lease without the switches' word, because an operator says so. Its bandwidth is free at
   * once; its entries are removed when the switches let it happen.
   */
  record ForceRelease(LeaseName name, @Nullable Request request, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * Admits all leases of a job, and moves others for them, in one step: all or none.
   *
   * @param routes of its leases, in order of {@link JobFlows}
   * @param moves of leases of others that make room
   */
  record CreateJob(
      JobName name,
      JobSpec spec,
      List<Route> routes,
      List<Move> moves,
      Job.Fit fit,
      @Nullable Request request,
      long timeMs,
      NameUse names)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public CreateJob {
      routes = List.copyOf(routes);
      moves = List.copyOf(moves);
      names = NameUse.orOnce(names);
    }

    public CreateJob(
        JobName name,
        JobSpec spec,
        List<Route> routes,
        List<Move> moves,
        Job.Fit fit,
        @Nullable Request request,
        long timeMs) {
      this(name, spec, routes, moves, fit, request, timeMs, NameUse.AGAIN);
    }
  }

  /**
   * Changes what a job is: leases that it has no more are released, those it has still keep their
   * names.
   *
   * @param routes of all its leases, in order of {@link JobFlows} of {@code spec}
   * @param etag the revision it was read at; 0: whatever it is now
   */
  record UpdateJob(
      JobName name,
      JobSpec spec,
      List<Route> routes,
      List<Move> moves,
      Job.Fit fit,
      long etag,
      @Nullable Request request,
      long timeMs,
      NameUse names,
      Shrink shrink)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public UpdateJob {
      routes = List.copyOf(routes);
      moves = List.copyOf(moves);
      names = NameUse.orOnce(names);
      shrink = Shrink.orAtOnce(shrink);
    }

    public UpdateJob(
        JobName name,
        JobSpec spec,
        List<Route> routes,
        List<Move> moves,
        Job.Fit fit,
        long etag,
        @Nullable Request request,
        long timeMs) {
      this(
          name,
          spec,
          routes,
          moves,
          fit,
          etag,
          request,
          timeMs,
          NameUse.AGAIN,
          Shrink.ACKNOWLEDGED);
    }
  }

  /** Starts the release of all leases of a job. */
  record ReleaseJob(JobName name, long etag, @Nullable Request request, long timeMs)
      implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** What entries of leases have counted. */
  record RecordUsage(List<Reading> readings, long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }

    public RecordUsage {
      readings = List.copyOf(readings);
    }
  }

  /**
   * One counter, as it was read.
   *
   * @param made a number of its own for each time the entry is made; null: the reader did not see
   *     it
   */
  record Reading(
      LeaseName lease, Usage.Counter counter, @Nullable Long made, long packets, long bytes) {}

  /** Lets time pass: leases expire, old request ids and ended leases are forgotten. */
  record Tick(long timeMs) implements Command {
    @Override
    public <R> R accept(CommandVisitor<R> v) {
      return v.visit(this);
    }
  }
}
