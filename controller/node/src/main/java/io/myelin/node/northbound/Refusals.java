package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.NameList;
import io.myelin.core.path.Explanation;
import io.myelin.core.path.Kind;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Scope;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.JobFit;
import io.myelin.core.place.Placement;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.InventoryUse;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.RefusalVisitor;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.PathExplanation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the core refuses, as the API says it: docs/API.md lists the reasons. */
final class Refusals {
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  /** What clients are told to wait before they try again what passes by itself. */
  static final long RETRY_MS = 500;

  /** Users of an inventory that an error names; validate_only names more. */
  private static final int USERS = 20;

  private Refusals() {}

  /** Which rate would be given instead of one that is refused. */
  interface Rates {
    /**
     * The highest rate that would be given now.
     *
     * @param widestBps the most that a path has as things are
     * @param mostBps the most that the NICs have, and less than was asked for
     * @return bits per second; empty: none of use
     */
    OptionalLong highest(long widestBps, long mostBps);
  }

  /** Nobody is moved for it. */
  static final Rates AS_THINGS_ARE =
      (widestBps, mostBps) -> widestBps > 0 ? OptionalLong.of(widestBps) : OptionalLong.empty();

  /** A search without a path: every reason, and the nearest ways out, are in the details. */
  static StatusRuntimeException noPath(Placement placement, Rates rates) {
    Placement.Reasons why = placement.explain();
    PathRequest request = placement.request();
    PathExplanation details =
        PathProtos.explanation(
            placement.state().inventory(), request, why.explanation(), why.slot());
    String between = "no path from " + request.source().id() + " to " + request.destination().id();
    String ways = String.join("; or: ", details.getLinesList());
    String message = between + ": " + ways;
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("binding", String.join(",", details.getBindingList()));
    if (why.only(Set.of(Kind.SWITCH_UNAVAILABLE))) {
      why.explanation().relaxations().stream()
          .flatMap(r -> r.violations().stream())
          .filter(v -> v.kind() == Kind.SWITCH_UNAVAILABLE && v.link() != null)
          .findFirst()
          .ifPresent(v -> metadata.put("link", String.valueOf(v.link())));
      return ApiErrors.retry(
          Code.UNAVAILABLE, "SWITCH_UNAVAILABLE", message, metadata, RETRY_MS, details);
    }
    if (why.only(Set.of(Kind.BANDWIDTH))) {
      PathCheck.Violation narrowest = narrowest(why.explanation());
      long widest = narrowest == null ? 0 : Math.max(0, narrowest.have());
      if (narrowest != null) {
        metadata.put("free_bps", String.valueOf(widest));
        metadata.put("link", String.valueOf(narrowest.link()));
      }
      long most = Math.min(request.bandwidthBps() - 1, placement.accessBps());
      WhatFits fits = new WhatFits(request.bandwidthBps(), rates.highest(widest, most), why.from());
      metadata.putAll(fits.metadata());
      return ApiErrors.of(
          Code.RESOURCE_EXHAUSTED,
          "NO_CAPACITY",
          between + ": " + fits.text() + "; " + ways,
          metadata,
          details);
    }
    boolean unreachable =
        why.explanation().relaxations().isEmpty() || why.only(Set.of(Kind.LINK_DOWN));
    return ApiErrors.of(
        Code.FAILED_PRECONDITION,
        unreachable ? "UNREACHABLE" : "CONSTRAINTS_UNMET",
        message,
        metadata,
        details);
  }

  /** No two disjoint paths: perhaps not even one. */
  static StatusRuntimeException noPair(Placement placement, Set<Scope> scopes, Rates rates) {
    PathRequest request = placement.request();
    return placement.find() instanceof PathSearch.Found
        ? ApiErrors.of(
            Code.FAILED_PRECONDITION,
            "NO_DISJOINT_PAIR",
            "there is a path from "
                + request.source().id()
                + " to "
                + request.destination().id()
                + ", but no other that has none of "
                + scopes
                + " in common with it",
            Map.of())
        : noPath(placement, rates);
  }

  /** The link that binds on the path that has most room; null: it is not room that binds. */
  private static PathCheck.@Nullable Violation narrowest(Explanation e) {
    PathCheck.Violation least = null;
    for (Explanation.Relaxation r : e.relaxations()) {
      for (PathCheck.Violation v : r.violations()) {
        boolean alone = r.kinds().equals(Set.of(Kind.BANDWIDTH));
        if (alone && (least == null || v.have() < least.have())) {
          least = v;
        }
      }
    }
    return least;
  }

  static StatusRuntimeException unknown(String field, String value, PersistentMap<?, ?> among) {
    List<Object> known = new ArrayList<>();
    among.forEach((k, v) -> known.add(k));
    return unknown(field, value, known);
  }

  static StatusRuntimeException unknown(String field, String value, List<?> known) {
    return ApiErrors.of(
        Code.NOT_FOUND,
        "UNKNOWN_RESOURCE",
        field + ": '" + value + "' is not known; known: " + NameList.some(known),
        Map.of("field", field, "value", value));
  }

