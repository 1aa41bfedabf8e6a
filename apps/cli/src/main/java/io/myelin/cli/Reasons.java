package io.myelin.cli;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** What went wrong, in words: libraries often say only where. */
final class Reasons {
  private Reasons() {}

  /** Of what a stream could not throw as it is. */
  static String of(UncheckedIOException e) {
    IOException cause = e.getCause();
    return cause == null ? String.valueOf(e.getMessage()) : of(cause);
  }

  /** Of a file or a stream: which one, and why. */
  static String of(IOException e) {
    if (e instanceof NoSuchFileException f) {
      return f.getFile() + ": there is no such file or directory";
    } else if (e instanceof AccessDeniedException f) {
      return f.getFile() + ": access is denied";
    } else if (e instanceof FileAlreadyExistsException f) {
      return f.getFile() + ": is there already";
    } else if (e instanceof NotDirectoryException f) {
      return f.getFile() + ": is no directory";
    } else if (e instanceof FileSystemException f) {
      String reason = f.getReason();
      return f.getFile() + ": " + (reason == null ? f.getClass().getSimpleName() : reason);
    }
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }

  /** Whether an error is one of the connection, though its code does not say so. */
  static boolean isConnection(StatusRuntimeException e) {
    for (Throwable t = e.getCause(); t != null; t = t.getCause()) {
      if (t instanceof IOException) {
        return true;
      }
    }
    return String.valueOf(e.getStatus().getDescription())
        .toLowerCase(Locale.ROOT)
        .contains("http2");
  }

  /** Why a server could not be talked to. */
  static String ofConnection(StatusRuntimeException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof ConnectException) {
        String text = String.valueOf(t.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("refused") ? "connection refused" : text.replaceFirst(":.*", "");
      } else if (t instanceof UnknownHostException) {
        return "there is no such host";
      } else if (t instanceof SSLException s) {
        return tls(String.valueOf(s.getMessage()));
      }
    }
    String said = String.valueOf(e.getStatus().getDescription()).toLowerCase(Locale.ROOT);
    if (said.contains("unable to resolve host")) {
      return "there is no such host";
    } else if (said.contains("http2") || said.contains("network closed")) {
      return "what answers does not speak gRPC in the clear; if it wants TLS, give --trust";
    } else if (said.contains("io exception") || said.equals("null")) {
      return "the connection broke";
    }
    return String.valueOf(e.getStatus().getDescription());
  }

  private static String tls(String said) {
    return said.contains("not an SSL/TLS record")
        ? "it does not speak TLS; leave out --trust"
        : "TLS: " + said;
  }
}
