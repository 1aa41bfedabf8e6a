package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.model.DeviceId;
import io.myelin.core.port.DeviceStatus;
import io.myelin.lab.service.LabServer;
import io.myelin.lab.v1.CutCableRequest;
import io.myelin.lab.v1.GetLabRequest;
import io.myelin.lab.v1.KillSwitchRequest;
import io.myelin.lab.v1.LabServiceGrpc;
import io.myelin.lab.v1.LabServiceGrpc.LabServiceBlockingStub;
import io.myelin.lab.v1.LabSwitch;
import io.myelin.lab.v1.MeasureTrafficRequest;
import io.myelin.lab.v1.MeasureTrafficResponse;
import io.myelin.lab.v1.MendCableRequest;
import io.myelin.lab.v1.RestartSwitchRequest;
import io.myelin.lab.v1.SetDelayRequest;
import io.myelin.lab.v1.SetLossRequest;
import io.myelin.lab.v1.StartTrafficRequest;
import io.myelin.lab.v1.StopTrafficRequest;
import io.myelin.lab.v1.TrafficPattern;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A lab with its node, and a client of its own service: as two processes, but in one. */
final class LabServiceTest {
  private static RunningLab running;
  private static LabServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws IOException {
    running = new RunningLab(new FabricSpec(2, 1, 1, 40_000_000, 20_000, 200_000, 4096));
    server = new LabServer(running.lab.fabric(), 0);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  @AfterAll
  static void close() {
    channel.shutdownNow();
    server.close();
    running.close();
  }

  @AfterEach
  void stop() {
    lab().stopTraffic(StopTrafficRequest.getDefaultInstance());
  }

  private static LabServiceBlockingStub lab() {
    return LabServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  private static void refused(Status.Code code, String message, Runnable call) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call::run);
    assertEquals(code, e.getStatus().getCode(), e::getMessage);
    assertTrue(String.valueOf(e.getStatus().getDescription()).contains(message), e::getMessage);
  }

  private static StartTrafficRequest ring() {
    return StartTrafficRequest.newBuilder()
        .setPattern(TrafficPattern.TRAFFIC_PATTERN_RING)
        .setName("r")
        .build();
  }

  /** Measures until it is so. By the fabric's clock, which waits where the machine does. */
  private static void awaitRates(String what, Predicate<MeasureTrafficResponse> is) {
    MeasureTrafficResponse m = MeasureTrafficResponse.getDefaultInstance();
    for (int i = 0; i < 200; i++) {
      m = lab().measureTraffic(MeasureTrafficRequest.newBuilder().setOverNs(100_000_000).build());
      assertEquals(2, m.getFlowsCount());
      if (is.test(m)) {
        return;
      }
    }
    throw new AssertionError(what + ": " + m);
  }

  // The cable of a host: one between switches that fails three times in a row is kept out for 16 s.
  @Test
  void trafficStopsAtACutAndReturns() {
    assertEquals(2, lab().startTraffic(ring()).getRun().getFlows());
    awaitRates("it flows", m -> m.getSlowest().getGoodputBps() > 10_000_000);
    assertTrue(
        lab()
            .cutCable(CutCableRequest.newBuilder().setCable("gpu-1-1 leaf1").build())
            .getCable()
            .getCut());
    awaitRates("it stops", m -> m.getTotalBps() == 0);
    assertFalse(
        lab()
            .mendCable(MendCableRequest.newBuilder().setCable("leaf1/2").build())
            .getCable()
            .getCut());
    awaitRates("it returns", m -> m.getSlowest().getGoodputBps() > 10_000_000);
    assertEquals(
        "r", lab().stopTraffic(StopTrafficRequest.getDefaultInstance()).getRuns(0).getName());
  }

