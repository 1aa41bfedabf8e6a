package io.myelin.node.northbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.node.northbound.audit.AuditEvent;
import io.myelin.node.northbound.audit.AuditFile;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.v1.AuditServiceGrpc;
import io.myelin.v1.GetAuditHeadRequest;
import io.myelin.v1.GetAuditHeadResponse;
import io.myelin.v1.ListAuditEventsRequest;
import io.myelin.v1.ListAuditEventsResponse;
import org.jspecify.annotations.Nullable;

/** {@code AuditService}: every member for itself. */
final class AuditApi extends AuditServiceGrpc.AuditServiceImplBase {
  private final AuditLog log;
  private final String member;

  AuditApi(AuditLog log, String member) {
    this.log = log;
    this.member = member;
  }

  @Override
  public void listAuditEvents(
      ListAuditEventsRequest m, StreamObserver<ListAuditEventsResponse> out) {
    Calls.respond(
        out,
        () -> {
          ListPage page = ListPage.of(m.getParent(), m.getPageSize());
          Invalid.unless(
              m.getBeforeSeq() >= 0, "before_seq", m.getBeforeSeq() + " is not allowed; 0 or more");
          ListAuditEventsResponse.Builder b = ListAuditEventsResponse.newBuilder();
          log.newest(
                  e ->
                      (m.getBeforeSeq() == 0 || e.seq() < m.getBeforeSeq())
                          && concerns(e, page.tenant()),
                  page.size())
              .forEach(e -> b.addEvents(event(e)));
          return b.build();
        });
  }

  private static boolean concerns(AuditEvent e, @Nullable TenantId tenant) {
    return tenant == null
        || e.tenant().equals(tenant.value())
        || e.resource().equals("tenants/" + tenant)
        || e.resource().startsWith("tenants/" + tenant + "/");
  }

  private static io.myelin.v1.AuditEvent event(AuditEvent e) {
    return io.myelin.v1.AuditEvent.newBuilder()
        .setSeq(e.seq())
        .setTime(Protos.timestamp(e.timeMs()))
        .setMember(e.member())
        .setCaller(e.caller())
        .setRole(e.role())
        .setTenant(e.tenant())
        .setVia(e.via())
        .setMethod(e.method())
        .setResource(e.resource())
        .setRequestId(e.requestId())
        .setCode(e.code())
        .setReason(e.reason())
        .setMessage(e.message())
        .build();
  }

  @Override
  public void getAuditHead(GetAuditHeadRequest m, StreamObserver<GetAuditHeadResponse> out) {
    Calls.respond(
        out,
        () -> {
          AuditFile.Head head = log.head();
          return GetAuditHeadResponse.newBuilder()
              .setMember(member)
              .setSeq(head.seq())
              .setHash(head.hash())
              .build();
        });
  }
}
