package io.myelin.node.northbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.collect.ChangeHistory;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.v1.JobView;
import io.myelin.v1.WatchJobsResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code WatchJobs}. */
final class JobFeed extends Feed<JobName, WatchJobsResponse> {
  private final StateLog stateLog;

  JobFeed(StateLog stateLog) {
    super(ChangeHistory.ofLog(() -> stateLog.progress().index()));
    this.stateLog = stateLog;
  }

  /**
   * A command was applied.
   *
   * @param index of it in the log
   */
  void applied(Applied a, long index) {
    Set<JobName> names = new LinkedHashSet<>();
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.JobChanged c) {
        names.add(c.job());
      }
    }
    if (!names.isEmpty()) {
      changed(index, new ArrayList<>(names));
    }
  }

  void watch(@Nullable TenantId tenant, String token, StreamObserver<WatchJobsResponse> out) {
    watch(name -> tenant == null || name.tenant().equals(tenant), token, out);
  }

  @Override
  WatchJobsResponse message(JobName key, String resumeToken) {
    Job job = stateLog.state().jobs().get(key);
    WatchJobsResponse.Builder b = WatchJobsResponse.newBuilder().setResumeToken(resumeToken);
    return job == null
        ? b.setType(WatchJobsResponse.Type.TYPE_REMOVED)
            .setJob(io.myelin.v1.Job.newBuilder().setName(key.toString()))
            .build()
        : b.setType(WatchJobsResponse.Type.TYPE_JOB)
            .setJob(JobProtos.job(stateLog.state(), job, JobView.JOB_VIEW_UNSPECIFIED))
            .build();
  }

  @Override
  WatchJobsResponse synced(String resumeToken) {
    return WatchJobsResponse.newBuilder()
        .setType(WatchJobsResponse.Type.TYPE_SYNCED)
        .setResumeToken(resumeToken)
        .build();
  }

  @Override
  WatchJobsResponse heartbeat(String resumeToken) {
    return WatchJobsResponse.newBuilder()
        .setType(WatchJobsResponse.Type.TYPE_HEARTBEAT)
        .setResumeToken(resumeToken)
        .build();
  }

  @Override
  List<JobName> keys() {
    List<JobName> names = new ArrayList<>();
    stateLog.state().jobs().forEach((n, j) -> names.add(n));
    return names;
  }
}
