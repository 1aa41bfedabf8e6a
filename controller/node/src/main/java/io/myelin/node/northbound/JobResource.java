package io.myelin.node.northbound;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.Job.JobState;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Named;
import io.myelin.core.state.Outcome;
import io.myelin.v1.JobView;
import org.jspecify.annotations.Nullable;

/** Jobs. */
enum JobResource implements Resource<JobName, Job, io.myelin.v1.Job> {
  JOBS;

  @Override
  public String noun() {
    return "job";
  }

  @Override
  public JobName parse(String field, String name) {
    return JobName.parse(field, name);
  }

  @Override
  public JobName chosen(TenantId tenant, String id) {
    return JobName.chosen(tenant, id);
  }

  @Override
  public JobName first(TenantId tenant) {
    return new JobName(tenant, "0");
  }

  @Override
  public @Nullable JobName own(Named name) {
    return name instanceof JobName job ? job : null;
  }

  @Override
  public PersistentMap<JobName, Job> in(FabricState s) {
    return s.jobs();
  }

  @Override
  public JobName name(Job job) {
    return job.name();
  }

  @Override
  public long createTimeMs(Job job) {
    return job.createTimeMs();
  }

  @Override
  public long version(Job job) {
    return job.revision();
  }

  @Override
  public boolean lives(Job job) {
    return job.lives();
  }

  @Override
  public boolean ended(Job job) {
    return !job.lives() && job.state() != JobState.RELEASING;
  }

  @Override
  public boolean isQuiet(Job job) {
    return job.state() != JobState.PROVISIONING && job.state() != JobState.RELEASING;
  }

  @Override
  public boolean failed(Job began, Job now) {
    return began.lives() && now.state() == JobState.FAILED;
  }

  /** Its message counts its leases, which are those of the state: so is the job. */
  @Override
  public Job answered(FabricState s, Job seen) {
    return s.jobs().getOrDefault(seen.name(), seen);
  }

  @Override
  public Job granted(Outcome outcome) {
    if (outcome instanceof Outcome.JobDone d) {
      return d.job();
    } else if (outcome instanceof Outcome.JobReplayed r) {
      return r.job();
    }
    throw Refusals.of(outcome);
  }

  @Override
  public @Nullable Job endedBefore(FabricState s, Outcome outcome) {
    return outcome instanceof Outcome.JobEnded e ? s.jobs().get(e.name()) : null;
  }

  @Override
  public Command release(JobName name, long etag, Command.@Nullable Request request, long nowMs) {
    return new Command.ReleaseJob(name, etag, request, nowMs);
  }

  @Override
  public Outcome notFound(JobName name) {
    return new Outcome.JobNotFound(name);
  }

  @Override
  public Outcome hasEnded(Job job) {
    return new Outcome.JobEnded(job.name());
  }

  @Override
  public io.myelin.v1.Job message(FabricState s, Job job) {
    return JobProtos.job(s, job, JobView.JOB_VIEW_UNSPECIFIED);
  }

  @Override
  public io.myelin.v1.Job preview(FabricState s, Job job) {
    return JobProtos.preview(job);
  }

  @Override
  public io.myelin.v1.Job gone(JobName name) {
    return io.myelin.v1.Job.newBuilder().setName(name.toString()).build();
  }

  @Override
  public String reason(io.myelin.v1.Job message) {
    return message.getReason();
  }
}
