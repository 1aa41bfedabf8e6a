package io.myelin.node.northbound;

import io.myelin.core.model.Invalid;
import io.myelin.core.path.Objective;
import io.myelin.core.state.Collective;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Terms;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.EndpointPair;
import io.myelin.v1.Job;
import io.myelin.v1.JobPlacement;
import io.myelin.v1.JobState;
import io.myelin.v1.JobView;
import io.myelin.v1.UpdateJobRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Between the API's jobs and the core's. */
final class JobProtos {
  private static final List<String> FIELDS =
      List.of(
          "members",
          "rails",
          "pairs",
          "qps_per_pair",
          "bandwidth_bps",
          "objective",
          "weights",
          "constraints",
          "degradation",
          "min_bandwidth_bps",
          "burst_bandwidth_bps",
          "expire_time",
          "ttl");

  private static final String UPDATABLE = String.join(", ", FIELDS);

  /** Why fields that a creation takes cannot be changed. */
  private static final Map<String, String> NOT_UPDATABLE =
      Map.of(
          "kind", "it would be another job; create that one and release this one",
          "start_time",
              "all of its leases were admitted for that time; release the job and create it anew",
          "name", "names stay");

  private JobProtos() {}

  /** The job that a request describes. Throws {@link Invalid} naming the field. */
  static JobSpec spec(Job m, long nowMs) {
    try {
      return new JobSpec(
          collective(kind(m), m),
          m.getQpsPerPair() == 0 ? 1 : m.getQpsPerPair(),
          m.getBandwidthBps(),
          new Terms(
              PathProtos.objective("objective", m.getObjective()),
              PathProtos.weights(m.getWeights()),
              PathProtos.constraints("constraints", m.getConstraints()),
              PathProtos.apart("constraints.disjoint_from", m.getConstraints().getDisjointFrom()),
              Set.of(),
              PathProtos.degradation("", m.getDegradation(), m.getMinBandwidthBps()),
              m.getBurstBandwidthBps()),
          start(m, nowMs),
          expiry(m, start(m, nowMs), nowMs));
    } catch (Invalid e) {
      throw inJob(e);
    }
  }

  private static Invalid inJob(Invalid e) {
    return e.field().startsWith("job.") ? e : e.under("job." + e.field());
  }

  private static long start(Job m, long nowMs) {
    return RequestFields.start("job", m.hasStartTime() ? m.getStartTime() : null, nowMs);
  }

  private static long expiry(Job m, long startMs, long nowMs) {
    return RequestFields.expiry(
        "job",
        m.hasExpireTime() ? m.getExpireTime() : null,
        m.hasTtl() ? m.getTtl() : null,
        startMs,
        nowMs);
  }

  /**
   * What an update makes of a job: the fields of its mask, no others, whatever their order. A
   * {@code ttl} counts from the start where the job has not begun, else from now. With {@code
   * as_much_as_fits} the bandwidth is the most that is of use.
   */
  static JobSpec updated(io.myelin.core.state.Job job, UpdateJobRequest m, long nowMs) {
    Set<String> mask = new LinkedHashSet<>(m.getUpdateMask().getPathsList());
    Invalid.unless(!mask.isEmpty(), "update_mask", "is required; allowed: " + UPDATABLE);
    for (String path : mask) {
      String why = NOT_UPDATABLE.get(path);
      Invalid.unless(
          FIELDS.contains(path),
          "update_mask",
          "'"
              + path
              + "' cannot be changed"
              + (why == null ? "" : ": " + why)
              + "; allowed: "
              + UPDATABLE);
    }
    Invalid.unless(
        !m.getAsMuchAsFits() || mask.contains("bandwidth_bps"),
        "as_much_as_fits",
        "true is allowed only with 'bandwidth_bps' in update_mask: the most that is of use");
    Job to = m.getJob();
    if (m.getAsMuchAsFits() && to.getBandwidthBps() == 0) {
      to = to.toBuilder().setBandwidthBps(LeaseSpec.MAX_BANDWIDTH_BPS).build();
    }
    try {
      return changed(job.spec(), mask, to, nowMs);
    } catch (Invalid e) {
      throw inJob(e);
    }
  }