  /**
   * A job that cannot be placed.
   *
   * @param spec as it was asked for
   * @param fit looks for what fits instead of that
   */
  static StatusRuntimeException unplaced(
      FabricState state,
      GroupPlacement.Answer answer,
      JobSpec spec,
      JobFit fit,
      LeaseConditions.Now now) {
    if (answer instanceof GroupPlacement.NoPath n) {
      return noPath(Placement.of(state, n.spec().withBandwidthBps(1), now), AS_THINGS_ARE);
    }
    JobFit.Fitting less = fit.highestBelow(answer);
    WhatFits fits =
        new WhatFits(
            spec.bandwidthBps(),
            less == null ? OptionalLong.empty() : OptionalLong.of(less.spec().bandwidthBps()),
            fit.from());
    Map<String, String> metadata = new TreeMap<>(fits.metadata());
    if (answer instanceof GroupPlacement.CutTooSmall c) {
      metadata.put("where", c.where());
      metadata.put("needed_bps", String.valueOf(c.neededBps()));
      metadata.put("free_bps", String.valueOf(c.freeBps()));
      return ApiErrors.of(
          Code.RESOURCE_EXHAUSTED,
          "NO_CAPACITY",
          String.format(
              "job.bandwidth_bps: %s; the job needs %d bit/s of %s, where %d are free",
              fits.text(), c.neededBps(), c.where(), c.freeBps()),
          metadata);
    }
    return ApiErrors.of(
        Code.RESOURCE_EXHAUSTED,
        "NO_PLACEMENT",
        "job.bandwidth_bps: "
            + fits.text()
            + "; it passes every switch, but no arrangement was found in which no two flows need"
            + " the same room; more qps_per_pair may help",
        metadata);
  }

  /** What has ended makes room for another of its name; what is on its way there does not yet. */
  private static String exists(String name, String state, long createTimeMs) {
    return name
        + " exists since "
        + Instant.ofEpochMilli(createTimeMs)
        + " and is "
        + state
        + (state.equals("RELEASING") ? "; its name can be used again once it has ended" : "");
  }

  static StatusRuntimeException of(Outcome outcome) {
    return outcome instanceof Outcome.Refused refused
        ? refused.accept(ERRORS)
        : ApiErrors.of(Code.INTERNAL, "UNEXPECTED", outcome.toString(), Map.of());
  }

  private static final RefusalVisitor<StatusRuntimeException> ERRORS = new Errors();

