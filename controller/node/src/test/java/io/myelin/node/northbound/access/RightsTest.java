package io.myelin.node.northbound.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.TenantId;
import io.myelin.v1.AccessServiceGrpc;
import io.myelin.v1.AuditServiceGrpc;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.TelemetryServiceGrpc;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RightsTest {
  private static final List<ServiceDescriptor> SERVED =
      List.of(
          LeaseServiceGrpc.getServiceDescriptor(),
          JobServiceGrpc.getServiceDescriptor(),
          PathServiceGrpc.getServiceDescriptor(),
          FabricServiceGrpc.getServiceDescriptor(),
          TelemetryServiceGrpc.getServiceDescriptor(),
          ClusterServiceGrpc.getServiceDescriptor(),
          AuditServiceGrpc.getServiceDescriptor(),
          AccessServiceGrpc.getServiceDescriptor(),
          HealthGrpc.getServiceDescriptor(),
          ServerReflectionGrpc.getServiceDescriptor());

  /** Every method has a row, no row is without its method, and streams are counted as such. */
  @Test
  void theTableIsComplete() {
    Map<String, Boolean> streams = new TreeMap<>();
    for (ServiceDescriptor s : SERVED) {
      for (MethodDescriptor<?, ?> m : s.getMethods()) {
        streams.put(
            m.getFullMethodName(),
            !m.getType().serverSendsOneMessage()
                && !m.getFullMethodName().endsWith("Backup")); // it ends by itself
      }
    }
    Map<String, Boolean> table = new TreeMap<>();
    Rights.table().forEach((m, r) -> table.put(m, r.effect() == Rights.Effect.STREAM));
    assertEquals(streams, table);
  }

  @Test
  void whatIsNotInItMayBeCalledByNobody() {
    assertNull(Rights.of("myelin.v1.LeaseService/SeizeAll"));
  }

  /** What needs nothing but the state is answered by any member, what is about a member by that. */
  @Test
  void theTableSaysWhereAMethodIsServed() {
    assertEquals(
        List.of(
            "AccessService/ListTenants",
            "JobService/GetJob",
            "JobService/ListJobs",
            "JobService/WatchJobs",
            "LeaseService/FindSlots",
            "LeaseService/GetLease",
            "LeaseService/ListLeases",
            "LeaseService/WatchLeases",
            "PathService/CheckPath",
            "PathService/ComputePaths",
            "PathService/ExplainPath"),
        served(Rights.Served.COPY, "myelin.v1."));
    assertEquals(
        List.of(
            "AccessService/GetCaller",
            "AuditService/GetAuditHead",
            "AuditService/ListAuditEvents",
            "ClusterService/Backup",
            "ClusterService/GetCluster"),
        served(Rights.Served.HERE, "myelin.v1."));
    Rights.table()
        .forEach(
            (m, r) ->
                assertTrue(
                    !r.effect().changes()
                        || r.served() == Rights.Served.LEADER
                        || m.startsWith("myelin.v1.ClusterService/"),
                    m + " changes what only the leader may change"));
  }

  /** What a caller is told that it may do is what it may do. */
  @Test
  void aCallerKnowsWhatItMayCall() {
    TenantId tenant = new TenantId("blue");
    List<String> tenants = Rights.of(new Caller("t", new Grant(Role.TENANT, tenant)));
    assertTrue(tenants.contains("myelin.v1.LeaseService/CreateLease"), tenants.toString());
    assertFalse(tenants.contains("myelin.v1.FabricService/Drain"), "needs another role");
    assertFalse(tenants.contains("myelin.v1.TelemetryService/ListDecisions"), "about the fabric");
    assertTrue(
        Rights.of(new Caller("v", new Grant(Role.VIEWER, null)))
            .contains("myelin.v1.TelemetryService/ListDecisions"));
    assertFalse(Rights.of(Caller.LOCAL).contains("grpc.health.v1.Health/Check"), "not of the API");
  }

  private static List<String> served(Rights.Served where, String by) {
    return Rights.table().entrySet().stream()
        .filter(e -> e.getValue().served() == where && e.getKey().startsWith(by))
        .map(e -> e.getKey().substring(by.length()))
        .toList();
  }
}
