package io.myelin.node.northbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.access.Caller;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.QuotaUsage;
import io.myelin.node.northbound.access.Callers;
import io.myelin.node.northbound.access.Rights;
import io.myelin.v1.AccessServiceGrpc;
import io.myelin.v1.GetCallerRequest;
import io.myelin.v1.GetCallerResponse;
import io.myelin.v1.ListTenantsRequest;
import io.myelin.v1.ListTenantsResponse;
import java.util.function.LongConsumer;

/** {@code AccessService}: who calls, and tenants with what they have of their quotas. */
final class AccessApi extends AccessServiceGrpc.AccessServiceImplBase {
  private final StateLog stateLog;

  AccessApi(StateLog stateLog) {
    this.stateLog = stateLog;
  }

  @Override
  public void getCaller(GetCallerRequest m, StreamObserver<GetCallerResponse> out) {
    Calls.respond(
        out,
        () -> {
          Caller caller = Callers.current();
          TenantId tenant = caller.tenant();
          return GetCallerResponse.newBuilder()
              .setName(caller.name())
              .setRole(caller.role().text())
              .setTenant(tenant == null ? "" : "tenants/" + tenant)
              .addAllMethods(Rights.of(caller))
              .build();
        });
  }

  @Override
  public void listTenants(ListTenantsRequest m, StreamObserver<ListTenantsResponse> out) {
    Calls.respond(
        out,
        () -> {
          Caller caller = Callers.current();
          TenantId own = caller.tenant();
          ListPage page =
              ListPage.of(own == null ? "tenants/-" : "tenants/" + own, m.getPageSize());
          FabricState state = stateLog.state();
          TenantId from =
              m.getPageToken().isEmpty()
                  ? own
                  : RequestFields.tenant("page_token", "tenants/" + m.getPageToken());
          ListTenantsResponse.Builder b = ListTenantsResponse.newBuilder();
          b.setNextPageToken(
              page.fill(
                  state.inventory().tenants(),
                  from,
                  t -> t,
                  t -> true,
                  t -> b.addTenants(tenant(state, t))));
          return b.build();
        });
  }

  private static io.myelin.v1.Tenant tenant(FabricState state, Tenant t) {
    io.myelin.v1.Tenant.Builder b = io.myelin.v1.Tenant.newBuilder().setName("tenants/" + t.id());
    t.mayReach().forEach(o -> b.addMayReach("tenants/" + o));
    Quota q = t.quota();
    io.myelin.v1.Quota.Builder quota =
        io.myelin.v1.Quota.newBuilder()
            .setPeriodMs(q.periodMs())
            .setPriceMicrosPerGbpsHour(q.priceMicros());
    limit(q.maxLeases(), quota::setMaxLeases);
    limit(q.maxBandwidthBps(), quota::setMaxBandwidthBps);
    limit(q.maxCreatedPerDay(), quota::setMaxCreatedPerDay);
    limit(q.budgetMicros(), quota::setBudgetMicros);
    QuotaUsage u = state.tenants().usage().getOrDefault(t.id(), QuotaUsage.EMPTY);
    io.myelin.v1.QuotaUsage.Builder usage =
        io.myelin.v1.QuotaUsage.newBuilder()
            .setLeases(u.leases())
            .setBandwidthBps(u.bandwidthBps())
            .setCreatedToday(u.created())
            .setCommittedMicros(u.committedMicros());
    if (u.periodStartMs() > 0) {
      usage.setPeriodStartTime(Protos.timestamp(u.periodStartMs()));
    }
    return b.setQuota(quota).setUsage(usage).build();
  }

  private static void limit(long value, LongConsumer set) {
    if (value != Quota.UNLIMITED) {
      set.accept(value);
    }
  }
}
