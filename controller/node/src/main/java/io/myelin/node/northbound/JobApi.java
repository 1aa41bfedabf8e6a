package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.JobFit;
import io.myelin.core.port.DryRun;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Proposals;
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
import io.myelin.node.northbound.error.ApiErrors;
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
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code myelin.v1.JobService}: places all flows of a job, waits for the switches, answers. */
final class JobApi extends JobServiceGrpc.JobServiceImplBase {
  private static final Logger log = LoggerFactory.getLogger(JobApi.class);

  private final StateLog stateLog;
  private final LiveConditions present;
  private final BurstRoom bursts;
  private final Awaiter<JobName, Job> awaiter;
  private final JobFeed feed;
  private final Supplier<String> names;

  /**
   * @param names makes up ids for jobs that come without one
   */
  JobApi(
      StateLog stateLog,
      LiveConditions present,
      BurstRoom bursts,
      Awaiter<JobName, Job> awaiter,
      JobFeed feed,
      Supplier<String> names) {
    this.stateLog = stateLog;
    this.present = present;
    this.bursts = bursts;
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
          JobName name =
              JobName.chosen(tenant, m.getJobId().isEmpty() ? names.get() : m.getJobId());
          Command.Request request =
              RequestFields.request(
                  tenant,
                  m.getRequestId(),
                  m.toBuilder().clearRequestId().clearValidateOnly().build());
          CompletableFuture<Void> cancelled =
              m.getEndIfCancelled() ? Calls.cancelled(out) : new CompletableFuture<>();
          return answer(
              request,
              m.getValidateOnly(),
              cancelled,
              proposals ->
                  admit(
                      proposals,
                      name,
                      () ->
                          placed(
                              proposals.state(),
                              spec,
                              null,
                              (s, p) ->
                                  new Command.CreateJob(
                                      name, s, p.routes(), p.moves(), p.fit(), request, now))));
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
                  name.tenant(),
                  m.getRequestId(),
                  m.toBuilder().clearRequestId().clearValidateOnly().build());
          return answer(
              request,
              m.getValidateOnly(),
              new CompletableFuture<>(),
              proposals -> {
                JobSpec spec = JobProtos.updated(living(proposals, name), m, now);
                References.check(proposals.state(), name.tenant(), spec);
                return admit(
                    proposals,
                    name,
                    () -> {
                      Job old = living(proposals, name);
                      BiFunction<JobSpec, GroupPlacement.Placed, Command> proposal =
                          (s, p) ->
                              new Command.UpdateJob(
                                  name, s, p.routes(), p.moves(), p.fit(), etag, request, now);
                      return m.getAsMuchAsFits()
                          ? asMuchAsFits(proposals.state(), spec, old, proposal)
                          : placed(proposals.state(), spec, old, proposal);
                    });
              });
        });
  }

  /**
   * What was done before under the same request id; else does it, or says what it would do.
   *
   * @param cancelled when the job is to end again
   */
  private CompletableFuture<io.myelin.v1.Job> answer(
      Command.@Nullable Request request,
      boolean validateOnly,
      CompletableFuture<Void> cancelled,
      Function<Proposals, CompletableFuture<Job>> call) {
    Job replay = replay(request);
    if (validateOnly) {
      if (replay != null) {
        return CompletableFuture.completedFuture(
            JobProtos.job(stateLog.state(), replay, JobView.JOB_VIEW_UNSPECIFIED));
      }
      DryRun dry = new DryRun(stateLog.state());
      return bursts.yielding(dry, call).thenApply(JobProtos::preview);
    }
    return (replay != null
            ? CompletableFuture.completedFuture(replay)
            : bursts.yielding(stateLog, call))
        .thenCompose(
            job -> {
              var unused = cancelled.thenRun(() -> end(job));
              return settled(job);
            });
  }

  /** Ends a job whose creation was cancelled, unless another has its name by now. */
  private void end(Job created) {
    Job now = stateLog.state().jobs().get(created.name());
    if (now == null || now.createTimeMs() != created.createTimeMs() || !now.lives()) {
      return;
    }
    stateLog
        .submit(new Command.ReleaseJob(created.name(), 0, null, present.timeMs()))
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                log.warn(
                    "{} was to end with its call, which was cancelled, and stays: {}",
                    created.name(),
                    t.getMessage());
              }
            });
  }

  /**
   * The proposal of a job, placed.
   *
   * @param old the job as it is; null: it is new
   * @throws io.grpc.StatusRuntimeException when it cannot be placed, with what fits instead
   */
  private Command placed(
      FabricState s,
      JobSpec spec,
      @Nullable Job old,
      BiFunction<JobSpec, GroupPlacement.Placed, Command> proposal) {
    LeaseConditions.Now now = present.now(s.inventory());
    GroupPlacement.Answer answer = GroupPlacement.find(s, spec, old, now);
    if (answer instanceof GroupPlacement.Placed placed) {
      return proposal.apply(spec, placed);
    }
    throw Refusals.unplaced(s, answer, spec, new JobFit(s, spec, old, now, proposal), now);
  }

  /**
   * As {@link #placed}, with the highest bandwidth that fits up to the asked one; what is refused
   * is the lowest of use.
   */
  private Command asMuchAsFits(
      FabricState s,
      JobSpec most,
      Job old,
      BiFunction<JobSpec, GroupPlacement.Placed, Command> proposal) {
    JobFit fit = new JobFit(s, most, old, present.now(s.inventory()), proposal);
    JobFit.Fitting fitting = fit.highest();
    return fitting != null
        ? proposal.apply(fitting.spec(), fitting.placed())
        : placed(s, fit.least(), old, proposal);
  }

  private static CompletableFuture<Job> admit(
      Proposals proposals, JobName job, Supplier<Command> proposal) {
    return Calls.admit(proposals, proposal)
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
          ListPage page = ListPage.of(m.getParent(), m.getPageSize());
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
      feed.watch(ListPage.tenant(m.getParent()), m.getResumeToken(), out);
    } catch (Invalid e) {
      out.onError(ApiErrors.invalid(e));
    }
  }

  private static Job living(Proposals in, JobName name) {
    Job job = in.state().jobs().get(name);
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
