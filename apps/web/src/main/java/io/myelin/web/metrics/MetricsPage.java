package io.myelin.web.metrics;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.myelin.node.DoorContext;
import io.myelin.node.thread.GuardedExecutor;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics}: Prometheus's text format, or OpenMetrics for who asks. Scrapes are answered one
 * after the other on a thread of their own.
 */
public final class MetricsPage implements HttpService, AutoCloseable {
  private static final int PIECE_BYTES = 256 << 10;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final GuardedExecutor scrapes = GuardedExecutor.single("metrics");

  /** Counts from now on. */
  public MetricsPage(DoorContext member) {
    EventMetrics events = new EventMetrics(registry);
    member.events().add(events);
    member.switches().onDecision(events::decided);
    events.follow(member.log());
    registry.register(new StateMetrics(member));
    JvmMetrics.builder().register(registry);
  }

  /**
   * Writes what a scrape gets.
   *
   * @param accept header of the request; null: Prometheus's text format
   * @param out given the format's media type, where to write
   */
  void scrape(@Nullable String accept, Function<String, OutputStream> out) {
    ExpositionFormatWriter format = formats.findWriter(accept);
    MetricSnapshots all = registry.scrape();
    try (OutputStream to = out.apply(format.getContentType())) {
      format.write(to, all, EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException("no disk is involved", e);
    }
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) {
    String accept = req.headers().get(HttpHeaderNames.ACCEPT);
    HttpResponseWriter response = HttpResponse.streaming();
    scrapes.execute(
        () ->
            scrape(
                accept,
                type -> {
                  response.write(
                      ResponseHeaders.builder(HttpStatus.OK)
                          .set(HttpHeaderNames.CONTENT_TYPE, type)
                          .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                          .build());
                  return new Pieces(response);
                }),
        () -> response.close(new IllegalStateException("the scrape failed")));
    return response;
  }

  /** Sends what is written, piece by piece, while more is made. */
  private static final class Pieces extends OutputStream {
    private final HttpResponseWriter response;
    private byte[] piece = new byte[PIECE_BYTES];
    private int filled;

    Pieces(HttpResponseWriter response) {
      this.response = response;
    }

    @Override
    public void write(int b) {
      if (filled == piece.length) {
        send();
      }
      piece[filled++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      int at = from;
      int left = length;
      while (left > 0) {
        if (filled == piece.length) {
          send();
        }
        int n = Math.min(left, piece.length - filled);
        System.arraycopy(bytes, at, piece, filled, n);
        filled += n;
        at += n;
        left -= n;
      }
    }

    private void send() {
      if (filled > 0 && response.tryWrite(HttpData.wrap(piece, 0, filled))) {
        piece = new byte[PIECE_BYTES];
      }
      filled = 0;
    }

    @Override
    public void close() {
      send();
      response.close();
    }
  }

  @Override
  public void close() {
    scrapes.shutdownNow();
  }
}
