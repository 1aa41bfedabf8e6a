package io.myelin.cli;

import com.google.protobuf.FieldMask;
import io.myelin.node.inventory.Quantities;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.Constraints;
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
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
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
              names = {"-t", "--tenant"},
              required = true,
              description = "Who asks.")
          String tenant,
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
      @Mixin ConstraintOptions wanted,
      @Mixin ShareOptions degradation,
      @Option(
              names = "--start",
              paramLabel = "TIME",
              description = "Begins then, e.g. 2026-11-23T14:00:00Z; left out: at once.")
          @Nullable String start,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              description = "Ends by itself after that long, e.g. 3600s.")
          @Nullable String ttl,
      @Option(
              names = "--dry-run",
              description = "Computes and checks everything, reserves nothing.")
          boolean dryRun,
      @Option(
              names = "--end-if-cancelled",
              description = "Gives it back when this command is stopped before it was answered.")
          boolean endIfCancelled) {
    ErrorOutput.unless(
        kind != Kind.PAIRS || rails == null,
        "--rails does not go with --kind pairs: pairs are of NICs");
    Job.Builder job =
        Job.newBuilder()
            .setKind(kind.proto)
            .addAllRails(rails == null ? List.of() : rails)
            .setQpsPerPair(qps)
            .setBandwidthBps(Quantities.rateBps("--bandwidth", bandwidth))
            .setObjective(wanted.objective())
            .setWeights(wanted.weights())
            .setConstraints(wanted.constraints());
    name(job, kind, members);
    degradation.into(job, FieldMask.newBuilder());
    if (start != null) {
      job.setStartTime(PathCommand.time("--start", start));
    }
    if (ttl != null) {
      job.setTtl(PathCommand.length("--ttl", ttl));
    }
    CreateJobRequest request =
        CreateJobRequest.newBuilder()
            .setParent("tenants/" + tenant)
            .setJobId(name)
            .setJob(job)
            .setRequestId(UUID.randomUUID().toString())
            .setValidateOnly(dryRun)
            .setEndIfCancelled(endIfCancelled)
            .build();
    return show(server, server.call(c -> stub(c).createJob(request).getJob()));
  }

  private static void name(Job.Builder job, Kind kind, List<String> members) {
    if (kind != Kind.PAIRS) {
      job.addAllMembers(members);
      return;
    }
    for (String pair : members) {
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw new ErrorOutput.Failure(
            ErrorOutput.USAGE, "'" + pair + "' is not allowed; allowed with --kind pairs: FROM:TO");
      }
      job.addPairs(
          EndpointPair.newBuilder()
              .setSource(pair.substring(0, colon))
              .setDestination(pair.substring(colon + 1)));
    }
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
    int code = show(server, job);
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
    List<Job> jobs =
        server.call(
            c -> {
              List<Job> all = new ArrayList<>();
              String token = "";
              do {
                ListJobsResponse page =
                    stub(c)
                        .listJobs(
                            ListJobsRequest.newBuilder()
                                .setParent("tenants/" + tenant)
                                .setShowEnded(ended)
                                .setPageSize(1000)
                                .setPageToken(token)
                                .build());
                all.addAll(page.getJobsList());
                token = page.getNextPageToken();
              } while (!token.isEmpty());
              return all;
            });
    if (server.json()) {
      server.print(ListJobsResponse.newBuilder().addAllJobs(jobs).build());
    } else {
      System.out.print(table(jobs));
    }
    return 0;
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
      @Mixin ConstraintOptions wanted,
      @Mixin ShareOptions degradation,
      @Option(names = "--no-constraints", description = "Takes all its constraints away.")
          boolean free,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              description = "Ends that long from its start, or from now if it has begun.")
          @Nullable String ttl,
      @Option(names = "--no-expiry", description = "Does not end by itself any more.")
          boolean forEver,
      @Option(names = "--dry-run", description = "Computes and checks everything, changes nothing.")
          boolean dryRun) {
    Job.Builder job = Job.newBuilder().setName(name);
    FieldMask.Builder mask = FieldMask.newBuilder();
    if (members != null && !members.isEmpty()) {
      boolean pairs = members.get(0).indexOf(':') >= 0;
      name(job, pairs ? Kind.PAIRS : Kind.RING, members);
      mask.addPaths(pairs ? "pairs" : "members");
    }
    boolean asMuchAsFits = bandwidth != null && bandwidth.startsWith(AS_MUCH_AS_FITS);
    if (bandwidth != null) {
      job.setBandwidthBps(asMuchAsFits ? mostBps(bandwidth) : rateBps(bandwidth));
      mask.addPaths("bandwidth_bps");
    }
    if (qps != null) {
      job.setQpsPerPair(qps);
      mask.addPaths("qps_per_pair");
    }
    Constraints constraints = wanted.constraints();
    boolean constrained = !constraints.equals(Constraints.getDefaultInstance());
    ErrorOutput.unless(!free || !constrained, "--no-constraints does not go with constraints");
    ErrorOutput.unless(!forEver || ttl == null, "--no-expiry does not go with --ttl");
    if (rails != null) {
      job.addAllRails(rails);
      mask.addPaths("rails");
    }
    if (wanted.hasObjective()) {
      job.setObjective(wanted.objective());
      mask.addPaths("objective");
    }
    if (wanted.hasWeights()) {
      job.setWeights(wanted.changedWeights());
      mask.addPaths("weights");
    }
    degradation.into(job, mask);
    if (constrained || free) {
      job.setConstraints(constraints);
      mask.addPaths("constraints");
    }
    if (ttl != null) {
      job.setTtl(PathCommand.length("--ttl", ttl));
      mask.addPaths("ttl");
    }
    if (forEver) {
      mask.addPaths("expire_time");
    }
    if (mask.getPathsCount() == 0) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "nothing to change: give members, --rails, --qps, --bandwidth, --objective, --weights, a"
              + " constraint, --degradation, --min-bandwidth or --ttl");
    }
    UpdateJobRequest request =
        UpdateJobRequest.newBuilder()
            .setJob(job)
            .setUpdateMask(mask)
            .setValidateOnly(dryRun)
            .setAsMuchAsFits(asMuchAsFits)
            .setRequestId(UUID.randomUUID().toString())
            .build();
    return show(server, server.call(c -> stub(c).updateJob(request).getJob()));
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
    ListJobsResponse.Builder released = ListJobsResponse.newBuilder();
    try {
      for (String name : names) {
        ReleaseJobRequest request =
            ReleaseJobRequest.newBuilder()
                .setName(name)
                .setRequestId(UUID.randomUUID().toString())
                .build();
        Job job = server.call(c -> stub(c).releaseJob(request).getJob());
        released.addJobs(job);
      }
    } finally {
      // What was given back before another failed is said, too.
      if (server.json()) {
        server.print(released.build());
      } else if (released.getJobsCount() > 0) {
        System.out.print(table(released.getJobsList()));
      }
    }
    return 0;
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
    return server.call(
        c -> {
          Iterator<WatchJobsResponse> stream =
              JobServiceGrpc.newBlockingStub(c)
                  .watchJobs(WatchJobsRequest.newBuilder().setParent("tenants/" + tenant).build());
          server.sayWatching(tenant.equals("-") ? "all jobs" : "jobs of " + tenant);
          while (stream.hasNext()) {
            WatchJobsResponse m = stream.next();
            if (server.json()) {
              server.printLine(m);
            } else if (m.hasJob()) {
              Job j = m.getJob();
              System.out.println(
                  j.getName()
                      + " "
                      + state(j)
                      + " "
                      + j.getLeasesByStateMap()
                      + " "
                      + j.getReason());
            } else if (m.getType() == WatchJobsResponse.Type.TYPE_SYNCED) {
              System.out.println("-- that was the snapshot; now changes --");
            }
          }
          return 0;
        });
  }

  private static JobServiceGrpc.JobServiceBlockingStub stub(io.grpc.Channel c) {
    return JobServiceGrpc.newBlockingStub(c).withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
  }

  private static int show(ServerOptions server, Job job) {
    if (server.json()) {
      server.print(job);
    } else {
      System.out.print(table(List.of(job)));
    }
    return 0;
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
