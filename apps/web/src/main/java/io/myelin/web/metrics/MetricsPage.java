package io.myelin.web.metrics;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.myelin.node.door.DoorContext;
import io.myelin.node.thread.GuardedExecutor;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics}: Prometheus's text format, or OpenMetrics for who asks. Scrapes are answered one
 * after the other on a thread of their own.
 */
public final class MetricsPage implements HttpService, AutoCloseable {
  private static final int FIRST_BYTES = 1 << 20;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final GuardedExecutor scrapes = GuardedExecutor.single("metrics");
  private volatile int lastBytes = FIRST_BYTES;

  /** Counts from now on. */
  public MetricsPage(DoorContext member) {
    EventMetrics events = new EventMetrics(registry);
    member.events().add(events);
    member.switches().onDecision(events::decided);
    events.follow(member.log());
    registry.register(new StateMetrics(member));
    JvmMetrics.builder().register(registry);
  }

  /** What a scrape gets. */
  record Page(String contentType, byte[] text) {}

  Page scrape(@Nullable String accept) {
    ExpositionFormatWriter format = formats.findWriter(accept);
    ByteArrayOutputStream out = new ByteArrayOutputStream(lastBytes + lastBytes / 8);
    try {
      format.write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException("no disk is involved", e);
    }
    lastBytes = out.size();
    return new Page(format.getContentType(), out.toByteArray());
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) {
    String accept = req.headers().get(HttpHeaderNames.ACCEPT);
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    scrapes.execute(
        () -> {
          Page page = scrape(accept);
          answer.complete(
              HttpResponse.of(
                  ResponseHeaders.builder(HttpStatus.OK)
                      .set(HttpHeaderNames.CONTENT_TYPE, page.contentType)
                      .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                      .build(),
                  HttpData.wrap(page.text)));
        },
        () -> answer.completeExceptionally(new IllegalStateException("the scrape failed")));
    return HttpResponse.of(answer);
  }

  @Override
  public void close() {
    scrapes.shutdownNow();
  }
}
