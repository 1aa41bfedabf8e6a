package io.myelin.cli;

import com.google.protobuf.util.Timestamps;
import io.grpc.Channel;
import io.myelin.node.inventory.Quantities;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.ExtendLeaseRequest;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.FindSlotsResponse;
import io.myelin.v1.ForceReleaseLeaseRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.Slot;
import io.myelin.v1.TrafficSelector;
import io.myelin.v1.UpdateLeaseRequest;
import io.myelin.v1.WatchLeasesRequest;
import io.myelin.v1.WatchLeasesResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin lease …}. */
@Command(
    name = "lease",
    addMethodSubcommands = false,
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

  private static final ResourceCalls<Lease> LEASES =
      new ResourceCalls<>(
          "leases",
          LeaseText::details,
          LeaseText::table,
          leases -> ListLeasesResponse.newBuilder().addAllLeases(leases).build());

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Asks for a lease and waits until it is active.")
  int create(
      @Mixin ServerOptions server,
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
      @Mixin CreateOptions wanted) {
    ErrorOutput.unless(
        !all || qps == null, "--qp does not go with --all-traffic: it is about RoCEv2");
    Lease.Builder lease =
        Lease.newBuilder()
            .setSource(source)
            .setDestination(destination)
            .setBandwidthBps(Quantities.rateBps("--bandwidth", bandwidth))
            .setTraffic(
                TrafficSelector.newBuilder()
                    .setKind(all ? TrafficSelector.Kind.KIND_ALL : TrafficSelector.Kind.KIND_ROCE)
                    .addAllDestQps(qps == null ? List.of() : qps));
    if (protection != null) {
      protection.forEach(scope -> lease.addProtection(scope.proto));
    }
    wanted.into(new FieldEdits(lease));
    CreateLeaseRequest request =
        CreateLeaseRequest.newBuilder()
            .setParent(wanted.parent())
            .setLeaseId(name)
            .setLease(lease)
            .setRequestId(ResourceCalls.requestId())
            .setValidateOnly(wanted.dryRun())
            .setEndIfCancelled(wanted.endIfCancelled())
            .build();
    return LEASES.show(server, server.call(c -> stub(c).createLease(request).getLease()));
  }

  @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows a lease.")
  int get(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "LEASE", description = "tenants/T/leases/L") String name) {
    GetLeaseRequest request = GetLeaseRequest.newBuilder().setName(name).build();
    return LEASES.show(server, server.call(c -> stub(c).getLease(request).getLease()));
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
    ListLeasesRequest.Builder request =
        ListLeasesRequest.newBuilder()
            .setParent("tenants/" + tenant)
            .setShowEnded(ended)
            .setPageSize(1000);
    return LEASES.list(
        server,
        (c, token) -> {
          ListLeasesResponse page = stub(c).listLeases(request.setPageToken(token).build());
          return new ResourceCalls.Page<>(page.getLeasesList(), page.getNextPageToken());
        });
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
      @Mixin UpdateOptions wanted) {
    Lease.Builder lease = Lease.newBuilder().setName(name);
    FieldEdits edits = new FieldEdits(lease);
    ErrorOutput.unless(
        !unprotected || protection == null, "--no-protection does not go with --protect");
    if (bandwidth != null) {
      edits.set("bandwidth_bps", Quantities.rateBps("--bandwidth", bandwidth));
    }
    if (start != null) {
      edits.set("start_time", PathCommand.time("--start", start));
    }
    if (protection != null) {
      edits.set("protection", protection.stream().map(p -> p.proto.getValueDescriptor()).toList());
    } else if (unprotected) {
      edits.clear("protection");
    }
    wanted.into(edits);
    if (edits.isEmpty()) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "nothing to change: give --bandwidth, --objective, --weights, a constraint, --start,"
              + " --protect, --degradation, --min-bandwidth or --ttl");
    }
    UpdateLeaseRequest request =
        UpdateLeaseRequest.newBuilder()
            .setLease(lease)
            .setUpdateMask(edits.mask())
            .setValidateOnly(wanted.dryRun())
            .setRequestId(ResourceCalls.requestId())
            .build();
    return LEASES.show(server, server.call(c -> stub(c).updateLease(request).getLease()));
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
    return LEASES.release(server, names, force ? LeaseCommand::forced : LeaseCommand::released);
  }

  private static Lease released(Channel c, String name) {
    ReleaseLeaseRequest request =
        ReleaseLeaseRequest.newBuilder()
            .setName(name)
            .setRequestId(ResourceCalls.requestId())
            .build();
    return stub(c).releaseLease(request).getLease();
  }

  private static Lease forced(Channel c, String name) {
    ForceReleaseLeaseRequest request =
        ForceReleaseLeaseRequest.newBuilder()
            .setName(name)
            .setRequestId(ResourceCalls.requestId())
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
        ExtendLeaseRequest.newBuilder().setName(name).setRequestId(ResourceCalls.requestId());
    if (ttl != null) {
      request.setTtl(PathCommand.length("--ttl", ttl));
    } else if (until != null) {
      request.setExpireTime(PathCommand.time("--until", until));
    }
    return LEASES.show(server, server.call(c -> stub(c).extendLease(request.build()).getLease()));
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
    WatchLeasesRequest request =
        WatchLeasesRequest.newBuilder().setParent("tenants/" + tenant).build();
    return LEASES.watch(
        server,
        tenant,
        c -> LeaseServiceGrpc.newBlockingStub(c).watchLeases(request),
        LeaseCommand::line,
        m -> m.getType() == WatchLeasesResponse.Type.TYPE_SYNCED);
  }

  private static String line(WatchLeasesResponse m) {
    boolean gone = m.getType() == WatchLeasesResponse.Type.TYPE_REMOVED;
    return m.hasLease() ? LeaseText.line(m.getLease()) + (gone ? " (no longer kept)" : "") : "";
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

  private static LeaseServiceGrpc.LeaseServiceBlockingStub stub(Channel c) {
    return LeaseServiceGrpc.newBlockingStub(c).withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
  }
}
