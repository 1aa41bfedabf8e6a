package io.myelin.node.northbound;

import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.v1.WatchJobsResponse;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** {@code WatchJobs}. */
final class JobFeed extends ResourceFeed<JobName, Job, io.myelin.v1.Job, WatchJobsResponse> {
  JobFeed(StateLog stateLog) {
    super(JobResource.JOBS, stateLog);
  }

  @Override
  void changed(Applied a, Collection<JobName> names) {
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.JobChanged c) {
        names.add(c.job());
      }
    }
  }

  @Override
  WatchJobsResponse message(Event event, io.myelin.v1.@Nullable Job about, String resumeToken) {
    WatchJobsResponse.Builder b =
        WatchJobsResponse.newBuilder()
            .setResumeToken(resumeToken)
            .setType(
                switch (event) {
                  case CHANGED -> WatchJobsResponse.Type.TYPE_JOB;
                  case REMOVED -> WatchJobsResponse.Type.TYPE_REMOVED;
                  case SYNCED -> WatchJobsResponse.Type.TYPE_SYNCED;
                  case HEARTBEAT -> WatchJobsResponse.Type.TYPE_HEARTBEAT;
                });
    return about == null ? b.build() : b.setJob(about).build();
  }
}