  /** The error of the API for each kind of refusal. */
  private static final class Errors implements RefusalVisitor<StatusRuntimeException> {
    @Override
    public StatusRuntimeException visit(Outcome.LeaseExists o) {
      return ApiErrors.of(
          Code.ALREADY_EXISTS,
          "LEASE_EXISTS",
          exists(o.lease().name().toString(), o.lease().state().name(), o.lease().createTimeMs()),
          Map.of(
              "lease", o.lease().name().toString(),
              "state", o.lease().state().name(),
              "create_time", Instant.ofEpochMilli(o.lease().createTimeMs()).toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.LeaseNotFound o) {
      return ApiErrors.of(
          Code.NOT_FOUND,
          "LEASE_NOT_FOUND",
          o.name() + " does not exist",
          Map.of("lease", o.name().toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.LeaseEnded o) {
      return ApiErrors.of(
          Code.FAILED_PRECONDITION,
          "LEASE_ENDED",
          o.lease().name() + " is " + o.lease().state(),
          Map.of("lease", o.lease().name().toString(), "state", o.lease().state().name()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.LeaseOfJob o) {
      return ApiErrors.of(
          Code.FAILED_PRECONDITION,
          "LEASE_OF_JOB",
          o.name() + " is part of " + o.job() + "; change that",
          Map.of("lease", o.name().toString(), "job", o.job().toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.JobExists o) {
      return ApiErrors.of(
          Code.ALREADY_EXISTS,
          "JOB_EXISTS",
          exists(o.job().name().toString(), o.job().state().name(), o.job().createTimeMs()),
          Map.of(
              "job", o.job().name().toString(),
              "state", o.job().state().name(),
              "create_time", Instant.ofEpochMilli(o.job().createTimeMs()).toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.JobNotFound o) {
      return ApiErrors.of(
          Code.NOT_FOUND,
          "JOB_NOT_FOUND",
          o.name() + " does not exist",
          Map.of("job", o.name().toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.JobEnded o) {
      return ApiErrors.of(
          Code.FAILED_PRECONDITION,
          "JOB_ENDED",
          o.name() + " has ended, or is being released",
          Map.of("job", o.name().toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.JobEtagMismatch o) {
      return ApiErrors.of(
          Code.ABORTED,
          "ETAG_MISMATCH",
          o.job().name() + " has changed; its etag is now " + o.job().revision(),
          Map.of("etag", String.valueOf(o.job().revision())));
    }

    @Override
    public StatusRuntimeException visit(Outcome.JobUnfit o) {
      return ApiErrors.invalid(new Invalid("job." + o.field(), o.problem()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.QuotaExceeded o) {
      return ApiErrors.of(
          Code.RESOURCE_EXHAUSTED,
          "QUOTA_EXCEEDED",
          String.format(
              "tenants/%s: the quota of %s is %d, of which %d are used; %d more are asked for",
              o.tenant(),
              o.kind().name().toLowerCase(Locale.ROOT),
              o.limit(),
              o.used(),
              o.requested()),
          Map.of(
              "quota", o.kind().name().toLowerCase(Locale.ROOT),
              "limit", String.valueOf(o.limit()),
              "used", String.valueOf(o.used()),
              "requested", String.valueOf(o.requested())));
    }

    @Override
    public StatusRuntimeException visit(Outcome.RequestIdReused o) {
      return ApiErrors.of(
          Code.INVALID_ARGUMENT,
          "REQUEST_ID_REUSED",
          "request_id: '" + o.requestId() + "' was used for another request",
          Map.of("field", "request_id"));
    }

    @Override
    public StatusRuntimeException visit(Outcome.EtagMismatch o) {
      return ApiErrors.of(
          Code.ABORTED,
          "ETAG_MISMATCH",
          o.lease().name() + " has changed; its etag is now " + o.lease().revision(),
          Map.of("etag", String.valueOf(o.lease().revision())));
    }

    @Override
    public StatusRuntimeException visit(Outcome.TrafficTaken o) {
      return ApiErrors.of(
          Code.ALREADY_EXISTS,
          "TRAFFIC_TAKEN",
          "lease.traffic: the same packets already belong to another lease of these endpoints",
          Map.of("lease", o.by().toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.LinkFull o) {
      return ApiErrors.retry(
          Code.UNAVAILABLE,
          "CONTENDED",
          "others took the bandwidth of " + o.link() + " " + Calls.MAX_ATTEMPTS + " times in a row",
          Map.of("link", o.link().value()),
          RETRY_MS);
    }

    @Override
    public StatusRuntimeException visit(Outcome.NoPath o) {
      return overtaken();
    }

    @Override
    public StatusRuntimeException visit(Outcome.PathUnfit o) {
      return overtaken();
    }

    @Override
    public StatusRuntimeException visit(Outcome.Superseded o) {
      return overtaken();
    }

    @Override
    public StatusRuntimeException visit(Outcome.InventoryInUse o) {
      return ApiErrors.of(
          Code.FAILED_PRECONDITION,
          "INVENTORY_IN_USE",
          o.by() + " needs the " + o.what() + ", which the inventory does not have",
          Map.of("lease", o.by().toString()));
    }

    @Override
    public StatusRuntimeException visit(Outcome.InventoryUsed o) {
      return inUse(o.use());
    }

    @Override
    public StatusRuntimeException visit(Outcome.InventoryOvertaken o) {
      return ApiErrors.of(
          Code.ABORTED,
          "ETAG_MISMATCH",
          "another inventory is in force by now; compare with that: its etag is " + o.version(),
          Map.of("etag", String.valueOf(o.version())));
    }

    private static StatusRuntimeException overtaken() {
      return ApiErrors.retry(
          Code.UNAVAILABLE,
          "CONTENDED",
          "the fabric changed under the path " + Calls.MAX_ATTEMPTS + " times in a row",
          Map.of(),
          RETRY_MS);
    }
  }

  /** The users are in the details, as many as fit there. */
  private static StatusRuntimeException inUse(InventoryUse use) {
    ApplyInventoryResponse.Builder details = ApplyInventoryResponse.newBuilder();
    use.users().stream().limit(USERS).forEach(u -> details.addUsers(InventoryApi.user(u)));
    return ApiErrors.of(
        Code.FAILED_PRECONDITION,
        "INVENTORY_IN_USE",
        "inventory: " + use.count() + " still use what it does not have: " + use.text(),
        Map.of("users", String.valueOf(use.count())),
        details.setUserCount(use.count()).build());
  }

  static StatusRuntimeException of(Throwable t) {
    Throwable cause =
        t instanceof java.util.concurrent.CompletionException && t.getCause() != null
            ? t.getCause()
            : t;
    if (cause instanceof StatusRuntimeException s) {
      return s;
    } else if (cause instanceof Invalid i) {
      return ApiErrors.invalid(i);
    } else if (cause instanceof NotCommitted n) {
      return ApiErrors.retry(
          Code.UNAVAILABLE, "NOT_COMMITTED", String.valueOf(n.getMessage()), Map.of(), RETRY_MS);
    }
    log.error("a bug in the northbound service", cause);
    return ApiErrors.of(Code.INTERNAL, "BUG", "internal error; see the node's log", Map.of());
  }
}
