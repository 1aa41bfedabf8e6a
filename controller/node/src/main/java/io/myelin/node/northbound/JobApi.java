package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.port.Present;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.Job.JobState;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Outcome;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateJobResponse;
import io.myelin.v1.GetJobRequest;
import io.myelin.v1.GetJobResponse;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.JobView;
import io.myelin.v1.ListJobsRequest;
import io.myelin.v1.ListJobsResponse;
import io.myelin.v1.ReleaseJobRequest;
import io.myelin.v1.ReleaseJobResponse;
import io.myelin.v1.UpdateJobRequest;
import io.myelin.v1.UpdateJobResponse;
import io.myelin.v1.WatchJobsRequest;
import io.myelin.v1.WatchJobsResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code myelin.v1.JobService}: places all flows of a job, waits for the switches, answers. */
final class JobApi extends JobServiceGrpc.JobServiceImplBase {
  private final StateLog stateLog;
  private final Present present;
  private final Awaiter<JobName, Job> awaiter;
  private final JobFeed feed;
  private final Supplier<String> names;

  /**
   * @param names makes up ids for jobs that come without one
   */
  JobApi(
      StateLog stateLog,
      Present present,
      Awaiter<JobName, Job> awaiter,
      JobFeed feed,
      Supplier<String> names) {
    this.stateLog = stateLog;
    this.present = present;
    this.awaiter = awaiter;
    this.feed = feed;
    this.names = names;
  }

  @Override
  public void createJob(CreateJobRequest m, StreamObserver<CreateJobResponse> out) {
    Calls.respond(
        out,
        job -> CreateJobResponse.newBuilder().setJob(job).build(),
        () -> {
          TenantId tenant = RequestFields.tenant("parent", m.getParent());
          long now = present.timeMs();
          JobSpec spec = JobProtos.spec(m.getJob(), now);
          References.check(stateLog.state(), tenant, spec);
          JobName name = new JobName(tenant, m.getJobId().isEmpty() ? names.get() : m.getJobId());
          if (m.getValidateOnly()) {
            return preview(spec, null);
          }
          Command.Request request =
              RequestFields.request(
                  tenant, m.getRequestId(), m.toBuilder().clearRequestId().build());
          Job replay = replay(request);
          if (replay != null) {
            return settled(replay);
          }
          return admit(
                  name,
                  () -> {
                    GroupPlacement.Placed p = place(stateLog.state(), spec, null);
                    return new Command.CreateJob(
                        name, spec, p.routes(), p.moves(), p.fit(), request, now);
                  })
              .thenCompose(this::settled);
        });
  }

  @Override
  public void updateJob(UpdateJobRequest m, StreamObserver<UpdateJobResponse> out) {
    Calls.respond(
        out,
        job -> UpdateJobResponse.newBuilder().setJob(job).build(),
        () -> {
          JobName name = JobName.parse("job.name", m.getJob().getName());
          long now = present.timeMs();
          long etag = RequestFields.etag("job.etag", m.getJob().getEtag());
          Command.Request request =
              RequestFields.request(
                  name.tenant(), m.getRequestId(), m.toBuilder().clearRequestId().build());
          Job replay = replay(request);
          if (replay != null) {
            return settled(replay);
          }
          JobSpec spec = JobProtos.updated(living(name), m, now);
          References.check(stateLog.state(), name.tenant(), spec);
          if (m.getValidateOnly()) {
            return preview(spec, living(name));
          }
          return admit(
                  name,
                  () -> {
                    GroupPlacement.Placed p = place(stateLog.state(), spec, living(name));
                    return new Command.UpdateJob(
                        name, spec, p.routes(), p.moves(), p.fit(), etag, request, now);
                  })
              .thenCompose(this::settled);
        });
  }

  private CompletableFuture<io.myelin.v1.Job> preview(JobSpec spec, @Nullable Job old) {
    GroupPlacement.Placed p = place(stateLog.state(), spec, old);
    return CompletableFuture.completedFuture(JobProtos.preview(spec, p.fit(), p.routes().size()));
  }

  private GroupPlacement.Placed place(FabricState s, JobSpec spec, @Nullable Job old) {
    LeaseConditions.Now now = present.now(s.inventory());
    GroupPlacement.Answer answer = GroupPlacement.find(s, spec, old, now);
    if (answer instanceof GroupPlacement.Placed placed) {
      return placed;
    }
    throw Refusals.unplaced(s, answer, spec, now);
  }

  private CompletableFuture<Job> admit(JobName job, Supplier<Command> proposal) {
    return Calls.admit(stateLog, proposal)
        .thenApply(
            a -> {
              if (a.outcome() instanceof Outcome.TrafficTaken t
                  && partOf(a.before(), t.by(), job)) {
                throw ApiErrors.retry(
                    Code.UNAVAILABLE,
                    "CONTENDED",
                    "the switches still hold entries of the job's last change",
                    Map.of("lease", t.by().toString()),
                    Refusals.RETRY_MS);
              }
              return granted(a.outcome());
            });
  }

