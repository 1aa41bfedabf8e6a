package io.myelin.node.northbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.DisjointPair;
import io.myelin.core.path.ExplanationText;
import io.myelin.core.path.KPaths;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Scope;
import io.myelin.core.place.Placement;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.v1.CheckPathRequest;
import io.myelin.v1.CheckPathResponse;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.ComputePathsResponse;
import io.myelin.v1.ComputedPath;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.ExplainPathResponse;
import io.myelin.v1.PathQuery;
import io.myelin.v1.PathServiceGrpc;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** {@code myelin.v1.PathService}: questions to a snapshot. */
final class PathApi extends PathServiceGrpc.PathServiceImplBase {
  private final StateLog stateLog;
  private final LiveConditions present;

  PathApi(StateLog stateLog, LiveConditions present) {
    this.stateLog = stateLog;
    this.present = present;
  }

  @Override
  public void computePaths(ComputePathsRequest m, StreamObserver<ComputePathsResponse> out) {
    respond(
        out,
        () -> {
          FabricState s = stateLog.state();
          Placement placement = placement(s, m.getQuery());
          if (m.getBackupScopesCount() > 0) {
            return pair(placement, PathProtos.scopes("backup_scopes", m.getBackupScopesList()));
          }
          int k = m.getMaxPaths() == 0 ? 1 : m.getMaxPaths();
          List<PathSearch.Found> found =
              KPaths.find(s.topology(), placement.conditions(), placement.request(), k);
          if (found.isEmpty()) {
            throw Refusals.noPath(placement, Refusals.AS_THINGS_ARE);
          }
          ComputePathsResponse.Builder b =
              ComputePathsResponse.newBuilder().setRevision(s.revision());
          found.forEach(f -> b.addPaths(PathProtos.computed(s.inventory(), f)));
          return b.build();
        });
  }

  private static ComputePathsResponse pair(Placement p, Set<Scope> scopes) {
    FabricState s = p.state();
    DisjointPair.Result r = DisjointPair.find(s.topology(), p.conditions(), p.request(), scopes);
    DisjointPair.Pair pair = r.pair();
    if (pair != null) {
      return ComputePathsResponse.newBuilder()
          .setRevision(s.revision())
          .addPaths(
              ComputedPath.newBuilder()
                  .setPath(PathProtos.path(s.inventory(), pair.primary()))
                  .setBackup(PathProtos.path(s.inventory(), pair.backup()))
                  .setObjectiveValue(pair.value())
                  .setProvenOptimal(pair.proven()))
          .build();
    }
    throw Refusals.noPair(p, scopes, Refusals.AS_THINGS_ARE);
  }

  @Override
  public void explainPath(ExplainPathRequest m, StreamObserver<ExplainPathResponse> out) {
    respond(
        out,
        () -> {
          FabricState s = stateLog.state();
          Placement placement = placement(s, m.getQuery());
          ExplainPathResponse.Builder b =
              ExplainPathResponse.newBuilder().setRevision(s.revision());
          if (placement.find() instanceof PathSearch.Found found) {
            return b.setPath(PathProtos.computed(s.inventory(), found)).build();
          }
          Placement.Reasons why = placement.explain();
          return b.setExplanation(
                  PathProtos.explanation(
                      s.inventory(), placement.request(), why.explanation(), why.slot()))
              .build();
        });
  }

  @Override
  public void checkPath(CheckPathRequest m, StreamObserver<CheckPathResponse> out) {
    respond(
        out,
        () -> {
          FabricState s = stateLog.state();
          Placement placement = placement(s, m.getQuery());
          PathRequest request = placement.request();
          Path path = PathProtos.path(s.inventory(), request, m.getHopsList());
          String problem = PathCheck.problem(s.topology(), request, path);
          Invalid.unless(problem == null, "hops", String.valueOf(problem));
          path = PathCheck.measured(s.topology(), placement.conditions(), request, path);
          CheckPathResponse.Builder b =
              CheckPathResponse.newBuilder()
                  .setRevision(s.revision())
                  .setPath(PathProtos.path(s.inventory(), path));
          ExplanationText text = new ExplanationText(s.inventory(), request);
          PathCheck.violations(s.topology(), placement.conditions(), request, path)
              .forEach(v -> b.addViolations(PathProtos.violation(text, v)));
          return b.build();
        });
  }

  private Placement placement(FabricState s, PathQuery q) {
    TenantId tenant = RequestFields.tenant("query.parent", q.getParent());
    LeaseSpec spec = RequestFields.within("query", () -> spec(q));
    References.check(s, "query", tenant, spec);
    return Placement.of(s, spec, present.now(s.inventory())).withBandwidthBps(q.getBandwidthBps());
  }

  private LeaseSpec spec(PathQuery q) {
    Invalid.unless(
        q.getBandwidthBps() >= 0,
        "query.bandwidth_bps",
        q.getBandwidthBps() + " is not allowed; 0 for any, or more");
    long now = present.timeMs();
    long start =
        q.hasStartTime()
            ? Math.max(now, RequestFields.millis("query.start_time", q.getStartTime()))
            : now;
    long duration =
        q.hasDuration()
            ? RequestFields.millis("query.duration", q.getDuration())
            : TimeWindow.FOREVER;
    return new LeaseSpec(
        RequestFields.endpoint("query.source", q.getSource()),
        RequestFields.endpoint("query.destination", q.getDestination()),
        TrafficSelector.ROCE,
        Math.max(1, q.getBandwidthBps()),
        Terms.of(PathProtos.objective("query.objective", q.getObjective()))
            .with(PathProtos.weights(q.getWeights()))
            .with(PathProtos.constraints("query.constraints", q.getConstraints()))
            .with(
                PathProtos.apart(
                    "query.constraints.disjoint_from", q.getConstraints().getDisjointFrom())),
        start,
        TimeWindow.lasting(start, duration).endMs());
  }

  private static <T> void respond(StreamObserver<T> out, Supplier<T> call) {
    T answer;
    try {
      answer = call.get();
    } catch (RuntimeException e) {
      out.onError(Refusals.of(e));
      return;
    }
    out.onNext(answer);
    out.onCompleted();
  }
}
