package io.myelin.node;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.myelin.core.access.AccessPolicy;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.node.northbound.Guard;
import io.myelin.node.northbound.access.JwtTokens;
import io.myelin.node.northbound.access.Tokens;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.node.store.RaftOptions;
import io.myelin.node.tls.MemberNames;
import io.myelin.node.tls.Names;
import io.myelin.node.tls.TlsFiles;
import io.myelin.node.tls.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@link Security} in force: nothing leaves this machine in the clear. */
final class Secured implements AutoCloseable {
  private static final String REMEDY =
      "; give the node TLS (tls: in node.yaml or --tls-certificate, --tls-key, --tls-trust; 'myelin"
          + " certs init' makes what a lab needs), or bring it to 127.0.0.1 through an encrypted"
          + " tunnel";

  private final Security security;
  private final @Nullable TlsIdentity tls;
  private final @Nullable RaftOptions raft;
  private final AuditLog audit;
  private final Guard guard;

  /**
   * @param lagNs how late the control thread is
   * @throws IOException if something would be in the clear beyond loopback, or a file cannot be
   *     used; nothing is left running then
   */
  Secured(Node.Config config, LongSupplier lagNs) throws IOException {
    security = config.security();
    TlsFiles files = security.tls();
    AccessPolicy policy = security.access();
    if (files == null) {
      requireLoopback(config);
    }
    Invalid.unless(
        files == null || policy != null,
        "access",
        "a policy must say who may do what where there is TLS; 'myelin certs init' writes one");
    tls = files == null ? null : new TlsIdentity(files);
    Path directory = security.audit();
    AuditLog log = null;
    try {
      log = directory == null ? new AuditLog() : new AuditLog(directory);
      Predicate<List<String>> members = members(config.raft());
      raft = raft(config.raft());
      Tokens tokens =
          policy == null || policy.issuers().isEmpty()
              ? Tokens.NONE
              : new JwtTokens(policy.issuers(), System::currentTimeMillis);
      guard =
          Guard.of(
              tls == null ? InsecureServerCredentials.create() : tls.server(),
              policy,
              tokens,
              Names::of,
              members,
              log,
              lagNs);
    } catch (IOException | RuntimeException e) {
      if (log != null) {
        log.close();
      }
      if (tls != null) {
        tls.close();
      }
      throw e;
    }
    audit = log;
  }

  private Predicate<List<String>> members(@Nullable RaftOptions options) throws IOException {
    if (tls == null || options == null || options.members().size() == 1) {
      return names -> false;
    }
    return new MemberNames(tls.domain(), options.members().keySet())::anyOf;
  }

  private @Nullable RaftOptions raft(@Nullable RaftOptions options) throws IOException {
    return tls == null || options == null || options.members().size() == 1
        ? options
        : options.secured(
            new RaftOptions.RaftTls(tls.keyManager(), tls.members(options.members().keySet())));
  }

  /** Of the member, with what it shows the others. */
  @Nullable RaftOptions raft() {
    return raft;
  }

  Guard guard() {
    return guard;
  }

  /** With which other members' APIs are reached. */
  ChannelCredentials client() {
    return tls == null ? InsecureChannelCredentials.create() : tls.client();
  }

  /** With which a switch is reached. */
  ChannelCredentials credentials(Device device) {
    boolean plain =
        tls == null
            || (security.switches() == Security.SwitchTls.BEYOND_LOOPBACK
                && isLoopback(host(device.address())));
    return plain || tls == null ? InsecureChannelCredentials.create() : tls.client();
  }

  @Override
  public void close() {
    audit.close();
    if (tls != null) {
      tls.close();
    }
  }

  // ---- without TLS -----------------------------------------------------------------------------

  private static void requireLoopback(Node.Config config) throws IOException {
    InetAddress own = config.listen().getAddress();
    if (own == null || !own.isLoopbackAddress()) {
      throw refused("cannot listen on " + config.listen());
    }
    RaftOptions raft = config.raft();
    if (raft != null) {
      for (Map.Entry<String, InetSocketAddress> e : raft.members().entrySet()) {
        if (!isLoopback(e.getValue().getHostString())) {
          throw refused("member " + e.getKey() + " is at " + e.getValue());
        }
      }
    }
    for (Map.Entry<DeviceId, Device> e : config.inventory().devices()) {
      String address = e.getValue().address();
      if (!isLoopback(host(address))) {
        throw refused("P4Runtime of " + e.getKey() + " is at " + address);
      }
    }
  }

  private static IOException refused(String what) {
    return new IOException("plaintext is refused beyond loopback: " + what + REMEDY);
  }

  private static String host(String address) {
    return address.substring(0, address.lastIndexOf(':')).replaceAll("[\\[\\]]", "");
  }

  /** Names that are not known are not loopback. */
  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
