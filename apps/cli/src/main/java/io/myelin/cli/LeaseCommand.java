package io.myelin.cli;

import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Timestamps;
import io.myelin.node.inventory.Quantities;
import io.myelin.v1.Constraints;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.ExtendLeaseRequest;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.FindSlotsResponse;
import io.myelin.v1.ForceReleaseLeaseRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.Slot;
import io.myelin.v1.TrafficSelector;
import io.myelin.v1.UpdateLeaseRequest;
import io.myelin.v1.WatchLeasesRequest;
import io.myelin.v1.WatchLeasesResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin lease …}. */
@Command(
    name = "lease",
    mixinStandardHelpOptions = true,
    description = "Asks for bandwidth between endpoints, and gives it back.",
    footerHeading = "%nExample:%n",
    footer = {
      "  myelin lease create -t blue gpu-1-1 gpu-2-1 --bandwidth 50G --ttl 3600s",
      "  myelin lease list -t blue",
      "  myelin lease release tenants/blue/leases/l-1"
    })
final class LeaseCommand {
  private static final long DEADLINE_S = 30;

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Asks for a lease and waits until it is active.")
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
              description = "Id of the lease; chosen when left out.")
          String name,
      @Parameters(index = "0", paramLabel = "SOURCE", description = "Endpoint that sends.")
          String source,
      @Parameters(index = "1", paramLabel = "DESTINATION", description = "Endpoint that receives.")
          String destination,
      @Option(
              names = {"-b", "--bandwidth"},
              required = true,
              paramLabel = "RATE",
              description = "e.g. 50G, 400M.")
          String bandwidth,
      @Mixin ConstraintOptions wanted,
      @Mixin ShareOptions degradation,
      @Option(
              names = "--start",
              paramLabel = "TIME",
              description = "Begins then, e.g. 2026-11-23T14:00:00Z; left out: at once.")
          @Nullable String start,
      @Option(
              names = "--protect",
              paramLabel = "SCOPE",
              split = ",",
              description = "With a backup that has none of these in common: link, node, srlg.")
          @Nullable List<ConstraintOptions.Shared> protection,
      @Option(
              names = "--qp",
              paramLabel = "QP",
              split = ",",
              description = "Only these destination queue pairs.")
          @Nullable List<Integer> qps,
      @Option(names = "--all-traffic", description = "All IP traffic of the pair, not only RoCEv2.")
          boolean all,
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
        !all || qps == null, "--qp does not go with --all-traffic: it is about RoCEv2");
    Lease.Builder lease =
        Lease.newBuilder()
            .setSource(source)
            .setDestination(destination)
            .setBandwidthBps(Quantities.rateBps("--bandwidth", bandwidth))
            .setObjective(wanted.objective())
            .setWeights(wanted.weights())
            .setConstraints(wanted.constraints())
            .setTraffic(
                TrafficSelector.newBuilder()
                    .setKind(all ? TrafficSelector.Kind.KIND_ALL : TrafficSelector.Kind.KIND_ROCE)
                    .addAllDestQps(qps == null ? List.of() : qps));
    if (protection != null) {
      protection.forEach(scope -> lease.addProtection(scope.proto));
    }
    degradation.into(lease, FieldMask.newBuilder());
    if (start != null) {
      lease.setStartTime(PathCommand.time("--start", start));
    }
    if (ttl != null) {
      lease.setTtl(PathCommand.length("--ttl", ttl));
    }
    CreateLeaseRequest request =
        CreateLeaseRequest.newBuilder()
            .setParent("tenants/" + tenant)
            .setLeaseId(name)
            .setLease(lease)
            .setRequestId(UUID.randomUUID().toString())
            .setValidateOnly(dryRun)
            .setEndIfCancelled(endIfCancelled)
            .build();
    return show(server, server.call(c -> stub(c).createLease(request).getLease()));
  }

  @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows a lease.")
  int get(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "LEASE", description = "tenants/T/leases/L") String name) {
    GetLeaseRequest request = GetLeaseRequest.newBuilder().setName(name).build();
    return show(server, server.call(c -> stub(c).getLease(request).getLease()));
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists leases.")
  int list(
      @Mixin ServerOptions server,
      @Option(
              names = {"-t", "--tenant"},
              defaultValue = "-",
              description = "Of this tenant; all when left out.")
          String tenant,
      @Option(names = "--ended", description = "Also those that ended.") boolean ended) {
    List<Lease> leases =
        server.call(
            c -> {
              List<Lease> all = new ArrayList<>();
              String token = "";
              do {
                ListLeasesResponse page =
                    stub(c)
                        .listLeases(
                            ListLeasesRequest.newBuilder()
                                .setParent("tenants/" + tenant)
                                .setShowEnded(ended)
                                .setPageSize(1000)
                                .setPageToken(token)
                                .build());
                all.addAll(page.getLeasesList());
                token = page.getNextPageToken();
              } while (!token.isEmpty());
              return all;
            });
    if (server.json()) {
      server.print(ListLeasesResponse.newBuilder().addAllLeases(leases).build());
    } else {
      System.out.print(table(leases));
    }
    return 0;
  }

  @Command(
      name = "update",
      mixinStandardHelpOptions = true,
      description = {
        "Changes a lease while it runs; make before break. Constraints given replace all that it",
        "has. What packets it is for (SOURCE, DESTINATION, --qp, --all-traffic) cannot change:",
        "create another lease and release this one."
      })
  int update(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "LEASE", description = "tenants/T/leases/L") String name,
      @Option(
              names = {"-b", "--bandwidth"},
              paramLabel = "RATE",
              description = "New bandwidth.")
          @Nullable String bandwidth,
      @Mixin ConstraintOptions wanted,
      @Mixin ShareOptions degradation,
      @Option(names = "--no-constraints", description = "Takes all its constraints away.")
          boolean free,
      @Option(
              names = "--start",
              paramLabel = "TIME",
              description = "Begins then instead, as long as it has not begun.")
          @Nullable String start,
      @Option(
              names = "--protect",
              paramLabel = "SCOPE",
              split = ",",
              description = "With a backup that has none of these in common: link, node, srlg.")
          @Nullable List<ConstraintOptions.Shared> protection,
      @Option(names = "--no-protection", description = "Without a backup from now on.")
          boolean unprotected,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              description = "Ends that long from its start, or from now if it has begun.")
          @Nullable String ttl,
      @Option(names = "--no-expiry", description = "Does not end by itself any more.")
          boolean forEver,
      @Option(names = "--dry-run", description = "Computes and checks everything, changes nothing.")
          boolean dryRun) {
    Lease.Builder lease = Lease.newBuilder().setName(name);
    FieldMask.Builder mask = FieldMask.newBuilder();
    Constraints constraints = wanted.constraints();
    boolean constrained = !constraints.equals(Constraints.getDefaultInstance());
    ErrorOutput.unless(!free || !constrained, "--no-constraints does not go with constraints");
    ErrorOutput.unless(
        !unprotected || protection == null, "--no-protection does not go with --protect");
    ErrorOutput.unless(!forEver || ttl == null, "--no-expiry does not go with --ttl");
    if (bandwidth != null) {
      lease.setBandwidthBps(Quantities.rateBps("--bandwidth", bandwidth));
      mask.addPaths("bandwidth_bps");
    }
    if (wanted.hasObjective()) {
      lease.setObjective(wanted.objective());
      mask.addPaths("objective");
    }
    if (wanted.hasWeights()) {
      lease.setWeights(wanted.changedWeights());
      mask.addPaths("weights");
    }
    degradation.into(lease, mask);
    if (constrained || free) {
      lease.setConstraints(constraints);
      mask.addPaths("constraints");
    }
    if (start != null) {
      lease.setStartTime(PathCommand.time("--start", start));
      mask.addPaths("start_time");
    }
    if (protection != null || unprotected) {
      (protection == null ? List.<ConstraintOptions.Shared>of() : protection)
          .forEach(scope -> lease.addProtection(scope.proto));
      mask.addPaths("protection");
    }
    if (ttl != null) {
      lease.setTtl(PathCommand.length("--ttl", ttl));
      mask.addPaths("ttl");
    }
    if (forEver) {
      mask.addPaths("expire_time");
    }
    if (mask.getPathsCount() == 0) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "nothing to change: give --bandwidth, --objective, --weights, a constraint, --start,"
              + " --protect, --degradation, --min-bandwidth or --ttl");
    }
    UpdateLeaseRequest request =
        UpdateLeaseRequest.newBuilder()
            .setLease(lease)
            .setUpdateMask(mask)
            .setValidateOnly(dryRun)
            .setRequestId(UUID.randomUUID().toString())
            .build();
    return show(server, server.call(c -> stub(c).updateLease(request).getLease()));
  }

  @Command(name = "release", mixinStandardHelpOptions = true, description = "Gives leases back.")
  int release(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "LEASE", arity = "1..*", description = "tenants/T/leases/L")
          List<String> names,
      @Option(
              names = "--force",
              description = {
                "For operators: ends it without the switches' word, when one refuses to remove its",
                "entries or is gone for good. Its bandwidth is free at once, though that switch may",
                "go on forwarding its packets."
              })
          boolean force) {
    ListLeasesResponse.Builder released = ListLeasesResponse.newBuilder();
    try {
      for (String name : names) {
        Lease lease = server.call(c -> force ? forced(c, name) : released(c, name));
        released.addLeases(lease);
      }
    } finally {
      // What was given back before another failed is said, too.
      list(server, released.build());
    }
    return 0;
  }

  private static Lease released(io.grpc.Channel c, String name) {
    ReleaseLeaseRequest request =
        ReleaseLeaseRequest.newBuilder()
            .setName(name)
            .setRequestId(UUID.randomUUID().toString())
            .build();
    return stub(c).releaseLease(request).getLease();
  }

  private static Lease forced(io.grpc.Channel c, String name) {
    ForceReleaseLeaseRequest request =
        ForceReleaseLeaseRequest.newBuilder()
            .setName(name)
            .setRequestId(UUID.randomUUID().toString())
            .build();
    return stub(c).forceReleaseLease(request).getLease();
  }

  @Command(
      name = "extend",
      mixinStandardHelpOptions = true,
      description = {
        "Puts the end of a lease off, never brings it nearer: a client that renews what it holds",
        "has leases that end by themselves when it is gone."
      })
  int extend(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "LEASE", description = "tenants/T/leases/L") String name,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              description = "Ends that long from its start, or from now if it has begun.")
          @Nullable String ttl,
      @Option(
              names = "--until",
              paramLabel = "TIME",
              description = "Ends then, e.g. 2026-11-23T14:00:00Z.")
          @Nullable String until) {
    ErrorOutput.unless((ttl == null) != (until == null), "one of --ttl and --until is needed");
    ExtendLeaseRequest.Builder request =
        ExtendLeaseRequest.newBuilder().setName(name).setRequestId(UUID.randomUUID().toString());
    if (ttl != null) {
      request.setTtl(PathCommand.length("--ttl", ttl));
    } else if (until != null) {
      request.setExpireTime(PathCommand.time("--until", until));
    }
    return show(server, server.call(c -> stub(c).extendLease(request.build()).getLease()));
  }

  private static void list(ServerOptions server, ListLeasesResponse leases) {
    if (server.json()) {
      server.print(leases);
    } else if (leases.getLeasesCount() > 0) {
      System.out.print(table(leases.getLeasesList()));
    }
  }

  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = "Prints leases as they change, until stopped.")
  int watch(
      @Mixin ServerOptions server,
      @Option(
              names = {"-t", "--tenant"},
              defaultValue = "-",
              description = "Of this tenant; all when left out.")
          String tenant) {
    return server.call(
        c -> {
          Iterator<WatchLeasesResponse> stream =
              LeaseServiceGrpc.newBlockingStub(c)
                  .watchLeases(
                      WatchLeasesRequest.newBuilder().setParent("tenants/" + tenant).build());
          server.sayWatching(tenant.equals("-") ? "all leases" : "leases of " + tenant);
          while (stream.hasNext()) {
            WatchLeasesResponse m = stream.next();
            if (server.json()) {
              server.printLine(m);
            } else if (m.hasLease()) {
              boolean gone = m.getType() == WatchLeasesResponse.Type.TYPE_REMOVED;
              System.out.println(line(m.getLease()) + (gone ? " (no longer kept)" : ""));
            } else if (m.getType() == WatchLeasesResponse.Type.TYPE_SYNCED) {
              System.out.println("-- that was the snapshot; now changes --");
            }
          }
          return 0;
        });
  }

  @Command(
      name = "slots",
      mixinStandardHelpOptions = true,
      description = "When a lease would fit: the earliest start for a time, or for a volume.")
  int slots(
      @Mixin ServerOptions server,
      @Option(
              names = {"-t", "--tenant"},
              required = true,
              description = "Who asks.")
          String tenant,
      @Parameters(index = "0", paramLabel = "SOURCE", description = "Endpoint that sends.")
          String source,
      @Parameters(index = "1", paramLabel = "DESTINATION", description = "Endpoint that receives.")
          String destination,
      @Option(
              names = {"-b", "--bandwidth"},
              required = true,
              paramLabel = "RATE",
              description = "e.g. 50G, 400M.")
          String bandwidth,
      @Option(names = "--duration", paramLabel = "TIME", description = "For so long, e.g. 90m.")
          @Nullable String duration,
      @Option(
              names = "--volume",
              paramLabel = "BYTES",
              description = "For that much, e.g. 500G; slower rates are tried too.")
          @Nullable String volume,
      @Option(
              names = "--min-bandwidth",
              paramLabel = "RATE",
              description = "With --volume: the lowest rate of use.")
          @Nullable String minimum,
      @Mixin ConstraintOptions wanted) {
    FindSlotsRequest.Builder request =
        FindSlotsRequest.newBuilder()
            .setParent("tenants/" + tenant)
            .setLease(
                Lease.newBuilder()
                    .setSource(source)
                    .setDestination(destination)
                    .setBandwidthBps(Quantities.rateBps("--bandwidth", bandwidth))
                    .setObjective(wanted.objective())
                    .setWeights(wanted.weights())
                    .setConstraints(wanted.constraints()));
    ErrorOutput.unless(
        (duration == null) != (volume == null), "one of --duration and --volume is needed");
    ErrorOutput.unless(
        minimum == null || volume != null, "--min-bandwidth counts with --volume only");
    if (duration != null) {
      request.setDuration(PathCommand.length("--duration", duration));
    }
    if (volume != null) {
      request.setVolumeBytes(Quantities.bytes("--volume", volume));
    }
    if (minimum != null) {
      request.setMinBandwidthBps(Quantities.rateBps("--min-bandwidth", minimum));
    }
    FindSlotsResponse answer = server.call(c -> stub(c).findSlots(request.build()));
    if (server.json()) {
      server.print(answer);
      return 0;
    }
    Columns t = new Columns("START", "END", "BANDWIDTH", "PATH");
    for (Slot slot : answer.getSlotsList()) {
      t.row(
          Timestamps.toString(slot.getStartTime()),
          slot.hasEndTime() ? Timestamps.toString(slot.getEndTime()) : "never",
          Columns.rate(slot.getBandwidthBps()),
          PathCommand.way(slot.getPath()));
    }
    System.out.print(t);
    return answer.getSlotsCount() > 0 ? 0 : ErrorOutput.REFUSED;
  }

  private static LeaseServiceGrpc.LeaseServiceBlockingStub stub(io.grpc.Channel c) {
    return LeaseServiceGrpc.newBlockingStub(c).withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
  }

  private static int show(ServerOptions server, Lease lease) {
    if (server.json()) {
      server.print(lease);
    } else {
      System.out.print(details(lease));
    }
    return 0;
  }

  private static String state(Lease l) {
    return l.getName().isEmpty() ? "-" : l.getState().name().replace("LEASE_STATE_", "");
  }

  private static String name(Lease l) {
    return l.getName().isEmpty() ? "(dry run)" : l.getName();
  }

  private static String path(Lease l) {
    return l.getPathsList().stream().map(PathCommand::way).collect(Collectors.joining(" "));
  }

  private static String line(Lease l) {
    return l.getName() + " " + state(l) + " " + bandwidth(l) + " " + path(l) + " " + l.getReason();
  }

  /** What it asks for; what it has, where that is less, or more while it bursts. */
  private static String bandwidth(Lease l) {
    String asked = Columns.rate(l.getBandwidthBps());
    if (l.getGrantedBandwidthBps() > l.getBandwidthBps()) {
      return asked + ", now " + Columns.rate(l.getGrantedBandwidthBps());
    }
    return l.getState() == LeaseState.LEASE_STATE_DEGRADED
        ? Columns.rate(l.getGrantedBandwidthBps()) + " of " + asked
        : asked;
  }

  private static String start(Lease l) {
    return Times.minutes(l.hasStartTime() ? l.getStartTime() : l.getCreateTime());
  }

  private static String end(Lease l) {
    return l.hasExpireTime() ? Times.minutes(l.getExpireTime()) : "never";
  }

  /** All of one lease, a line each. */
  private static String details(Lease l) {
    StringBuilder out = new StringBuilder();
    line(out, "lease", name(l));
    line(out, "state", state(l));
    line(out, "reason", l.getReason());
    line(out, "from", l.getSource());
    line(out, "to", l.getDestination());
    line(out, "bandwidth", bandwidth(l));
    line(out, "start", start(l));
    line(out, "end", end(l));
    line(out, "used", used(l));
    line(out, "job", l.getJob());
    for (io.myelin.v1.Path p : l.getPathsList()) {
      line(out, "path", PathCommand.way(p));
      line(out, "latency", PathCommand.latency(p));
      line(out, "unknown", PathCommand.unknown(p));
    }
    line(out, "backup", l.hasBackup() ? PathCommand.way(l.getBackup()) : "");
    return out.toString();
  }

  private static void line(StringBuilder out, String name, String value) {
    if (!value.isEmpty()) {
      out.append(String.format("%-11s%s%n", name, value));
    }
  }

  private static String used(Lease l) {
    return l.hasUsage() ? Columns.bytes(l.getUsage().getBytes()) : "-";
  }

  private static String table(List<Lease> leases) {
    Columns t = new Columns("LEASE", "STATE", "FROM, TO", "RATE", "START", "END", "USED", "REASON");
    for (Lease l : leases) {
      t.row(
          name(l),
          state(l),
          l.getSource() + " " + l.getDestination(),
          bandwidth(l),
          start(l),
          end(l),
          used(l),
          l.getReason());
    }
    return t.toString();
  }
}
