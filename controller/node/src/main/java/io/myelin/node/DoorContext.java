package io.myelin.node;

import io.grpc.ServerServiceDefinition;
import io.myelin.core.port.StateLog;
import io.myelin.node.control.ControlLag;
import io.myelin.node.northbound.ClusterFacts;
import io.myelin.node.northbound.ControlledFabric;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.node.observe.EventRelay;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
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
 * @param events what happens is told to whom is added
 * @param lag of the control thread
 * @param data directory of the state; null: it is in memory, or somebody else keeps it
 */
public record DoorContext(
    List<ServerServiceDefinition> services,
    Executor workers,
    @Nullable Tls tls,
    StateLog log,
    ControlledFabric switches,
    ClusterFacts cluster,
    AuditLog audit,
    EventRelay events,
    ControlLag lag,
    @Nullable Path data) {
  public DoorContext {
    services = List.copyOf(services);
  }

  /**
   * What a member shows, and whom it believes; both follow their files.
   *
   * @param endsMs when its certificate ends, milliseconds since 1970
   */
  public record Tls(
      X509ExtendedKeyManager key, X509ExtendedTrustManager trust, LongSupplier endsMs) {}
}