  private static JobSpec changed(JobSpec old, Set<String> mask, Job to, long nowMs) {
    Collective c = old.collective();
    Terms terms = old.terms();
    if (mask.contains("objective")) {
      terms = terms.with(PathProtos.objective("objective", to.getObjective()));
    }
    if (mask.contains("weights")) {
      terms = terms.with(PathProtos.weights(to.getWeights()));
    }
    if (mask.contains("constraints")) {
      terms =
          terms
              .with(PathProtos.constraints("constraints", to.getConstraints()))
              .with(
                  PathProtos.apart(
                      "constraints.disjoint_from", to.getConstraints().getDisjointFrom()));
    }
    terms =
        PathProtos.room(
            "",
            terms,
            mask,
            to.getDegradation(),
            to.getMinBandwidthBps(),
            to.getBurstBandwidthBps());
    boolean ends = mask.contains("expire_time") || mask.contains("ttl");
    return new JobSpec(
        new Collective(
            c.kind(),
            mask.contains("members") ? to.getMembersList() : c.members(),
            mask.contains("rails") ? to.getRailsList() : c.rails(),
            mask.contains("pairs") ? pairs(to) : c.pairs()),
        mask.contains("qps_per_pair") ? to.getQpsPerPair() : old.qpsPerPair(),
        mask.contains("bandwidth_bps") ? to.getBandwidthBps() : old.bandwidthBps(),
        terms,
        old.startTimeMs(),
        ends ? expiry(to, old.startTimeMs(), nowMs) : old.expireTimeMs());
  }

  private static Collective collective(Collective.Kind kind, Job m) {
    return new Collective(kind, m.getMembersList(), m.getRailsList(), pairs(m));
  }

  private static List<FabricState.Pair> pairs(Job m) {
    List<FabricState.Pair> pairs = new ArrayList<>();
    for (EndpointPair p : m.getPairsList()) {
      String in = "job.pairs[" + pairs.size() + "]";
      pairs.add(
          new FabricState.Pair(
              RequestFields.endpoint(in + ".source", p.getSource()),
              RequestFields.endpoint(in + ".destination", p.getDestination())));
    }
    return pairs;
  }

  private static Collective.Kind kind(Job m) {
    return switch (m.getKind()) {
      case COLLECTIVE_KIND_RING -> Collective.Kind.RING;
      case COLLECTIVE_KIND_TREE -> Collective.Kind.TREE;
      case COLLECTIVE_KIND_ALL_TO_ALL -> Collective.Kind.ALL_TO_ALL;
      case COLLECTIVE_KIND_PAIRS -> Collective.Kind.PAIRS;
      case COLLECTIVE_KIND_UNSPECIFIED ->
          throw new Invalid("job.kind", "is required; allowed: RING, TREE, ALL_TO_ALL, PAIRS");
      case UNRECOGNIZED ->
          throw new Invalid(
              "job.kind",
              m.getKindValue() + " is not allowed; allowed: RING, TREE, ALL_TO_ALL, PAIRS");
    };
  }

  /** A job as the state holds it. */
  static Job job(FabricState state, io.myelin.core.state.Job job, JobView view) {
    Job.Builder b =
        describe(job.spec())
            .setName(job.name().toString())
            .setState(state(job.state()))
            .setReason(reason(state, job))
            .setEtag(String.valueOf(job.revision()))
            .setCreateTime(Protos.timestamp(job.createTimeMs()))
            .setUpdateTime(Protos.timestamp(job.updateTimeMs()))
            .setPlacement(placement(job.fit()))
            .setLeaseCount(job.leases().size());
    Map<String, Integer> tally = new TreeMap<>();
    job.tally().forEach((s, n) -> tally.merge(nameInApi(s), n, Integer::sum));
    b.putAllLeasesByState(tally);
    if (view == JobView.JOB_VIEW_FULL) {
      job.leases().forEach((name, yes) -> b.addLeases(name.toString()));
    }
    return b.build();
  }

  /** With a share or without a path: the API calls both DEGRADED. */
  private static String nameInApi(LeaseState s) {
    return (s == LeaseState.REDUCED ? LeaseState.DEGRADED : s).name();
  }

  /** What a request would get: no name, no state. */
  static Job preview(io.myelin.core.state.Job job) {
    return describe(job.spec())
        .setPlacement(placement(job.fit()))
        .setLeaseCount(job.leases().size())
        .build();
  }

