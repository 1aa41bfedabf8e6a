package io.myelin.node.northbound.audit;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * A line of the audit log.
 *
 * @param seq counts lines from 1, over all files
 * @param timeMs when it ended, milliseconds since 1970, by this member's clock
 * @param member that wrote it
 * @param caller name of whoever called
 * @param role of the caller
 * @param tenant that the caller is confined to; empty: none
 * @param via member that passed the call on; empty: it came from the caller
 * @param method full name of the method
 * @param resource that the request names
 * @param requestId that the request bore
 * @param code gRPC status code
 * @param reason of a refusal, from ErrorInfo
 * @param message of a refusal
 */
@JsonPropertyOrder({
  "seq",
  "timeMs",
  "member",
  "caller",
  "role",
  "tenant",
  "via",
  "method",
  "resource",
  "requestId",
  "code",
  "reason",
  "message"
})
public record AuditEvent(
    long seq,
    long timeMs,
    String member,
    String caller,
    String role,
    String tenant,
    String via,
    String method,
    String resource,
    String requestId,
    String code,
    String reason,
    String message) {

  /** What a person did at a member's own machine, with how it was started. */
  public static AuditEvent atConsole(long timeMs, String member, String method, String what) {
    return new AuditEvent(
        0, timeMs, member, "console", "operator", "", "", method, "", "", "OK", "", what);
  }

  AuditEvent numbered(long number) {
    return new AuditEvent(
        number, timeMs, member, caller, role, tenant, via, method, resource, requestId, code,
        reason, message);
  }
}
