package io.myelin.cli;

import io.myelin.node.tls.TlsFiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a node's API is secured. */
final class SecurityOptions {
  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "The node's certificate, PEM. Members have theirs in --config.")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's key, PEM.")
  private @Nullable Path key;

  @Option(
      names = "--tls-trust",
      paramLabel = "FILE",
      description = "Authorities of clients and switches, PEM.")
  private @Nullable Path trust;

  @Option(
      names = "--access",
      paramLabel = "FILE",
      description = "Who may do what, in YAML (docs/SECURITY.md).")
  private @Nullable Path access;

  /** The three files; null: none is given. */
  @Nullable TlsFiles tls() {
    if (certificate == null && key == null && trust == null) {
      return null;
    }
    if (certificate == null || key == null || trust == null) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE, "--tls-certificate, --tls-key and --tls-trust go together");
    }
    return new TlsFiles(certificate, key, trust);
  }

  @Nullable Path access() {
    return access;
  }
}
