package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.rpc.BadRequest;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** BadRequest names a field by its path in the request, as the proto spells it. */
final class FieldPathTest {
  private static final String PARENT = "parent: 'tenants/planning' ";
  private static final String LEASE =
      "source: 'leaf1-host1' destination: 'leaf2-host1' bandwidth_bps: 1000 ";
  private static final String MEMBERS = "members: 'leaf1-host1' members: 'leaf2-host1' ";

  /** A good request of each method that takes more than a name. */
  private static final Map<String, String> GOOD =
      new TreeMap<>(
          Map.of(
              "LeaseService/CreateLease", PARENT + "validate_only: true lease {" + LEASE + "}",
              "LeaseService/UpdateLease",
                  "validate_only: true lease { name: 'tenants/planning/leases/a' }"
                      + " update_mask { paths: ['bandwidth_bps', 'constraints', 'weights',"
                      + " 'objective', 'protection', 'ttl'] }",
              "LeaseService/FindSlots", PARENT + "lease {" + LEASE + "} duration { seconds: 5 }",
              "JobService/CreateJob",
                  PARENT
                      + "validate_only: true job { kind: COLLECTIVE_KIND_RING bandwidth_bps: 10000 "
                      + MEMBERS
                      + "}",
              "JobService/UpdateJob",
                  "validate_only: true job { name: 'tenants/planning/jobs/j' } update_mask { paths:"
                      + " ['bandwidth_bps', 'members', 'rails', 'qps_per_pair', 'constraints',"
                      + " 'weights', 'ttl'] }",
              "PathService/ComputePaths", "query {" + PARENT + LEASE + "}",
              "PathService/ExplainPath", "query {" + PARENT + LEASE + "}",
              "PathService/CheckPath",
                  "query {"
                      + PARENT
                      + LEASE
                      + "} hops { device: 'leaf1' port: 1 } hops { device: 'spine1' port: 2 }"));

  private static ServedApi api;

  @BeforeAll
  static void serve() throws Exception {
    api = new ServedApi(new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT));
    answered("LeaseService/CreateLease", PARENT + "lease_id: 'a' lease {" + LEASE + "}");
    answered(
        "JobService/CreateJob",
        PARENT
            + "job_id: 'j' job { kind: COLLECTIVE_KIND_RING bandwidth_bps: 10000 members:"
            + " 'leaf1-host2' members: 'leaf2-host2' }");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static void answered(String method, String text) throws Exception {
    ServerMethods.Method m = ServerMethods.named(method);
    Message.Builder request = m.request();
    TextFormat.merge(text, request);
    StatusRuntimeException e = m.call(api.channel(), request.build());
    assertEquals(null, e);
  }

  /** Every field of every request, with every value that could be wrong. */
  @Test
  void everyPathIsOneOfTheRequests() throws Exception {
    TreeSet<String> named = new TreeSet<>();
    List<String> wrong = new ArrayList<>();
    for (ServerMethods.Method m : ServerMethods.all()) {
      Message.Builder good = m.request();
      TextFormat.merge(GOOD.getOrDefault(m.name(), ""), good);
      if (m.name().equals("ClusterService/Backup")) {
        continue; // asks for nothing
      }
      for (Message bad : Mangled.versions(good.build())) {
        StatusRuntimeException e = m.call(api.channel(), bad);
        com.google.rpc.Status status = e == null ? null : StatusProto.fromThrowable(e);
        BadRequest fields =
            status == null ? null : ApiErrors.detail(status, BadRequest.class).orElse(null);
        if (fields == null) {
          continue;
        }
        for (BadRequest.FieldViolation v : fields.getFieldViolationsList()) {
          named.add(m.name() + " " + v.getField());
          if (!isPath(bad.getDescriptorForType(), v.getField())) {
            wrong.add(m.name() + ": '" + v.getField() + "': " + v.getDescription());
          }
          if (v.getDescription().matches("(?s)-1(?: |').*") && !hasNegative(bad)) {
            wrong.add(m.name() + " " + v.getField() + ": " + v.getDescription());
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
    for (String field :
        List.of(
            "LeaseService/CreateLease lease.bandwidth_bps",
            "LeaseService/CreateLease lease.constraints.max_latency_ns",
            "LeaseService/CreateLease lease.constraints.max_hops",
            "LeaseService/CreateLease lease.traffic.qp_classes",
            "LeaseService/CreateLease lease.weights.latency",
            "LeaseService/UpdateLease lease.bandwidth_bps",
            "PathService/ComputePaths query.source",
            "PathService/ComputePaths max_paths",
            "PathService/CheckPath hops[0].port",
            "JobService/CreateJob job.qps_per_pair")) {
      assertTrue(named.contains(field), () -> field + " is not among " + named);
    }
  }

  private static boolean hasNegative(Message m) {
    return m.toString().contains(": -");
  }

  private static boolean isPath(Descriptor message, String path) {
    Descriptor at = message;
    for (String part : path.split("\\.", -1)) {
      FieldDescriptor f =
          at == null ? null : at.findFieldByName(part.replaceFirst("\\[\\d+]$", ""));
      if (f == null || (part.endsWith("]") && !f.isRepeated())) {
        return false;
      }
      at = f.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? f.getMessageType() : null;
    }
    return true;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "constraints { max_hops: 0 } | lease.constraints.max_hops: 0 is not allowed; at least 1, or leave it out for no limit",
        "constraints { max_hops: 4294967295 } | lease.constraints.max_hops: 4294967295 is not allowed; allowed: up to 2147483647",
        "weights { latency: 4294967295 } | lease.weights.latency: 4294967295 is not allowed; allowed: up to 2147483647",
        "traffic { qp_classes: 4294967295 } | lease.traffic.qp_classes: 4294967295 is not allowed; allowed: up to 2147483647",
        "traffic { dest_qps: 4294967295 } | lease.traffic.dest_qps: 4294967295 is not allowed; allowed: up to 2147483647",
        "constraints { allowed_regions: '../x' } | lease.constraints.allowed_regions: '../x' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in '-'",
      })
  void numbersAreShownAsTheyWereSent(String field, String message) {
    StatusRuntimeException e =
        ServerMethods.named("LeaseService/CreateLease")
            .refused(api.channel(), PARENT + "lease {" + LEASE + field + "}");
    assertEquals(message, e.getStatus().getDescription());
  }

  @Test
  void whatCannotBeChangedSaysWhy() {
    StatusRuntimeException e =
        ServerMethods.named("LeaseService/UpdateLease")
            .refused(
                api.channel(),
                "lease { name: 'tenants/planning/leases/a' } update_mask { paths: 'traffic' }");
    String said = described(e.getStatus().getDescription());
    assertTrue(said.contains("it says which packets the lease is for"), said);
    e =
        ServerMethods.named("JobService/UpdateJob")
            .refused(
                api.channel(),
                "job { name: 'tenants/planning/jobs/j' } update_mask { paths: 'kind' }");
    said = described(e.getStatus().getDescription());
    assertTrue(said.contains("it would be another job"), said);
    assertFalse(said.contains("null"), said);
  }

  private static String described(@org.jspecify.annotations.Nullable String text) {
    assertNotNull(text);
    return String.valueOf(text);
  }
}
