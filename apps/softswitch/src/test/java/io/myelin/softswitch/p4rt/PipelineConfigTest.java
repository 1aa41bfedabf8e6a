package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.myelin.p4.v1.CapabilitiesRequest;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.GetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PipelineConfigTest {
  private static final ForwardingPipelineConfig NONE =
      ForwardingPipelineConfig.getDefaultInstance();
  private static final String ROUTE =
      "table_entry { table_id: $routes match { field_id: 1 lpm { value: '\\xaa\\0\\0\\0\\0\\0'"
          + " prefix_len: 8 } } action { action { action_id: $out_of params { param_id: 1 value:"
          + " '\\002' } } } }";

  private final Fixture f = new Fixture();

  @AfterEach
  void close() {
    f.close();
  }

  private ForwardingPipelineConfig get(GetForwardingPipelineConfigRequest.ResponseType type) {
    return f.rpc
        .getForwardingPipelineConfig(
            GetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(Fixture.DEVICE)
                .setResponseType(type)
                .build())
        .getConfig();
  }

  private Status set(SetForwardingPipelineConfigRequest.Builder r) {
    return Fixture.failure(
        () -> {
          var unused = f.rpc.setForwardingPipelineConfig(r.build());
        });
  }

  private Status set(Action action, ForwardingPipelineConfig config) {
    return Fixture.failure(() -> f.setPipeline(action, config));
  }

  private List<Entity> routes() {
    return f.read("table_entry { table_id: $routes }");
  }

  @Test
  void capabilitiesTellTheVersion() {
    assertEquals(
        "1.5.0",
        f.rpc.capabilities(CapabilitiesRequest.getDefaultInstance()).getP4RuntimeApiVersion());
  }

  @Test
  void beforeThePipelineGetIsEmptyAndReadsAndWritesFail() {
    f.primary(1);
    f.learn(Programs.CONFORMANCE.getP4Info());
    assertEquals(NONE, get(GetForwardingPipelineConfigRequest.ResponseType.ALL));
    assertEquals(
        Status.Code.FAILED_PRECONDITION, Fixture.failure(() -> f.write(f.insert(ROUTE))).getCode());
    assertEquals(Status.Code.FAILED_PRECONDITION, Fixture.failure(() -> routes()).getCode());
  }

  @Test
  void responseTypesSelectFields() {
    f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, Programs.CONFORMANCE);
    assertEquals(Programs.CONFORMANCE, get(GetForwardingPipelineConfigRequest.ResponseType.ALL));
    ForwardingPipelineConfig cookie =
        get(GetForwardingPipelineConfigRequest.ResponseType.COOKIE_ONLY);
    assertEquals(17, cookie.getCookie().getCookie());
    assertFalse(cookie.hasP4Info());
    assertTrue(cookie.getP4DeviceConfig().isEmpty());
    ForwardingPipelineConfig info =
        get(GetForwardingPipelineConfigRequest.ResponseType.P4INFO_AND_COOKIE);
    assertTrue(info.hasP4Info() && info.hasCookie() && info.getP4DeviceConfig().isEmpty());
    ForwardingPipelineConfig device =
        get(GetForwardingPipelineConfigRequest.ResponseType.DEVICE_CONFIG_AND_COOKIE);
    assertTrue(!device.hasP4Info() && device.hasCookie() && !device.getP4DeviceConfig().isEmpty());
  }

  @Test
  void checksDeviceThenRoleThenPrimary() {
    SetForwardingPipelineConfigRequest.Builder r =
        SetForwardingPipelineConfigRequest.newBuilder()
            .setDeviceId(99)
            .setRole("nobody")
            .setAction(Action.VERIFY)
            .setConfig(Programs.CONFORMANCE);
    assertEquals(Status.Code.NOT_FOUND, set(r).getCode());
    r.setDeviceId(Fixture.DEVICE);
    assertEquals(Status.Code.NOT_FOUND, set(r).getCode());
    r.setRole("");
    assertEquals(Status.Code.PERMISSION_DENIED, set(r).getCode());
    f.primary(1);
    r.setElectionId(Controller.id(2));
    assertEquals(Status.Code.PERMISSION_DENIED, set(r).getCode());
    r.setElectionId(Controller.id(1));
    var unused = f.rpc.setForwardingPipelineConfig(r.build());
  }

  @Test
  void unspecifiedActionIsRefused() {
    f.primary(1);
    assertEquals(
        Status.Code.INVALID_ARGUMENT, set(Action.UNSPECIFIED, Programs.CONFORMANCE).getCode());
  }

  @Test
  void configsThatCannotBeRealizedAreRefused() {
    f.primary(1);
    for (Action a :
        List.of(
            Action.VERIFY,
            Action.VERIFY_AND_SAVE,
            Action.VERIFY_AND_COMMIT,
            Action.RECONCILE_AND_COMMIT)) {
      assertEquals(Status.Code.INVALID_ARGUMENT, set(a, NONE).getCode(), a.toString());
      ForwardingPipelineConfig.Builder c = Programs.CONFORMANCE.toBuilder();
      assertEquals(Status.Code.INVALID_ARGUMENT, set(a, c.clone().clearP4Info().build()).getCode());
      assertEquals(
          Status.Code.INVALID_ARGUMENT,
          set(a, c.setP4DeviceConfig(ByteString.copyFromUtf8("{")).build()).getCode());
    }
    ForwardingPipelineConfig.Builder other = Programs.CONFORMANCE.toBuilder();
    other.getP4InfoBuilder().getTablesBuilder(0).getPreambleBuilder().setName("C.absent");
    Status s = set(Action.VERIFY, other.build());
    assertEquals(Status.Code.INVALID_ARGUMENT, s.getCode());
    assertTrue(
        String.valueOf(s.getDescription()).contains("the P4Info has table 'C.absent'"),
        s::toString);
    ForwardingPipelineConfig.Builder twice = Programs.CONFORMANCE.toBuilder();
    int id = twice.getP4Info().getTables(1).getPreamble().getId();
    twice.getP4InfoBuilder().getTablesBuilder(0).getPreambleBuilder().setId(id);
    assertEquals(Status.Code.INVALID_ARGUMENT, set(Action.VERIFY, twice.build()).getCode());
    assertEquals(NONE, get(GetForwardingPipelineConfigRequest.ResponseType.ALL));
  }

  @Test
  void verifyChangesNothing() {
    f.primary(1);
    f.setPipeline(Action.VERIFY, Programs.CONFORMANCE);
    assertEquals(NONE, get(GetForwardingPipelineConfigRequest.ResponseType.ALL));
  }

  @Test
  void commitClearsState() {
    f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, Programs.CONFORMANCE);
    f.write(f.insert(ROUTE));
    assertEquals(1, routes().size());
    f.setPipeline(Action.VERIFY_AND_COMMIT, Programs.CONFORMANCE);
    assertEquals(0, routes().size());
  }

  @Test
  void savedConfigIsWrittenToAndReplayedAtCommit() {
    f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, Programs.MYELIN);
    f.setPipeline(Action.VERIFY_AND_SAVE, Programs.CONFORMANCE);
    f.write(f.insert(ROUTE));
    f.write(
        f.modify(
            "counter_entry { counter_id: $port_counter index { index: 3 } data {"
                + " packet_count: 4 byte_count: 5 } }"));
    assertEquals(
        18, get(GetForwardingPipelineConfigRequest.ResponseType.ALL).getCookie().getCookie());
    f.setPipeline(Action.COMMIT, NONE);
    assertEquals(
        17, get(GetForwardingPipelineConfigRequest.ResponseType.ALL).getCookie().getCookie());
    assertEquals(List.of(f.entity(ROUTE)), routes());
    f.receive(1, ByteString.fromHex("aa0000000001" + "000000000002" + "0800"));
    assertEquals(1, f.sent.getOrDefault(2, List.of()).size(), "the replayed route forwards");
    assertEquals(4, f.sw.counter("C.port_counter", 3).packets());
    assertEquals(2, f.read("table_entry { table_id: $fixed }").size(), "const entries are there");
  }

  @Test
  void commitNeedsASavedConfigAndTakesNone() {
    f.primary(1);
    assertEquals(Status.Code.NOT_FOUND, set(Action.COMMIT, NONE).getCode());
    f.setPipeline(Action.VERIFY_AND_SAVE, Programs.CONFORMANCE);
    assertEquals(Status.Code.INVALID_ARGUMENT, set(Action.COMMIT, Programs.CONFORMANCE).getCode());
    f.setPipeline(Action.COMMIT, NONE);
    assertEquals(Status.Code.NOT_FOUND, set(Action.COMMIT, NONE).getCode());
  }

  @Test
  void reconcileKeepsStateThatFits() {
    f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, Programs.CONFORMANCE);
    f.write(f.insert(ROUTE));
    f.setPipeline(
        Action.RECONCILE_AND_COMMIT,
        Programs.CONFORMANCE.toBuilder()
            .setCookie(ForwardingPipelineConfig.Cookie.newBuilder().setCookie(99))
            .build());
    assertEquals(
        99, get(GetForwardingPipelineConfigRequest.ResponseType.ALL).getCookie().getCookie());
    assertEquals(1, routes().size());

    ForwardingPipelineConfig.Builder larger = Programs.CONFORMANCE.toBuilder();
    larger.getP4InfoBuilder().getPkgInfoBuilder().setVersion("2");
    f.setPipeline(Action.RECONCILE_AND_COMMIT, larger.build());
    assertEquals(List.of(f.entity(ROUTE)), routes());
    f.receive(1, ByteString.fromHex("aa0000000001" + "000000000002" + "0800"));
    assertEquals(1, f.sent.getOrDefault(2, List.of()).size());
  }

  @Test
  void reconcileRefusesWhatStateDoesNotFit() {
    f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, Programs.CONFORMANCE);
    f.write(f.insert(ROUTE));
    Status s = set(Action.RECONCILE_AND_COMMIT, Programs.MYELIN);
    assertEquals(Status.Code.INVALID_ARGUMENT, s.getCode());
    f.learn(Programs.CONFORMANCE.getP4Info());
    assertEquals(List.of(f.entity(ROUTE)), routes());
  }
}
