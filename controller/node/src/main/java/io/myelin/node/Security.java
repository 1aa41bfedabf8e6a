package io.myelin.node;

import io.myelin.node.tls.TlsFiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a node is secured.
 *
 * @param tls of this node; null: in the clear, which is possible on loopback only
 * @param switches which of them are reached over TLS
 * @param access file of who may do what; null: on loopback without TLS everybody may do everything
 * @param audit directory of the audit log; null: the newest events are in memory only
 */
public record Security(
    @Nullable TlsFiles tls, SwitchTls switches, @Nullable Path access, @Nullable Path audit) {

  /** In the clear. */
  public static final Security LOOPBACK = new Security(null, SwitchTls.BEYOND_LOOPBACK, null, null);

  /** Which switches are reached over TLS. */
  public enum SwitchTls {
    /** Those at other addresses than loopback. */
    BEYOND_LOOPBACK,
    ALL
  }
}
