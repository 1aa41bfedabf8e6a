package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A dry run is the real run up to the commit. */
final class DryRunTest {
  private static final String PARENT = "parent: 'tenants/planning' ";
  private static final long QUOTA_BPS = 700_000_000_000L;
  private static final String RING =
      "kind: COLLECTIVE_KIND_RING members: 'leaf1-host2' members: 'leaf2-host2' ";

  private static ServedApi api;

  /** Leaves with two uplinks of 400 Gb/s each; a tenant that may have 700 Gb/s in all. */
  private static ServedApi served() throws Exception {
    Inventory fabric = new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT);
    List<Tenant> tenants = new ArrayList<>();
    fabric
        .tenants()
        .forEach(
            (id, t) ->
                tenants.add(
                    new Tenant(
                        id,
                        t.mayReach(),
                        new Quota(
                            Quota.UNLIMITED,
                            QUOTA_BPS,
                            Quota.UNLIMITED,
                            Quota.UNLIMITED,
                            Quota.DEFAULT_PERIOD_MS,
                            0))));
    return new ServedApi(
        new Inventory(
            fabric.name(),
            fabric.reservableShare(),
            values(fabric.devices()),
            values(fabric.links()),
            values(fabric.endpoints()),
            tenants));
  }

  private static <V> List<V> values(Iterable<? extends Map.Entry<?, V>> map) {
    List<V> all = new ArrayList<>();
    map.forEach(e -> all.add(e.getValue()));
    return all;
  }

  @BeforeAll
  static void serve() throws Exception {
    api = served();
    done("LeaseService/CreateLease", PARENT + "lease_id: 'a' request_id: 'r1' " + lease(1_000));
    done("LeaseService/CreateLease", PARENT + "lease_id: 'gone' " + between("leaf3", 1_000));
    done("LeaseService/ReleaseLease", "name: 'tenants/planning/leases/gone'");
    done("JobService/CreateJob", PARENT + "job_id: 'j' request_id: 'r2' job {" + RING + rate(1));
    done("JobService/CreateJob", PARENT + "job_id: 'over' job {" + other() + rate(1));
    done("JobService/ReleaseJob", "name: 'tenants/planning/jobs/over'");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static String rate(long gbps) {
    return "bandwidth_bps: " + gbps * 1_000_000_000L + "}";
  }

  private static String lease(long bps) {
    return between("leaf2", bps);
  }

  private static String between(String leaf, long bps) {
    return "lease { source: 'leaf1-host1' destination: '"
        + leaf
        + "-host1' bandwidth_bps: "
        + bps
        + "}";
  }

  private static String other() {
    return "kind: COLLECTIVE_KIND_RING members: 'leaf1-host3' members: 'leaf3-host3' ";
  }

  private static void done(String method, String text) throws Exception {
    assertNull(called(api, method, text), method);
  }

  private static @Nullable StatusRuntimeException called(ServedApi on, String method, String text)
      throws Exception {
    ServerMethods.Method m = ServerMethods.named(method);
    Message.Builder request = m.request();
    TextFormat.merge(text, request);
    return m.call(on.channel(), request.build());
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "CreateLease | LEASE_EXISTS | lease_id: 'a' lease { source: 'leaf3-host1' destination:"
            + " 'leaf2-host1' bandwidth_bps: 1000 }",
        "CreateLease | TRAFFIC_TAKEN | lease { source: 'leaf1-host1' destination: 'leaf2-host1'"
            + " bandwidth_bps: 1000 }",
        "CreateLease | NO_CAPACITY | lease { source: 'leaf1-host1' destination: 'leaf3-host1'"
            + " bandwidth_bps: 500000000000 }",
        "CreateLease | UNKNOWN_RESOURCE | lease { source: 'nobody' destination: 'leaf3-host1'"
            + " bandwidth_bps: 1000 }",
        "CreateLease | CONSTRAINTS_UNMET | lease { source: 'leaf1-host1' destination:"
            + " 'leaf3-host1' bandwidth_bps: 1000 constraints { allowed_regions: 'moon' } }",
        "CreateLease | REQUEST_ID_REUSED | request_id: 'r1' lease { source: 'leaf1-host1'"
            + " destination: 'leaf3-host1' bandwidth_bps: 1000 }",
        "UpdateLease | LEASE_NOT_FOUND | lease { name: 'tenants/planning/leases/no'"
            + " bandwidth_bps: 1 } update_mask { paths: 'bandwidth_bps' }",
        "UpdateLease | LEASE_ENDED | lease { name: 'tenants/planning/leases/gone'"
            + " bandwidth_bps: 1 } update_mask { paths: 'bandwidth_bps' }",
        "UpdateLease | LEASE_OF_JOB | lease { name: 'tenants/planning/leases/j-1'"
            + " bandwidth_bps: 1000 } update_mask { paths: 'bandwidth_bps' }",
        "UpdateLease | ETAG_MISMATCH | lease { name: 'tenants/planning/leases/a' etag: '99'"
            + " bandwidth_bps: 1000 } update_mask { paths: 'bandwidth_bps' }",
        "UpdateLease | NO_CAPACITY | lease { name: 'tenants/planning/leases/a'"
            + " bandwidth_bps: 500000000000 } update_mask { paths: 'bandwidth_bps' }",
        "UpdateLease | REQUEST_ID_REUSED | request_id: 'r1' lease { name:"
            + " 'tenants/planning/leases/a' bandwidth_bps: 10 } update_mask { paths:"
            + " 'bandwidth_bps' }",
        "CreateJob | JOB_EXISTS | job_id: 'j' job { kind: COLLECTIVE_KIND_RING members:"
            + " 'leaf1-host3' members: 'leaf2-host3' bandwidth_bps: 1000000 }",
        "CreateJob | TRAFFIC_TAKEN | job { kind: COLLECTIVE_KIND_RING members: 'leaf1-host1'"
            + " members: 'leaf2-host1' bandwidth_bps: 1000000 }",
        "CreateJob | NO_CAPACITY | job { kind: COLLECTIVE_KIND_RING members: 'leaf1-host3'"
            + " members: 'leaf2-host3' bandwidth_bps: 500000000000 }",
        "CreateJob | QUOTA_EXCEEDED | job { kind: COLLECTIVE_KIND_RING members: 'leaf1-host3'"
            + " members: 'leaf2-host3' bandwidth_bps: 350000000000 }",
        "CreateJob | REQUEST_ID_REUSED | request_id: 'r2' job { kind: COLLECTIVE_KIND_RING"
            + " members: 'leaf1-host3' members: 'leaf2-host3' bandwidth_bps: 1000000 }",
        "UpdateJob | JOB_NOT_FOUND | job { name: 'tenants/planning/jobs/no' bandwidth_bps: 1000 }"
            + " update_mask { paths: 'bandwidth_bps' }",
        "UpdateJob | JOB_ENDED | job { name: 'tenants/planning/jobs/over' bandwidth_bps: 1000 }"
            + " update_mask { paths: 'bandwidth_bps' }",
        "UpdateJob | ETAG_MISMATCH | job { name: 'tenants/planning/jobs/j' etag: '99'"
            + " bandwidth_bps: 1000000 } update_mask { paths: 'bandwidth_bps' }",
        "UpdateJob | QUOTA_EXCEEDED | job { name: 'tenants/planning/jobs/j' bandwidth_bps:"
            + " 355000000000 } update_mask { paths: 'bandwidth_bps' }",
        "UpdateJob | REQUEST_ID_REUSED | request_id: 'r2' job { name: 'tenants/planning/jobs/j'"
            + " bandwidth_bps: 1000000 } update_mask { paths: 'bandwidth_bps' }",
      })
  void refusesWhatTheRealRunRefuses(String method, String reason, String text) throws Exception {
    String request = (method.startsWith("Create") ? PARENT : "") + text;
    String name = (method.endsWith("Lease") ? "LeaseService/" : "JobService/") + method;
    FabricState before = api.log.state();
    Status dry = refused(called(api, name, "validate_only: true " + request));
    assertSame(before, api.log.state(), "a dry run changes nothing");
    Status real = refused(called(api, name, request));
    assertEquals(reason, ApiErrors.detail(real, ErrorInfo.class).orElseThrow().getReason());
    assertEquals(real, dry);
  }

  private static Status refused(@Nullable StatusRuntimeException e) {
    assertNotNull(e, "it is refused");
    Status status = StatusProto.fromThrowable(e);
    assertNotNull(status);
    return status;
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "CreateLease | parent: 'tenants/planning' lease_id: 'b' lease { source: 'leaf3-host1'"
            + " destination: 'leaf2-host1' bandwidth_bps: 1000 }",
        "UpdateLease | lease { name: 'tenants/planning/leases/a' bandwidth_bps: 5000 }"
            + " update_mask { paths: 'bandwidth_bps' }",
        "CreateJob | parent: 'tenants/planning' job_id: 'k' job { kind: COLLECTIVE_KIND_RING"
            + " members: 'leaf1-host3' members: 'leaf2-host3' bandwidth_bps: 1000000 }",
        "UpdateJob | job { name: 'tenants/planning/jobs/j' bandwidth_bps: 2000000 }"
            + " update_mask { paths: 'bandwidth_bps' }",
      })
  void changesNothing(String method, String text) throws Exception {
    FabricState before = api.log.state();
    String name = (method.endsWith("Lease") ? "LeaseService/" : "JobService/") + method;
    assertNull(called(api, name, "validate_only: true request_id: 'new' " + text));
    assertSame(before, api.log.state());
  }

  @Test
  void answersWithWhatWasDoneUnderTheSameRequestId() throws Exception {
    CreateLeaseRequest.Builder again = CreateLeaseRequest.newBuilder();
    TextFormat.merge(PARENT + "lease_id: 'a' request_id: 'r1' " + lease(1_000), again);
    Lease lease =
        LeaseServiceGrpc.newBlockingStub(api.channel())
            .createLease(again.setValidateOnly(true).build())
            .getLease();
    assertEquals("tenants/planning/leases/a", lease.getName());
    assertEquals(io.myelin.v1.LeaseState.LEASE_STATE_ACTIVE, lease.getState());
  }

  /** Two leases of different leaves on different spines leave no room for a third, unless moved. */
  private static ServedApi crowded() throws Exception {
    ServedApi on = served();
    String both = " bandwidth_bps: 200000000000 constraints { avoid { devices: '";
    for (int i = 1; i <= 2; i++) {
      assertNull(
          called(
              on,
              "LeaseService/CreateLease",
              PARENT
                  + "lease_id: 'l"
                  + i
                  + "' lease { source: 'leaf1-host"
                  + i
                  + "' destination: 'leaf"
                  + (i + 1)
                  + "-host1' "
                  + both
                  + "spine"
                  + i
                  + "' } } }"));
      assertNull(
          called(
              on,
              "LeaseService/UpdateLease",
              "lease { name: 'tenants/planning/leases/l"
                  + i
                  + "' } update_mask { paths: 'constraints' }"));
    }
    return on;
  }

  private static String third(long bps) {
    return PARENT
        + "lease_id: 'third' lease { source: 'leaf1-host3' destination: 'leaf2-host3'"
        + " bandwidth_bps: "
        + bps
        + " }";
  }

  private static List<io.myelin.core.path.Path> paths(ServedApi on) {
    List<io.myelin.core.path.Path> paths = new ArrayList<>();
    for (String id : List.of("l1", "l2")) {
      LeaseName name = LeaseName.parse("name", "tenants/planning/leases/" + id);
      paths.add(Objects.requireNonNull(on.log.state().leases().get(name)).path());
    }
    return paths;
  }

  @Test
  void makesRoomByMovingOthersAsTheRealRunDoes() throws Exception {
    try (ServedApi on = crowded()) {
      FabricState before = on.log.state();
      String request = third(250_000_000_000L);
      assertNull(called(on, "LeaseService/CreateLease", "validate_only: true " + request));
      assertSame(before, on.log.state());
      List<io.myelin.core.path.Path> there = paths(on);
      assertNull(called(on, "LeaseService/CreateLease", request));
      assertTrue(!there.equals(paths(on)), "one of them had to move");
    }
  }

  @Test
  void movesNobodyForARequestThatAQuotaRefuses() throws Exception {
    try (ServedApi on = crowded()) {
      FabricState before = on.log.state();
      String request = third(QUOTA_BPS - 399_000_000_000L);
      for (String how : List.of("validate_only: true ", "")) {
        StatusRuntimeException e = called(on, "LeaseService/CreateLease", how + request);
        assertEquals(
            "QUOTA_EXCEEDED",
            ApiErrors.detail(refused(e), ErrorInfo.class).orElseThrow().getReason());
        assertSame(before, on.log.state(), "nobody was moved");
      }
    }
  }
}
