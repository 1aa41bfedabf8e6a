package io.myelin.node.northbound.access;

import static io.myelin.core.access.Role.ADMIN;
import static io.myelin.core.access.Role.MEMBER;
import static io.myelin.core.access.Role.OPERATOR;
import static io.myelin.core.access.Role.TENANT;
import static io.myelin.core.access.Role.VIEWER;

import io.myelin.core.access.Caller;
import io.myelin.core.access.Role;
import io.myelin.v1.CheckPathRequest;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.ExtendLeaseRequest;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.ForceReleaseLeaseRequest;
import io.myelin.v1.GetJobRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.ListAuditEventsRequest;
import io.myelin.v1.ListJobsRequest;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ProbeLeaseRequest;
import io.myelin.v1.ReleaseJobRequest;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.UpdateJobRequest;
import io.myelin.v1.UpdateLeaseRequest;
import io.myelin.v1.WatchJobsRequest;
import io.myelin.v1.WatchLeasesRequest;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who may call what, and which member answers: the one table. A method that is not in it may be
 * called by nobody ({@code RightsTest} compares it with the services).
 */
public final class Rights {

  /** What a method is about. */
  enum Reach {
    /** A tenant's resources, which the request names. */
    TENANTS,
    /** The whole fabric: whoever is confined to a tenant may not. */
    FABRIC,
    /** What every caller may see a part of: the service leaves out the rest. */
    FILTERED
  }

  /** What a call does, for limits and the audit log. */
  public enum Effect {
    READ,
    CHANGE,
    /** A change that frees what others wait for. */
    RELEASE,
    /** Answers until it is cancelled. */
    STREAM;

    /** Whether something is otherwise afterwards. */
    public boolean changes() {
      return this == CHANGE || this == RELEASE;
    }
  }

  /** Which member of a cluster answers. */
  public enum Served {
    /** Only who leads; others pass the call on. */
    LEADER,
    /** Any, from its copy of the state, with how old that may be. */
    COPY,
    /** Whoever is asked: it is about that member. */
    HERE
  }

  /**
   * A row.
   *
   * @param named the resource that a request names, for {@link Reach#TENANTS}
   */
  public record Right(
      Effect effect,
      Reach reach,
      Served served,
      Set<Role> roles,
      @Nullable Function<Object, String> named) {
    /** The resource that a request is about; empty: none. */
    public String resource(Object request) {
      return named == null ? "" : named.apply(request);
    }
  }

  private static final Set<Role> CHANGERS = EnumSet.of(ADMIN, TENANT);
  private static final Set<Role> KEEPERS = EnumSet.of(ADMIN, OPERATOR);
  private static final Set<Role> READERS = EnumSet.of(ADMIN, OPERATOR, TENANT, VIEWER);
  private static final Set<Role> ALL = EnumSet.allOf(Role.class);

  private static final String PACKAGE = "myelin.v1.";
  private static final Map<String, Right> TABLE = new TreeMap<>();

