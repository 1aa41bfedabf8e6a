package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.myelin.core.loop.Loops;
import io.myelin.core.model.Invalid;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Outcome;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.ListDecisionsRequest;
import io.myelin.v1.ListDecisionsResponse;
import io.myelin.v1.ProbeLeaseRequest;
import io.myelin.v1.ProbeLeaseResponse;
import io.myelin.v1.ProbedHop;
import io.myelin.v1.ProbedLink;
import io.myelin.v1.TelemetryServiceGrpc;
import io.myelin.v1.WatchCongestionRequest;
import io.myelin.v1.WatchCongestionResponse;
import java.util.Map;

/** {@code myelin.v1.TelemetryService}. */
final class TelemetryApi extends TelemetryServiceGrpc.TelemetryServiceImplBase {
  private final StateLog stateLog;
  private final Telemetry telemetry;
  private final Loops loops;
  private final CongestionFeed feed;

  /** Decisions of an answer that asks for no number. */
  private static final int DECISIONS = 100;

  private static final int MAX_DECISIONS = 1_000;

  TelemetryApi(StateLog stateLog, Telemetry telemetry, Loops loops, CongestionFeed feed) {
    this.loops = loops;
    this.stateLog = stateLog;
    this.telemetry = telemetry;
    this.feed = feed;
  }

  @Override
  public void watchCongestion(
      WatchCongestionRequest m, StreamObserver<WatchCongestionResponse> out) {
    feed.watch(q -> true, m.getResumeToken(), out);
  }

  @Override
  public void listDecisions(ListDecisionsRequest m, StreamObserver<ListDecisionsResponse> out) {
    if (m.getPageSize() < 0 || m.getPageSize() > MAX_DECISIONS) {
      out.onError(
          ApiErrors.invalid(
              new Invalid(
                  "page_size", m.getPageSize() + " is not allowed; 0 to " + MAX_DECISIONS)));
      return;
    }
    ListDecisionsResponse.Builder b = ListDecisionsResponse.newBuilder();
    loops.decisions().stream()
        .limit(m.getPageSize() == 0 ? DECISIONS : m.getPageSize())
        .forEach(d -> b.addDecisions(LoopProtos.decision(d)));
    out.onNext(b.build());
    out.onCompleted();
  }

  @Override
  public void probeLease(ProbeLeaseRequest m, StreamObserver<ProbeLeaseResponse> out) {
    Lease lease;
    try {
      lease = lease(LeaseName.parse("name", m.getName()));
    } catch (Invalid e) {
      out.onError(ApiErrors.invalid(e));
      return;
    } catch (StatusRuntimeException e) {
      out.onError(e);
      return;
    }
    telemetry
        .probe(lease.path())
        .whenComplete(
            (probe, t) -> {
              if (t != null) {
                out.onError(ApiErrors.of(Code.INTERNAL, "BUG", t.toString(), Map.of()));
                return;
              }
              out.onNext(response(probe));
              out.onCompleted();
            });
  }

  private Lease lease(LeaseName name) {
    Lease lease = stateLog.state().leases().get(name);
    if (lease == null) {
      throw Refusals.of(new Outcome.LeaseNotFound(name));
    }
    if (!lease.state().lives()) {
      throw ApiErrors.of(
          Code.FAILED_PRECONDITION,
          "NO_PATH",
          name + " is " + lease.state() + " and holds no path",
          Map.of("lease", name.toString(), "state", lease.state().name()));
    }
    return lease;
  }

  private static ProbeLeaseResponse response(Telemetry.PathProbe probe) {
    ProbeLeaseResponse.Builder b = ProbeLeaseResponse.newBuilder();
    for (Telemetry.ProbedHop h : probe.hops()) {
      ProbedHop.Builder hop =
          b.addHopsBuilder()
              .setDevice(h.device().value())
              .setIngressPort(h.ingressPort())
              .setEgressPort(h.egressPort())
              .setDepthPackets(h.depth())
              .setResidenceNs(h.residenceNs());
      if (!Double.isNaN(h.utilisation())) {
        hop.setUtilisation(h.utilisation());
      }
    }
    for (Telemetry.ProbedLink l : probe.links()) {
      ProbedLink.Builder link = b.addLinksBuilder().setName(l.link().value());
      if (l.latencyNs() >= 0) {
        link.setLatencyNs(l.latencyNs());
      }
    }
    return b.build();
  }
}