  @Test
  void aDeadSwitchIsProgrammedAgainWhenItIsBack() {
    String address = spine().getAddress();
    assertTrue(
        lab()
            .killSwitch(KillSwitchRequest.newBuilder().setSwitch("spine1").build())
            .getSwitch()
            .getDead());
    assertTrue(spine().getDead());
    refused(
        Status.Code.FAILED_PRECONDITION,
        "spine1 is dead already",
        () -> lab().killSwitch(KillSwitchRequest.newBuilder().setSwitch("spine1").build()));
    RunningLab.await(
        () -> phase() != DeviceStatus.Phase.READY && !portOfLeaf(), "the node and the leaf see it");
    LabSwitch back =
        lab()
            .restartSwitch(RestartSwitchRequest.newBuilder().setSwitch("spine1").build())
            .getSwitch();
    assertEquals(address, back.getAddress(), "where it was");
    assertFalse(back.getDead());
    RunningLab.await(() -> phase() == DeviceStatus.Phase.READY && portOfLeaf(), "it is back");
    RunningLab.await(running.lab.node()::converged);
    lab().startTraffic(ring());
    awaitRates("it carries traffic", m -> m.getSlowest().getGoodputBps() > 10_000_000);
    // With power on it is a power cycle.
    lab().restartSwitch(RestartSwitchRequest.newBuilder().setSwitch("spine1").build());
    awaitRates("and again", m -> m.getSlowest().getGoodputBps() > 10_000_000);
  }

  private static LabSwitch spine() {
    return lab().getLab(GetLabRequest.getDefaultInstance()).getSwitchesList().stream()
        .filter(s -> s.getName().equals("spine1"))
        .findFirst()
        .orElseThrow();
  }

  private static DeviceStatus.Phase phase() {
    return running.lab.node().status().of(new DeviceId("spine1")).phase();
  }

  private static boolean portOfLeaf() {
    LabFabric fabric = running.lab.fabric();
    return fabric.call(() -> fabric.at(new DeviceId("leaf1")).isPortUp(1)).join();
  }

  @Test
  void theLabIsShownAsItIs() {
    lab().setLoss(SetLossRequest.newBuilder().setCable("gpu-1-1").setLoss(0.125).build());
    lab()
        .setDelay(
            SetDelayRequest.newBuilder()
                .setCable("gpu-1-1")
                .setLatencyNs(70_000)
                .setJitterNs(1_000)
                .build());
    var shown = lab().getLab(GetLabRequest.getDefaultInstance());
    assertEquals("lab", shown.getFabric());
    assertEquals(3, shown.getSwitchesCount());
    assertEquals(4, shown.getCablesCount());
    var cable = shown.getCables(2);
    assertEquals("gpu-1-1-leaf1/2", cable.getName());
    assertEquals(0.125, cable.getLoss());
    assertEquals(70_000, cable.getLatencyNs());
    assertEquals(1_000, cable.getJitterNs());
    lab().setLoss(SetLossRequest.newBuilder().setCable("gpu-1-1").build());
    lab().setDelay(SetDelayRequest.newBuilder().setCable("gpu-1-1").setLatencyNs(20_000).build());
  }

  @Test
  void refusalsHaveCodes() {
    refused(
        Status.Code.NOT_FOUND,
        "no cable 'leaf1 spine7'; nearest: leaf1/1-spine1/1,",
        () -> lab().cutCable(CutCableRequest.newBuilder().setCable("leaf1 spine7").build()));
    refused(
        Status.Code.FAILED_PRECONDITION,
        "leaf1/1-spine1/1 is whole already",
        () -> lab().mendCable(MendCableRequest.newBuilder().setCable("leaf1 spine1").build()));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "loss: 2.0 is not allowed; allowed: 0 to 1",
        () -> lab().setLoss(SetLossRequest.newBuilder().setCable("leaf1/1").setLoss(2).build()));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "jitter: 5 ns is not allowed",
        () ->
            lab()
                .setDelay(SetDelayRequest.newBuilder().setCable("leaf1/1").setJitterNs(5).build()));
    refused(
        Status.Code.NOT_FOUND,
        "no switch 'leaf3'; nearest: leaf1, leaf2, spine1",
        () -> lab().restartSwitch(RestartSwitchRequest.newBuilder().setSwitch("leaf3").build()));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "pattern: none is given; allowed: permutation, ring, all-to-all, pairs",
        () -> lab().startTraffic(StartTrafficRequest.getDefaultInstance()));
    refused(
        Status.Code.NOT_FOUND,
        "no traffic 'x'; nearest: none",
        () -> lab().stopTraffic(StopTrafficRequest.newBuilder().setName("x").build()));
    refused(
        Status.Code.NOT_FOUND,
        "no traffic 'x'; nearest: none",
        () -> lab().measureTraffic(MeasureTrafficRequest.newBuilder().setName("x").build()));
  }

  @Test
  void aPortIsServedOnce() {
    assertThrows(
        IOException.class, () -> new LabServer(running.lab.fabric(), server.port()).close());
  }
}
