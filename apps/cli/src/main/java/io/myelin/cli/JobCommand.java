package io.myelin.cli;

import io.grpc.Channel;
import io.myelin.node.inventory.Quantities;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.EndpointPair;
import io.myelin.v1.GetJobRequest;
import io.myelin.v1.Job;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.JobView;
import io.myelin.v1.ListJobsRequest;
import io.myelin.v1.ListJobsResponse;
import io.myelin.v1.ReleaseJobRequest;
import io.myelin.v1.UpdateJobRequest;
import io.myelin.v1.WatchJobsRequest;
import io.myelin.v1.WatchJobsResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin job …}: all that a collective needs of the network, all or nothing. */
@Command(
    name = "job",
    addMethodSubcommands = false,
    mixinStandardHelpOptions = true,
    description = "Asks for a collective's network, changes it and gives it back.")
final class JobCommand {
  private static final long DEADLINE_S = 60;

  private static final ResourceCalls<Job> JOBS =
      new ResourceCalls<>(
          "jobs",
          job -> table(List.of(job)),
          JobCommand::table,
          jobs -> ListJobsResponse.newBuilder().addAllJobs(jobs).build());

  /** A bandwidth: the highest that fits, and no more than what may follow behind a colon. */
  private static final String AS_MUCH_AS_FITS = "as-much-as-fits";

  /** Kinds as people write them. */
  enum Kind {
    RING(CollectiveKind.COLLECTIVE_KIND_RING),
    TREE(CollectiveKind.COLLECTIVE_KIND_TREE),
    ALL_TO_ALL(CollectiveKind.COLLECTIVE_KIND_ALL_TO_ALL),
    PAIRS(CollectiveKind.COLLECTIVE_KIND_PAIRS);

    final CollectiveKind proto;

    Kind(CollectiveKind proto) {
      this.proto = proto;
    }
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = {
        "Places all flows of a collective so that none takes room that another has, and waits until",
        "the switches hold them. Members are hosts, or with --kind pairs endpoints as FROM:TO."
      })
  int create(
      @Mixin ServerOptions server,
      @Option(
              names = {"-n", "--name"},
              defaultValue = "",
              description = "Id of the job; chosen when left out.")
          String name,
      @Option(
              names = {"-k", "--kind"},
              required = true,
              description = "ring, tree, all-to-all or pairs.")
          Kind kind,
      @Parameters(paramLabel = "MEMBER", arity = "1..*", description = "In order of rank.")
          List<String> members,
      @Option(
              names = "--rails",
              split = ",",
              paramLabel = "N",
              description = "NICs that take part; all when left out.")
          @Nullable List<Integer> rails,
      @Option(
              names = "--qps",
              defaultValue = "1",
              paramLabel = "N",
              description = "Queue pairs over which each flow is spread: 1, 2, 4, … 64.")
          int qps,
      @Option(
              names = {"-b", "--bandwidth"},
              required = true,
              paramLabel = "RATE",
              description = "Of the busiest NIC, e.g. 400G; all flows get an equal share.")
          String bandwidth,
      @Mixin CreateOptions wanted) {
    ErrorOutput.unless(
        kind != Kind.PAIRS || rails == null,
        "--rails does not go with --kind pairs: pairs are of NICs");
    Job.Builder job =
        Job.newBuilder()
            .setKind(kind.proto)
            .addAllRails(rails == null ? List.of() : rails)
            .setQpsPerPair(qps)
            .setBandwidthBps(Quantities.rateBps("--bandwidth", bandwidth));
    if (kind == Kind.PAIRS) {
      job.addAllPairs(pairs(members));
    } else {
      job.addAllMembers(members);
    }
    wanted.into(new FieldEdits(job));
    CreateJobRequest request =
        CreateJobRequest.newBuilder()
            .setParent(wanted.parent())
            .setJobId(name)
            .setJob(job)
            .setRequestId(ResourceCalls.requestId())
            .setValidateOnly(wanted.dryRun())
            .setEndIfCancelled(wanted.endIfCancelled())
            .build();
    return JOBS.show(server, server.call(c -> stub(c).createJob(request).getJob()));
  }

