package io.myelin.node.door;

import io.grpc.ServerServiceDefinition;
import io.myelin.core.port.StateLog;
import io.myelin.node.northbound.ClusterFacts;
import io.myelin.node.northbound.ControlledFabric;
import io.myelin.node.northbound.audit.AuditLog;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What a door opens to.
 *
 * @param services with everything that stands before them: who calls, how much, what is recorded
 * @param workers where calls are served
 * @param tls null: in the clear, on loopback
 * @param switches what is known of them while this member leads
 */
public record DoorContext(
    List<ServerServiceDefinition> services,
    Executor workers,
    @Nullable Tls tls,
    StateLog log,
    ControlledFabric switches,
    ClusterFacts cluster,
    AuditLog audit) {
  public DoorContext {
    services = List.copyOf(services);
  }

  /** What a member shows, and whom it believes; both follow their files. */
  public record Tls(X509ExtendedKeyManager key, X509ExtendedTrustManager trust) {}
}
