package io.myelin.node.log;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What gRPC says of peers that speak no gRPC: one line a kind every ten seconds, with a count and
 * without stack trace, however many come. What else gRPC says goes to the node's log as it stands.
 *
 * <p>gRPC logs through java.util.logging, and would write each of them to stderr with a trace.
 */
public final class HandshakeFailureLog extends Handler {
  private static final org.slf4j.Logger log = LoggerFactory.getLogger(HandshakeFailureLog.class);

  /** Between two lines about the same kind at the same port. */
  static final long PAUSE_NS = TimeUnit.SECONDS.toNanos(10);

  /** How gRPC's line about it begins; it does not say why. */
  private static final String TLS_FAILED = "TLS negotiation failed";

  private static final int MAX_CHARS = 200;

  /** A TLS record of a handshake, version 3.x (RFC 8446 §5.1). */
  private static final String TLS_RECORD = "1603";

  /** Whose port it is. gRPC is in a process twice: for the API, and within Ratis. */
  enum Port {
    API("the API's port", "io.grpc", "io.grpc.netty.shaded.io.grpc.netty"),
    RAFT(
        "the port of the log's members",
        "org.apache.ratis.thirdparty.io.grpc",
        "org.apache.ratis.thirdparty.io.grpc.netty");

    private final String text;
    private final String all;
    private final String netty;

    Port(String text, String all, String netty) {
      this.text = text;
      this.all = all;
      this.netty = netty;
    }
  }

  /** What a stranger does. */
  enum Kind {
    HTTP_1("HTTP/1.x"),
    TLS("TLS to a port without TLS"),
    NO_TLS("no TLS to a port with TLS"),
    TLS_FAILED("no TLS, or a handshake that failed,"),
    GARBAGE("what is no HTTP/2"),
    TOO_LARGE("a message that is too large");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  private static final class Said {
    private long atNs;
    private long unsaid;
  }

  /** java.util.logging forgets loggers that nobody holds, with what was set of them. */
  private static final List<Logger> HELD = new ArrayList<>();

  private final Port port;
  private final LongSupplier clockNs;
  private final Map<Kind, Said> said = new EnumMap<>(Kind.class);

  HandshakeFailureLog(Port port, LongSupplier clockNs) {
    this.port = port;
    this.clockNs = clockNs;
  }

  /** From now on, for this process. */
  public static synchronized void install() {
    if (!HELD.isEmpty()) {
      return;
    }
    for (Port p : Port.values()) {
      HandshakeFailureLog handler = new HandshakeFailureLog(p, System::nanoTime);
      handler.setLevel(Level.ALL);
      Logger all = Logger.getLogger(p.all);
      all.addHandler(handler);
      all.setUseParentHandlers(false);
      HELD.add(all);
      // Say at FINE that TLS failed.
      for (String name : List.of(".NettyServerTransport.connections", ".ProtocolNegotiators")) {
        Logger quiet = Logger.getLogger(p.netty + name);
        quiet.setLevel(Level.FINE);
        HELD.add(quiet);
      }
    }
  }

  @Override
  public void publish(LogRecord r) {
    Throwable thrown = r.getThrown();
    String message = String.valueOf(r.getMessage());
    boolean failed = message.startsWith(TLS_FAILED);
    Kind kind = thrown != null ? kind(thrown) : null;
    if (kind != null && thrown != null) {
      stranger(kind, String.valueOf(deepest(thrown).getMessage()));
    } else if (failed) {
      stranger(Kind.TLS_FAILED, thrown == null ? TLS_FAILED : String.valueOf(deepest(thrown)));
    } else if (r.getLevel().intValue() >= Level.WARNING.intValue()) {
      boolean severe = r.getLevel().intValue() >= Level.SEVERE.intValue();
      LoggerFactory.getLogger(String.valueOf(r.getLoggerName()))
          .atLevel(severe ? org.slf4j.event.Level.ERROR : org.slf4j.event.Level.WARN)
          .setCause(thrown)
          .log(new java.util.logging.SimpleFormatter().formatMessage(r));
    } else {
      log.debug("{}: {}", r.getLoggerName(), message, thrown);
    }
  }

  private void stranger(Kind kind, String detail) {
    long unsaid;
    synchronized (said) {
      long now = clockNs.getAsLong();
      Said last = said.get(kind);
      if (last != null && now - last.atNs < PAUSE_NS) {
        last.unsaid++;
        return;
      }
      Said next = new Said();
      next.atNs = now;
      said.put(kind, next);
      unsaid = last == null ? 0 : last.unsaid;
    }
    log.warn(
        "somebody sent {} to {}: {}; {} more since the last such line",
        kind.text,
        port.text,
        cut(detail),
        unsaid);
  }

  private static String cut(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= MAX_CHARS ? line : line.substring(0, MAX_CHARS) + "…";
  }

  private static Throwable deepest(Throwable t) {
    Throwable root = t;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root;
  }

  /** By names: the classes are another copy of Netty's and gRPC's in each of the two. */
  static @Nullable Kind kind(Throwable thrown) {
    Throwable root = deepest(thrown);
    String message = String.valueOf(root.getMessage());
    String name = root.getClass().getSimpleName();
    if (name.equals("Http2Exception")) {
      if (message.startsWith("Unexpected HTTP/1")) {
        return Kind.HTTP_1;
      }
      return message.contains("received bytes: " + TLS_RECORD) ? Kind.TLS : Kind.GARBAGE;
    }
    if (name.equals("NotSslRecordException")) {
      return Kind.NO_TLS;
    }
    if (root instanceof SSLException || name.endsWith("SSLHandshakeException")) {
      return Kind.TLS_FAILED;
    }
    boolean status = name.equals("StatusRuntimeException");
    boolean tooLarge = message.startsWith(Status.Code.RESOURCE_EXHAUSTED.name());
    return status && tooLarge && message.toLowerCase(Locale.ROOT).contains("exceeds maximum size")
        ? Kind.TOO_LARGE
        : null;
  }

  /** As if nothing had been said. */
  void forget() {
    synchronized (said) {
      said.clear();
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