  private static List<EndpointPair> pairs(List<String> members) {
    List<EndpointPair> pairs = new ArrayList<>();
    for (String pair : members) {
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw new ErrorOutput.Failure(
            ErrorOutput.USAGE, "'" + pair + "' is not allowed; allowed with --kind pairs: FROM:TO");
      }
      pairs.add(
          EndpointPair.newBuilder()
              .setSource(pair.substring(0, colon))
              .setDestination(pair.substring(colon + 1))
              .build());
    }
    return pairs;
  }

  @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows a job.")
  int get(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "JOB", description = "tenants/T/jobs/J") String name,
      @Option(names = "--leases", description = "With the names of its leases.") boolean leases) {
    GetJobRequest request =
        GetJobRequest.newBuilder()
            .setName(name)
            .setView(leases ? JobView.JOB_VIEW_FULL : JobView.JOB_VIEW_UNSPECIFIED)
            .build();
    Job job = server.call(c -> stub(c).getJob(request).getJob());
    int code = JOBS.show(server, job);
    if (!server.json()) {
      job.getLeasesList().forEach(System.out::println);
    }
    return code;
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists jobs.")
  int list(
      @Mixin ServerOptions server,
      @Option(
              names = {"-t", "--tenant"},
              defaultValue = "-",
              description = "Of this tenant; all when left out.")
          String tenant,
      @Option(names = "--ended", description = "Also those that ended.") boolean ended) {
    ListJobsRequest.Builder request =
        ListJobsRequest.newBuilder()
            .setParent("tenants/" + tenant)
            .setShowEnded(ended)
            .setPageSize(1000);
    return JOBS.list(
        server,
        (c, token) -> {
          ListJobsResponse page = stub(c).listJobs(request.setPageToken(token).build());
          return new ResourceCalls.Page<>(page.getJobsList(), page.getNextPageToken());
        });
  }

  @Command(
      name = "update",
      mixinStandardHelpOptions = true,
      description = {
        "Changes a job while it runs; flows that stay keep their paths where they can. Constraints",
        "given replace all that it has. Its kind and its start cannot change: that is another job;",
        "create it and release this one."
      })
  int update(
      @Mixin ServerOptions server,
      @Parameters(index = "0", paramLabel = "JOB", description = "tenants/T/jobs/J") String name,
      @Parameters(
              index = "1..*",
              paramLabel = "MEMBER",
              description = "All members from now on, in order of rank; pairs as FROM:TO.")
          @Nullable List<String> members,
      @Option(
              names = {"-b", "--bandwidth"},
              paramLabel = "RATE",
              description = {
                "New bandwidth, e.g. 400G; as-much-as-fits: the highest at which all flows are placed,",
                "down to its --min-bandwidth; as-much-as-fits:400G: the same, up to 400G."
              })
          @Nullable String bandwidth,
      @Option(
              names = "--rails",
              split = ",",
              paramLabel = "N",
              description = "NICs that take part from now on.")
          @Nullable List<Integer> rails,
      @Option(names = "--qps", paramLabel = "N", description = "New number of queue pairs a flow.")
          @Nullable Integer qps,
      @Mixin UpdateOptions wanted) {
    Job.Builder job = Job.newBuilder().setName(name);
    FieldEdits edits = new FieldEdits(job);
    if (members != null && !members.isEmpty()) {
      boolean pairs = members.get(0).indexOf(':') >= 0;
      edits.set(pairs ? "pairs" : "members", pairs ? pairs(members) : members);
    }
    boolean asMuchAsFits = bandwidth != null && bandwidth.startsWith(AS_MUCH_AS_FITS);
    if (bandwidth != null) {
      edits.set("bandwidth_bps", asMuchAsFits ? mostBps(bandwidth) : rateBps(bandwidth));
    }
    if (qps != null) {
      edits.set("qps_per_pair", qps);
    }
    if (rails != null) {
      edits.set("rails", rails);
    }
    wanted.into(edits);
    if (edits.isEmpty()) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "nothing to change: give members, --rails, --qps, --bandwidth, --objective, --weights, a"
              + " constraint, --degradation, --min-bandwidth or --ttl");
    }
    UpdateJobRequest request =
        UpdateJobRequest.newBuilder()
            .setJob(job)
            .setUpdateMask(edits.mask())
            .setValidateOnly(wanted.dryRun())
            .setAsMuchAsFits(asMuchAsFits)
            .setRequestId(ResourceCalls.requestId())
            .build();
    return JOBS.show(server, server.call(c -> stub(c).updateJob(request).getJob()));
  }

  private static long rateBps(String bandwidth) {
    return Quantities.rateBps("--bandwidth", bandwidth);
  }

  /** What is behind {@code as-much-as-fits:}; 0: no limit. */
  private static long mostBps(String bandwidth) {
    String rest = bandwidth.substring(AS_MUCH_AS_FITS.length());
    ErrorOutput.unless(
        rest.isEmpty() || rest.startsWith(":"),
        "--bandwidth: '"
            + bandwidth
            + "' is not allowed; allowed: a rate, "
            + AS_MUCH_AS_FITS
            + ", or "
            + AS_MUCH_AS_FITS
            + ":RATE");
    return rest.isEmpty() ? 0 : rateBps(rest.substring(1));
  }

  @Command(name = "release", mixinStandardHelpOptions = true, description = "Gives jobs back.")
  int release(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "JOB", arity = "1..*", description = "tenants/T/jobs/J")
          List<String> names) {
    return JOBS.release(server, names, JobCommand::released);
  }

  private static Job released(Channel c, String name) {
    ReleaseJobRequest request =
        ReleaseJobRequest.newBuilder()
            .setName(name)
            .setRequestId(ResourceCalls.requestId())
            .build();
    return stub(c).releaseJob(request).getJob();
  }

  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = "Prints jobs as they change, until stopped.")
  int watch(
      @Mixin ServerOptions server,
      @Option(
              names = {"-t", "--tenant"},
              defaultValue = "-",
              description = "Of this tenant; all when left out.")
          String tenant) {
    WatchJobsRequest request = WatchJobsRequest.newBuilder().setParent("tenants/" + tenant).build();
    return JOBS.watch(
        server,
        tenant,
        c -> JobServiceGrpc.newBlockingStub(c).watchJobs(request),
        JobCommand::line,
        m -> m.getType() == WatchJobsResponse.Type.TYPE_SYNCED);
  }

  private static String line(WatchJobsResponse m) {
    Job j = m.getJob();
    return m.hasJob()
        ? j.getName() + " " + state(j) + " " + j.getLeasesByStateMap() + " " + j.getReason()
        : "";
  }

  private static JobServiceGrpc.JobServiceBlockingStub stub(Channel c) {
    return JobServiceGrpc.newBlockingStub(c).withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
  }

  private static String state(Job j) {
    return j.getState().name().replace("JOB_STATE_", "");
  }

  private static String table(List<Job> jobs) {
    Columns t =
        new Columns(
            "JOB", "STATE", "KIND", "LEASES", "RATE", "START", "END", "USE", "BOUND", "MOVED",
            "REASON");
    for (Job j : jobs) {
      t.row(
          j.getName().isEmpty() ? "(dry run)" : j.getName(),
          j.getName().isEmpty() ? "-" : state(j),
          j.getKind().name().replace("COLLECTIVE_KIND_", "").replace('_', ' '),
          j.getLeaseCount(),
          Columns.rate(j.getBandwidthBps()),
          Times.minutes(j.hasStartTime() ? j.getStartTime() : j.getCreateTime()),
          j.hasExpireTime() ? Times.minutes(j.getExpireTime()) : "never",
          percent(j.getPlacement().getHighestUtilisation()),
          percent(j.getPlacement().getLowerBound()),
          j.getPlacement().getMovedLeases(),
          j.getReason());
    }
    return t.toString();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }
}
