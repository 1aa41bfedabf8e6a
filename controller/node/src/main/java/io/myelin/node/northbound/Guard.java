package io.myelin.node.northbound;

import io.grpc.ServerCredentials;
import io.myelin.core.access.Caller;
import io.myelin.node.northbound.access.Access;
import io.myelin.node.northbound.access.Authentication;
import io.myelin.node.northbound.access.Throttle;
import io.myelin.node.northbound.audit.AuditLog;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * What stands before the services: encryption, who calls, how much, and the record of it.
 *
 * @param credentials of the server
 */
public record Guard(
    ServerCredentials credentials,
    Authentication authentication,
    Throttle throttle,
    AuditLog audit) {

  /**
   * A guard by a policy.
   *
   * @param access without a policy everybody who reaches the port may do everything, as {@link
   *     Caller#LOCAL}
   * @param namesOf subject alternative names of a certificate
   * @param members whether names are those of another member
   * @param lagNs how late the control thread is
   */
  public static Guard of(
      ServerCredentials credentials,
      Access access,
      Function<X509Certificate, List<String>> namesOf,
      Predicate<List<String>> members,
      AuditLog audit,
      LongSupplier lagNs) {
    return new Guard(
        credentials,
        new Authentication(access, namesOf, members),
        new Throttle(access::limits, System::nanoTime, lagNs),
        audit);
  }
}
