package io.myelin.cli;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import io.myelin.v1.Job;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.ListJobsRequest;
import io.myelin.v1.ListJobsResponse;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs clients once, with a server of its own, for the archive of the classes that they load:
 * {@code java -XX:ArchiveClassesAtExit=FILE}. {@code ./myelin} makes it.
 */
final class ClassArchive {
  private static final long PATIENCE_S = 5;

  private ClassArchive() {}

  /** Exits with 0 when every client had its answer. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Main.spareLogging();
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new Leases())
            .addService(new Jobs())
            .build()
            .start();
    int exit = 0;
    try {
      for (List<String> client :
          List.of(
              List.of("lease", "list"),
              List.of("job", "list"),
              List.of("job", "list", "-o", "json"))) {
        List<String> line = new ArrayList<>(client);
        line.add("--server=127.0.0.1:" + server.getPort());
        exit = Math.max(exit, Main.run(line.toArray(String[]::new)));
      }
    } finally {
      server.shutdownNow().awaitTermination(PATIENCE_S, TimeUnit.SECONDS);
    }
    System.exit(exit);
  }

  private static final class Leases extends LeaseServiceGrpc.LeaseServiceImplBase {
    @Override
    public void listLeases(ListLeasesRequest request, StreamObserver<ListLeasesResponse> to) {
      Lease lease = Lease.newBuilder().setName("tenants/t/leases/l").setBandwidthBps(1).build();
      to.onNext(ListLeasesResponse.newBuilder().addLeases(lease).build());
      to.onCompleted();
    }
  }

  private static final class Jobs extends JobServiceGrpc.JobServiceImplBase {
    @Override
    public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> to) {
      Job job = Job.newBuilder().setName("tenants/t/jobs/j").setBandwidthBps(1).build();
      to.onNext(ListJobsResponse.newBuilder().addJobs(job).build());
      to.onCompleted();
    }
  }
}