  private static JobPlacement placement(io.myelin.core.state.Job.Fit fit) {
    return JobPlacement.newBuilder()
        .setHighestUtilisation(fit.highest())
        .setLowerBound(fit.bound())
        .setMovedLeases(fit.moved())
        .build();
  }

  private static Job.Builder describe(JobSpec spec) {
    Collective c = spec.collective();
    Job.Builder b =
        Job.newBuilder()
            .setKind(
                switch (c.kind()) {
                  case RING -> CollectiveKind.COLLECTIVE_KIND_RING;
                  case TREE -> CollectiveKind.COLLECTIVE_KIND_TREE;
                  case ALL_TO_ALL -> CollectiveKind.COLLECTIVE_KIND_ALL_TO_ALL;
                  case PAIRS -> CollectiveKind.COLLECTIVE_KIND_PAIRS;
                })
            .addAllMembers(c.members())
            .addAllRails(c.rails())
            .setQpsPerPair(spec.qpsPerPair())
            .setBandwidthBps(spec.bandwidthBps())
            .setObjective(PathProtos.objective(spec.terms().objective()))
            .setDegradation(PathProtos.degradation(spec.terms().degradation()))
            .setMinBandwidthBps(spec.terms().degradation().minBps())
            .setBurstBandwidthBps(spec.terms().burstBps());
    for (FabricState.Pair p : c.pairs()) {
      b.addPairs(
          EndpointPair.newBuilder()
              .setSource(p.source().value())
              .setDestination(p.destination().value()));
    }
    if (spec.terms().objective() == Objective.BALANCED) {
      b.setWeights(PathProtos.weights(spec.terms().weights()));
    }
    io.myelin.v1.Constraints constraints =
        PathProtos.constraints(spec.terms().constraints(), spec.terms().apart());
    if (!constraints.equals(io.myelin.v1.Constraints.getDefaultInstance())) {
      b.setConstraints(constraints);
    }
    if (spec.startTimeMs() != LeaseSpec.AT_ONCE) {
      b.setStartTime(Protos.timestamp(spec.startTimeMs()));
    }
    if (spec.expireTimeMs() != LeaseSpec.NEVER) {
      b.setExpireTime(Protos.timestamp(spec.expireTimeMs()));
    }
    return b;
  }

  /** Of the first of its leases that is not as asked. */
  private static String reason(FabricState state, io.myelin.core.state.Job job) {
    String wanted =
        switch (job.state()) {
          case DEGRADED -> LeaseState.DEGRADED.name();
          case FAILED -> LeaseState.FAILED.name();
          case SCHEDULED -> LeaseState.SCHEDULED.name();
          case PROVISIONING, ACTIVE, RELEASING, RELEASED, EXPIRED -> null;
        };
    if (wanted == null) {
      return "";
    }
    for (Map.Entry<LeaseName, Boolean> e : job.leases()) {
      Lease lease = state.leases().get(e.getKey());
      if (lease != null && nameInApi(lease.state()).equals(wanted) && !lease.reason().isEmpty()) {
        int alike = 0;
        for (Map.Entry<LeaseState, Integer> t : job.tally().entrySet()) {
          alike += nameInApi(t.getKey()).equals(wanted) ? t.getValue() : 0;
        }
        return alike
            + " of "
            + job.leases().size()
            + " leases; "
            + lease.name().lease()
            + ": "
            + lease.reason();
      }
    }
    return "";
  }

  private static JobState state(io.myelin.core.state.Job.JobState s) {
    return switch (s) {
      case SCHEDULED -> JobState.JOB_STATE_SCHEDULED;
      case PROVISIONING -> JobState.JOB_STATE_PROVISIONING;
      case ACTIVE -> JobState.JOB_STATE_ACTIVE;
      case DEGRADED -> JobState.JOB_STATE_DEGRADED;
      case RELEASING -> JobState.JOB_STATE_RELEASING;
      case RELEASED -> JobState.JOB_STATE_RELEASED;
      case EXPIRED -> JobState.JOB_STATE_EXPIRED;
      case FAILED -> JobState.JOB_STATE_FAILED;
    };
  }
}
