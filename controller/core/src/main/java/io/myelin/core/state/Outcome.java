package io.myelin.core.state;

import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.PathCheck;
import java.util.List;

/** What became of a command. */
public sealed interface Outcome {

  /** Applied; there is nothing more to say. */
  record Done() implements Outcome {}

  /** Applied; the lease afterwards. */
  record LeaseDone(Lease lease) implements Outcome {}

  /** The same request was applied before; the lease as it is now. */
  record Replayed(Lease lease) implements Outcome {}

  /** Applied; the job afterwards. */
  record JobDone(Job job) implements Outcome {}

  /** The same request was applied before; the job as it is now. */
  record JobReplayed(Job job) implements Outcome {}

  /** Not applied, the state is as it was. */
  sealed interface Refused extends Outcome {
    /** Calls what this kind of refusal is for. */
    <R> R accept(RefusalVisitor<R> v);
  }

  /** What was proposed does not fit any more: the search must look again. */
  sealed interface Overtaken extends Refused {}

  /** There is one of that name that has not ended. */
  record LeaseExists(Lease lease) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  record LeaseNotFound(LeaseName name) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** The lease ended or is being released. */
  record LeaseEnded(Lease lease) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** The lease is part of a job, and changes and ends with it. */
  record LeaseOfJob(LeaseName name, JobName job) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** There is one of that name that has not ended. */
  record JobExists(Job job) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  record JobNotFound(JobName name) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** The job ended or is being released. */
  record JobEnded(JobName name) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  record JobEtagMismatch(Job job) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** What is asked for is no job in this inventory, or not any more. */
  record JobUnfit(String field, String problem) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * The tenant's quota allows no more.
   *
   * @param used of it before, and {@code requested} more than that
   */
  record QuotaExceeded(TenantId tenant, Kind kind, long limit, long used, long requested)
      implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }

    /** What is limited. */
    public enum Kind {
      LEASES,
      BANDWIDTH_BPS,
      CREATED_PER_DAY,
      BUDGET_MICROS
    }
  }

  record RequestIdReused(String requestId) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  record EtagMismatch(Lease lease) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** The same packets already belong to another lease. */
  record TrafficTaken(LeaseName by) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** A link has no room for the path; the search must look again. */
  record LinkFull(LinkId link, long freeBps) implements Overtaken {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** What was proposed is no path for the lease; the search must look again. */
  record NoPath(String why) implements Overtaken {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** The path is not what the lease asks for, or not any more; the search must look again. */
  record PathUnfit(List<PathCheck.Violation> violations) implements Overtaken {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }

    public PathUnfit {
      violations = List.copyOf(violations);
    }
  }

  /** The command speaks of an older generation of the lease. */
  record Superseded(LeaseName name) implements Overtaken {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** The inventory would leave living leases without an endpoint or a reserved link. */
  record InventoryInUse(LeaseName by, String what) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /** Somebody uses what the inventory that is to be applied does not have any more. */
  record InventoryUsed(InventoryUse use) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }

  /**
   * The inventory was compared with another than the one in force.
   *
   * @param version the one in force
   */
  record InventoryOvertaken(long version) implements Refused {
    @Override
    public <R> R accept(RefusalVisitor<R> v) {
      return v.visit(this);
    }
  }
}
