package io.myelin.node;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.myelin.core.model.Device;
import io.myelin.core.model.Invalid;
import io.myelin.node.inventory.AccessFile;
import io.myelin.node.northbound.Guard;
import io.myelin.node.northbound.access.Access;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.node.tls.CertificateNames;
import io.myelin.node.tls.MemberNames;
import io.myelin.node.tls.TlsFiles;
import io.myelin.node.tls.TlsIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * {@link Security} in force: nothing leaves this machine in the clear. Certificates and policy are
 * read again when their files change.
 */
public final class SecurityRuntime implements AutoCloseable {
  private final Security security;
  private final Set<String> members;
  private final @Nullable TlsIdentity tls;
  private final Guard guard;
  private final FileReloader rereading = new FileReloader();

  /**
   * Whose security it is.
   *
   * @param members ids of those that trust each other with everything; empty: nobody
   * @param reached what is reached or listened at, for messages, and at which host
   * @param remedy what to do where something would be in the clear beyond loopback
   */
  public record Around(Set<String> members, Map<String, String> reached, String remedy) {}

  /**
   * @param lagNs how late the control thread is
   * @throws IOException if something would be in the clear beyond loopback, or a file cannot be
   *     used; nothing is left running then
   */
  public SecurityRuntime(Security security, Around around, LongSupplier lagNs) throws IOException {
    this.security = security;
    members = Set.copyOf(around.members);
    TlsFiles files = security.tls();
    Path policy = security.access();
    AuditLog log = null;
    try {
      if (files == null) {
        requireLoopback(around);
      }
      Invalid.unless(
          files == null || policy != null,
          "access",
          "a policy must say who may do what where there is TLS; 'myelin certs init' writes one");
      tls = files == null ? null : new TlsIdentity(files);
      log = security.audit() == null ? new AuditLog() : new AuditLog(security.audit());
      Access access = access(policy);
      guard =
          Guard.of(
              tls == null ? InsecureServerCredentials.create() : tls.server(),
              access,
              CertificateNames::of,
              anyMember(),
              log,
              lagNs);
      watch(access);
    } catch (IOException | RuntimeException | LinkageError e) {
      rereading.close();
      if (log != null) {
        log.close();
      }
      throw e;
    }
  }

  private static Access access(@Nullable Path policy) throws IOException {
    return policy == null
        ? Access.open()
        : Access.of(AccessFile.read(policy), System::currentTimeMillis);
  }

  private void watch(Access access) throws IOException {
    TlsIdentity identity = tls;
    if (identity != null) {
      rereading.watch("tls", identity.files(), identity::read);
    }
    Path policy = security.access();
    if (policy != null) {
      rereading.watch(
          "access policy " + policy,
          List.of(policy),
          () -> {
            access.replace(AccessFile.read(policy));
            guard.authentication().review();
          });
    }
  }

  private Predicate<List<String>> anyMember() throws IOException {
    return tls == null || members.isEmpty()
        ? names -> false
        : new MemberNames(tls.domain(), members)::anyOf;
  }

  /**
   * What members of a replicated log show each other; empty: they speak in the clear.
   *
   * @throws IOException if the own certificate is no member's
   */
  Optional<MemberTls> memberTls() throws IOException {
    return tls == null || members.isEmpty()
        ? Optional.empty()
        : Optional.of(new MemberTls(tls.keyManager(), tls.members(members)));
  }

  /** What members show each other, and whom they believe. */
  record MemberTls(KeyManager key, TrustManager trust) {}

  /** What a web door shows, and whom it believes; null: it is in the clear. */
  DoorContext.@Nullable Tls doorTls() {
    return tls == null
        ? null
        : new DoorContext.Tls(tls.keyManager(), tls.trustManager(), tls::endsMs);
  }

  /** What stands before the API. */
  public Guard guard() {
    return guard;
  }

  /** With which other members' APIs are reached. */
  public ChannelCredentials client() {
    return tls == null ? InsecureChannelCredentials.create() : tls.client();
  }

  /** A name under which the own certificate is believed; empty: there is no TLS, or no such. */
  public String host() {
    return tls == null ? "" : tls.host();
  }

  /**
   * With which a switch is reached. One that would be reached in the clear beyond loopback, as an
   * inventory of other members may name it, is reached over TLS or not at all.
   */
  ChannelCredentials credentials(Device device) {
    if (tls == null) {
      return inTheClear(device).isEmpty()
          ? InsecureChannelCredentials.create()
          : TlsChannelCredentials.create();
    }
    boolean plain =
        security.switches() == Security.SwitchTls.BEYOND_LOOPBACK
            && isLoopback(hostOf(device.address()));
    return plain ? InsecureChannelCredentials.create() : tls.client();
  }

  /** Why a switch is not to be reached: it would be in the clear. Empty: it would not. */
  public String inTheClear(Device device) {
    return tls != null || isLoopback(hostOf(device.address()))
        ? ""
        : "plaintext is refused beyond loopback, and this node has no TLS: P4Runtime of "
            + device.id()
            + " is at "
            + device.address();
  }

  /** As {@link FileReloader#watch}. */
  void watch(String what, List<Path> files, FileReloader.Reading reading) throws IOException {
    rereading.watch(what, files, reading);
  }

  /** Looks now whether a file has changed. */
  void look() {
    rereading.look();
  }

  @Override
  public void close() {
    rereading.close();
    guard.audit().close();
  }

  // ---- without TLS -----------------------------------------------------------------------------

  private static void requireLoopback(Around around) throws IOException {
    for (Map.Entry<String, String> e : around.reached.entrySet()) {
      if (!isLoopback(e.getValue())) {
        throw new IOException(
            "plaintext is refused beyond loopback: " + e.getKey() + "; " + around.remedy);
      }
    }
  }

  /** The host of HOST:PORT. */
  public static String hostOf(String address) {
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