  private static boolean partOf(FabricState s, LeaseName lease, JobName job) {
    Lease held = s.leases().get(lease);
    return held != null && job.equals(held.job());
  }

  private static Job granted(Outcome outcome) {
    if (outcome instanceof Outcome.JobDone d) {
      return d.job();
    } else if (outcome instanceof Outcome.JobReplayed r) {
      return r.job();
    }
    throw Refusals.of(outcome);
  }

  @Override
  public void getJob(GetJobRequest m, StreamObserver<GetJobResponse> out) {
    Calls.respond(
        out,
        () -> {
          JobName name = JobName.parse("name", m.getName());
          FabricState s = stateLog.state();
          Job job = s.jobs().get(name);
          if (job == null) {
            throw Refusals.of(new Outcome.JobNotFound(name));
          }
          return GetJobResponse.newBuilder().setJob(JobProtos.job(s, job, m.getView())).build();
        });
  }

  @Override
  public void listJobs(ListJobsRequest m, StreamObserver<ListJobsResponse> out) {
    Calls.respond(
        out,
        () -> {
          Page page = Page.of(m.getParent(), m.getPageSize());
          JobName from =
              m.getPageToken().isEmpty()
                  ? page.tenant() == null ? null : new JobName(page.tenant(), "0")
                  : JobName.parse("page_token", m.getPageToken());
          FabricState s = stateLog.state();
          ListJobsResponse.Builder b = ListJobsResponse.newBuilder();
          b.setNextPageToken(
              page.fill(
                  s.jobs(),
                  from,
                  JobName::tenant,
                  j -> m.getShowEnded() || j.lives() || j.state() == JobState.RELEASING,
                  j -> b.addJobs(JobProtos.job(s, j, JobView.JOB_VIEW_UNSPECIFIED))));
          return b.build();
        });
  }

  @Override
  public void releaseJob(ReleaseJobRequest m, StreamObserver<ReleaseJobResponse> out) {
    Calls.respond(
        out,
        job -> ReleaseJobResponse.newBuilder().setJob(job).build(),
        () -> {
          JobName name = JobName.parse("name", m.getName());
          Command command =
              new Command.ReleaseJob(
                  name,
                  RequestFields.etag("etag", m.getEtag()),
                  RequestFields.request(
                      name.tenant(), m.getRequestId(), m.toBuilder().clearRequestId().build()),
                  present.timeMs());
          return stateLog
              .submit(command)
              .thenCompose(
                  a -> {
                    Job job = stateLog.state().jobs().get(name);
                    // Releasing twice is no error: the second call waits for the same end.
                    return a.outcome() instanceof Outcome.JobEnded && job != null
                        ? settled(job)
                        : settled(granted(a.outcome()));
                  });
        });
  }

  @Override
  public void watchJobs(WatchJobsRequest m, StreamObserver<WatchJobsResponse> out) {
    try {
      feed.watch(Page.tenant(m.getParent()), m.getResumeToken(), out);
    } catch (Invalid e) {
      out.onError(ApiErrors.invalid(e));
    }
  }

  private Job living(JobName name) {
    Job job = stateLog.state().jobs().get(name);
    if (job == null) {
      throw Refusals.of(new Outcome.JobNotFound(name));
    }
    if (!job.lives()) {
      throw Refusals.of(new Outcome.JobEnded(name));
    }
    return job;
  }

  private @Nullable Job replay(Command.@Nullable Request request) {
    return Calls.replay(stateLog, request) instanceof JobName name
        ? stateLog.state().jobs().get(name)
        : null;
  }

  /** The job once nothing is under way for it, or as it is when that takes too long. */
  private CompletableFuture<io.myelin.v1.Job> settled(Job job) {
    boolean creating = job.lives();
    Predicate<Job> quiet =
        j ->
            j.revision() >= job.revision()
                && j.state() != JobState.PROVISIONING
                && j.state() != JobState.RELEASING;
    return awaiter
        .await(job.name(), quiet, stateLog)
        .completeOnTimeout(job, LeaseApi.PROVISIONING_WAIT_MS, TimeUnit.MILLISECONDS)
        .thenApply(
            seen -> {
              FabricState s = stateLog.state();
              Job now = s.jobs().getOrDefault(job.name(), seen);
              io.myelin.v1.Job answer = JobProtos.job(s, now, JobView.JOB_VIEW_UNSPECIFIED);
              if (creating && now.state() == JobState.FAILED) {
                throw ApiErrors.of(
                    Code.INTERNAL,
                    "SWITCH_REFUSED",
                    now.name() + ": " + answer.getReason(),
                    Map.of("job", now.name().toString()));
              }
              return answer;
            });
  }
}
