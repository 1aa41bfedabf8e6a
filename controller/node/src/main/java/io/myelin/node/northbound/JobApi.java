package io.myelin.node.northbound;

import static io.myelin.node.northbound.JobResource.JOBS;

import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.JobFit;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Proposals;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Outcome;
import io.myelin.node.northbound.ResourceCalls.Asked;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateJobResponse;
import io.myelin.v1.GetJobRequest;
import io.myelin.v1.GetJobResponse;
import io.myelin.v1.JobServiceGrpc;
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
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code myelin.v1.JobService}: places all flows of a job, waits for the switches, answers. */
final class JobApi extends JobServiceGrpc.JobServiceImplBase {
  private final StateLog stateLog;
  private final LiveConditions present;
  private final JobFeed feed;
  private final ResourceCalls<JobName, Job, io.myelin.v1.Job> calls;

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
    this.feed = feed;
    calls = new ResourceCalls<>(JOBS, stateLog, present, bursts, awaiter, names);
  }

  @Override
  public void createJob(CreateJobRequest m, StreamObserver<CreateJobResponse> out) {
    calls.create(
        out,
        job -> CreateJobResponse.newBuilder().setJob(job).build(),
        new ResourceCalls.Creation(
            m.getParent(),
            m.getJobId(),
            m.getEndIfCancelled(),
            new Asked(m.getRequestId(), m.getValidateOnly(), m)),
        (tenant, now) -> {
          JobSpec spec = JobProtos.spec(m.getJob(), now);
          References.check(stateLog.state(), tenant, spec);
          return spec;
        },
        (proposals, d) ->
            admit(
                proposals,
                d.name(),
                () -> placed(proposals.state(), d.spec(), null, (s, p) -> creation(d, s, p))));
  }

  private static Command creation(
      ResourceCalls.Draft<JobName, JobSpec> d, JobSpec spec, GroupPlacement.Placed p) {
    return new Command.CreateJob(
        d.name(), spec, p.routes(), p.moves(), p.fit(), d.request(), d.nowMs());
  }

  @Override
  public void updateJob(UpdateJobRequest m, StreamObserver<UpdateJobResponse> out) {
    calls.update(
        out,
        job -> UpdateJobResponse.newBuilder().setJob(job).build(),
        m.getJob().getName(),
        m.getJob().getEtag(),
        new Asked(m.getRequestId(), m.getValidateOnly(), m),
        (proposals, t) -> {
          JobName name = t.name();
          JobSpec spec = JobProtos.updated(JOBS.living(proposals, name), m, t.nowMs());
          References.check(proposals.state(), name.tenant(), spec);
          return admit(
              proposals,
              name,
              () -> {
                Job old = JOBS.living(proposals, name);
                BiFunction<JobSpec, GroupPlacement.Placed, Command> proposal =
                    (s, p) -> change(t, s, p);
                return m.getAsMuchAsFits()
                    ? asMuchAsFits(proposals.state(), spec, old, proposal)
                    : placed(proposals.state(), spec, old, proposal);
              });
        });
  }

  private static Command change(
      ResourceCalls.Target<JobName> t, JobSpec spec, GroupPlacement.Placed p) {
    return new Command.UpdateJob(
        t.name(), spec, p.routes(), p.moves(), p.fit(), t.etag(), t.request(), t.nowMs());
  }

  @Override
  public void getJob(GetJobRequest m, StreamObserver<GetJobResponse> out) {
    calls.get(
        out,
        job -> GetJobResponse.newBuilder().setJob(job).build(),
        m.getName(),
        (s, job) -> JobProtos.job(s, job, m.getView()));
  }

  @Override
  public void listJobs(ListJobsRequest m, StreamObserver<ListJobsResponse> out) {
    calls.list(
        out,
        new ResourceCalls.Listing(
            m.getParent(), m.getPageSize(), m.getPageToken(), m.getShowEnded()),
        (page, next) ->
            ListJobsResponse.newBuilder().addAllJobs(page).setNextPageToken(next).build());
  }

  @Override
  public void releaseJob(ReleaseJobRequest m, StreamObserver<ReleaseJobResponse> out) {
    calls.release(
        out,
        job -> ReleaseJobResponse.newBuilder().setJob(job).build(),
        m.getName(),
        m.getEtag(),
        Asked.really(m.getRequestId(), m));
  }

  @Override
  public void watchJobs(WatchJobsRequest m, StreamObserver<WatchJobsResponse> out) {
    feed.watch(m.getParent(), m.getResumeToken(), out);
  }

  // ---- placement -------------------------------------------------------------------------------

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
              return JOBS.granted(a.outcome());
            });
  }

  private static boolean partOf(FabricState s, LeaseName lease, JobName job) {
    Lease held = s.leases().get(lease);
    return held != null && job.equals(held.job());
  }
}
