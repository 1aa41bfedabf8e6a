package io.myelin.lab.service;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.myelin.lab.LabFabric;
import io.myelin.lab.LabFaults;
import io.myelin.lab.LabRefusal;
import io.myelin.lab.Traffic;
import io.myelin.lab.v1.CutCableRequest;
import io.myelin.lab.v1.CutCableResponse;
import io.myelin.lab.v1.GetLabRequest;
import io.myelin.lab.v1.GetLabResponse;
import io.myelin.lab.v1.KillSwitchRequest;
import io.myelin.lab.v1.KillSwitchResponse;
import io.myelin.lab.v1.LabServiceGrpc;
import io.myelin.lab.v1.MeasureTrafficRequest;
import io.myelin.lab.v1.MeasureTrafficResponse;
import io.myelin.lab.v1.MendCableRequest;
import io.myelin.lab.v1.MendCableResponse;
import io.myelin.lab.v1.RestartSwitchRequest;
import io.myelin.lab.v1.RestartSwitchResponse;
import io.myelin.lab.v1.SetDelayRequest;
import io.myelin.lab.v1.SetDelayResponse;
import io.myelin.lab.v1.SetLossRequest;
import io.myelin.lab.v1.SetLossResponse;
import io.myelin.lab.v1.StartTrafficRequest;
import io.myelin.lab.v1.StartTrafficResponse;
import io.myelin.lab.v1.StopTrafficRequest;
import io.myelin.lab.v1.StopTrafficResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link LabFaults} and {@link Traffic} over gRPC. */
final class LabService extends LabServiceGrpc.LabServiceImplBase {
  private static final Logger log = LoggerFactory.getLogger(LabService.class);
  private static final long USUAL_OVER_NS = 1_000_000_000L;

  private final LabFabric fabric;
  private final LabFaults faults;
  private final Traffic traffic;

  LabService(LabFabric fabric) {
    this.fabric = fabric;
    faults = new LabFaults(fabric);
    traffic = new Traffic(fabric);
  }

  @Override
  public void getLab(GetLabRequest request, StreamObserver<GetLabResponse> to) {
    now(
        () -> {
          GetLabResponse.Builder lab = GetLabResponse.newBuilder();
          lab.setFabric(fabric.inventory().name());
          faults.switches().forEach(s -> lab.addSwitches(LabProtos.of(s)));
          faults.cables().join().forEach(c -> lab.addCables(LabProtos.of(c)));
          return lab.build();
        },
        to);
  }

  @Override
  public void cutCable(CutCableRequest request, StreamObserver<CutCableResponse> to) {
    later(
        faults.cut(request.getCable()),
        c -> CutCableResponse.newBuilder().setCable(LabProtos.of(c)).build(),
        to);
  }

  @Override
  public void mendCable(MendCableRequest request, StreamObserver<MendCableResponse> to) {
    later(
        faults.mend(request.getCable()),
        c -> MendCableResponse.newBuilder().setCable(LabProtos.of(c)).build(),
        to);
  }

  @Override
  public void setLoss(SetLossRequest request, StreamObserver<SetLossResponse> to) {
    later(
        faults.loss(request.getCable(), request.getLoss()),
        c -> SetLossResponse.newBuilder().setCable(LabProtos.of(c)).build(),
        to);
  }

  @Override
  public void setDelay(SetDelayRequest request, StreamObserver<SetDelayResponse> to) {
    later(
        faults.delay(request.getCable(), request.getLatencyNs(), request.getJitterNs()),
        c -> SetDelayResponse.newBuilder().setCable(LabProtos.of(c)).build(),
        to);
  }

  @Override
  public void killSwitch(KillSwitchRequest request, StreamObserver<KillSwitchResponse> to) {
    now(
        () ->
            KillSwitchResponse.newBuilder()
                .setSwitch(LabProtos.of(faults.kill(request.getSwitch())))
                .build(),
        to);
  }

  @Override
  public void restartSwitch(
      RestartSwitchRequest request, StreamObserver<RestartSwitchResponse> to) {
    now(
        () ->
            RestartSwitchResponse.newBuilder()
                .setSwitch(LabProtos.of(faults.restart(request.getSwitch())))
                .build(),
        to);
  }

  @Override
  public void startTraffic(StartTrafficRequest request, StreamObserver<StartTrafficResponse> to) {
    now(
        () ->
            StartTrafficResponse.newBuilder()
                .setRun(LabProtos.of(traffic.start(LabProtos.request(request)).join()))
                .build(),
        to);
  }

  @Override
  public void stopTraffic(StopTrafficRequest request, StreamObserver<StopTrafficResponse> to) {
    later(
        traffic.stop(request.getName()),
        runs -> {
          StopTrafficResponse.Builder all = StopTrafficResponse.newBuilder();
          runs.forEach(r -> all.addRuns(LabProtos.of(r)));
          return all.build();
        },
        to);
  }

  @Override
  public void measureTraffic(
      MeasureTrafficRequest request, StreamObserver<MeasureTrafficResponse> to) {
    long overNs = request.getOverNs() == 0 ? USUAL_OVER_NS : request.getOverNs();
    later(traffic.measure(request.getName(), overNs), LabProtos::of, to);
  }

  // ---- answering --------------------------------------------------------------------------------
  private static <T> void now(Supplier<T> work, StreamObserver<T> to) {
    T answer;
    try {
      answer = work.get();
    } catch (RuntimeException e) {
      to.onError(status(e));
      return;
    }
    to.onNext(answer);
    to.onCompleted();
  }

  private static <R, T> void later(
      CompletableFuture<R> result, Function<R, T> answer, StreamObserver<T> to) {
    result.whenComplete(
        (r, e) -> {
          if (e != null) {
            to.onError(status(e));
          } else {
            to.onNext(answer.apply(r));
            to.onCompleted();
          }
        });
  }

  private static RuntimeException status(Throwable thrown) {
    Throwable e = thrown;
    while (e instanceof CompletionException && e.getCause() != null) {
      e = e.getCause();
    }
    if (e instanceof LabRefusal refusal) {
      Status status =
          switch (refusal.kind()) {
            case NOT_FOUND -> Status.NOT_FOUND;
            case INVALID -> Status.INVALID_ARGUMENT;
            case STATE -> Status.FAILED_PRECONDITION;
          };
      return status.withDescription(refusal.getMessage()).asRuntimeException();
    }
    log.error("a call failed", e);
    return Status.INTERNAL.withDescription(e.toString()).asRuntimeException();
  }
}