  static {
    lease("CreateLease", Effect.CHANGE, CreateLeaseRequest.class, CreateLeaseRequest::getParent);
    lease("GetLease", Effect.READ, GetLeaseRequest.class, GetLeaseRequest::getName);
    lease("ListLeases", Effect.READ, ListLeasesRequest.class, ListLeasesRequest::getParent);
    lease("FindSlots", Effect.READ, FindSlotsRequest.class, FindSlotsRequest::getParent);
    lease("UpdateLease", Effect.CHANGE, UpdateLeaseRequest.class, m -> m.getLease().getName());
    lease("ExtendLease", Effect.CHANGE, ExtendLeaseRequest.class, ExtendLeaseRequest::getName);
    lease("ReleaseLease", Effect.RELEASE, ReleaseLeaseRequest.class, ReleaseLeaseRequest::getName);
    put(
        "LeaseService/ForceReleaseLease",
        Effect.RELEASE,
        Reach.TENANTS,
        KEEPERS,
        named(ForceReleaseLeaseRequest.class, ForceReleaseLeaseRequest::getName));
    lease("WatchLeases", Effect.STREAM, WatchLeasesRequest.class, WatchLeasesRequest::getParent);

    job("CreateJob", Effect.CHANGE, CreateJobRequest.class, CreateJobRequest::getParent);
    job("GetJob", Effect.READ, GetJobRequest.class, GetJobRequest::getName);
    job("ListJobs", Effect.READ, ListJobsRequest.class, ListJobsRequest::getParent);
    job("UpdateJob", Effect.CHANGE, UpdateJobRequest.class, m -> m.getJob().getName());
    job("ReleaseJob", Effect.RELEASE, ReleaseJobRequest.class, ReleaseJobRequest::getName);
    job("WatchJobs", Effect.STREAM, WatchJobsRequest.class, WatchJobsRequest::getParent);

    path("ComputePaths", ComputePathsRequest.class, m -> m.getQuery().getParent());
    path("ExplainPath", ExplainPathRequest.class, m -> m.getQuery().getParent());
    path("CheckPath", CheckPathRequest.class, m -> m.getQuery().getParent());

    put("FabricService/GetFabric", Effect.READ, Reach.FILTERED, READERS, null);
    put("FabricService/WatchFabric", Effect.STREAM, Reach.FILTERED, READERS, null);
    put("FabricService/Drain", Effect.CHANGE, Reach.FABRIC, KEEPERS, null);
    put("FabricService/Undrain", Effect.CHANGE, Reach.FABRIC, KEEPERS, null);

    put("FabricService/GetInventory", Effect.READ, Reach.FABRIC, KEEPERS, null);
    put("FabricService/ApplyInventory", Effect.CHANGE, Reach.FABRIC, KEEPERS, null);

    put("TelemetryService/WatchCongestion", Effect.STREAM, Reach.FABRIC, READERS, null);
    put("TelemetryService/ListDecisions", Effect.READ, Reach.FABRIC, READERS, null);
    put(
        "TelemetryService/ProbeLease",
        Effect.READ,
        Reach.TENANTS,
        EnumSet.of(ADMIN, OPERATOR, TENANT),
        named(ProbeLeaseRequest.class, ProbeLeaseRequest::getName));

    member("GetCluster", Effect.READ, EnumSet.of(ADMIN, OPERATOR, VIEWER, MEMBER));
    member("Backup", Effect.CHANGE, EnumSet.of(ADMIN));

    TABLE.put(
        PACKAGE + "AuditService/ListAuditEvents",
        new Right(
            Effect.READ,
            Reach.TENANTS,
            Served.HERE,
            EnumSet.of(ADMIN, OPERATOR, TENANT),
            named(ListAuditEventsRequest.class, ListAuditEventsRequest::getParent)));
    TABLE.put(
        PACKAGE + "AuditService/GetAuditHead",
        new Right(Effect.READ, Reach.FABRIC, Served.HERE, KEEPERS, null));

    TABLE.put(PACKAGE + "AccessService/GetCaller", open(Effect.READ));
    TABLE.put(
        PACKAGE + "AccessService/ListTenants",
        new Right(Effect.READ, Reach.FILTERED, Served.COPY, READERS, null));

    TABLE.put("grpc.health.v1.Health/Check", open(Effect.READ));
    TABLE.put("grpc.health.v1.Health/Watch", open(Effect.STREAM));
    TABLE.put("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", open(Effect.STREAM));
  }

  private Rights() {}

  private static Right open(Effect effect) {
    return new Right(effect, Reach.FILTERED, Served.HERE, ALL, null);
  }

  private static void member(String method, Effect effect, Set<Role> roles) {
    TABLE.put(
        PACKAGE + "ClusterService/" + method,
        new Right(effect, Reach.FABRIC, Served.HERE, roles, null));
  }

  private static <Q> void lease(
      String method, Effect effect, Class<Q> type, Function<Q, String> name) {
    tenants("LeaseService/" + method, effect, named(type, name));
  }

  private static <Q> void job(
      String method, Effect effect, Class<Q> type, Function<Q, String> name) {
    tenants("JobService/" + method, effect, named(type, name));
  }

  private static <Q> void path(String method, Class<Q> type, Function<Q, String> name) {
    tenants("PathService/" + method, Effect.READ, named(type, name));
  }

  private static void tenants(String method, Effect effect, Function<Object, String> named) {
    TABLE.put(
        PACKAGE + method,
        effect.changes()
            ? new Right(effect, Reach.TENANTS, Served.LEADER, CHANGERS, named)
            : new Right(effect, Reach.TENANTS, Served.COPY, READERS, named));
  }

  private static <Q> Function<Object, String> named(Class<Q> type, Function<Q, String> name) {
    return m -> name.apply(type.cast(m));
  }

  private static void put(
      String method,
      Effect effect,
      Reach reach,
      Set<Role> roles,
      @Nullable Function<Object, String> named) {
    TABLE.put(PACKAGE + method, new Right(effect, reach, Served.LEADER, roles, named));
  }

  /** The row of a method, by its full name; null: nobody may call it. */
  public static @Nullable Right of(String method) {
    return TABLE.get(method);
  }

  /** Full names of the methods that a caller may call, in order. */
  public static List<String> of(Caller caller) {
    return TABLE.entrySet().stream()
        .filter(e -> e.getKey().startsWith(PACKAGE))
        .filter(e -> e.getValue().roles().contains(caller.role()))
        .filter(e -> e.getValue().reach() != Reach.FABRIC || caller.tenant() == null)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** All rows, by method. */
  static Map<String, Right> table() {
    return Collections.unmodifiableMap(TABLE);
  }
}
