package io.myelin.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A client of a web door that knows nothing of gRPC. */
public final class Http {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client;
  private final String base;
  private final List<String> headers = new ArrayList<>();

  /**
   * @param url with a slash at its end
   */
  public Http(String url) {
    this(url, null);
  }

  /**
   * @param tls null: in the clear, or as this machine does
   */
  public Http(String url, @Nullable SSLContext tls) {
    base = url.substring(0, url.length() - 1);
    HttpClient.Builder b = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    client = (tls == null ? b : b.sslContext(tls)).build();
  }

  /** The same, which says more with each request. */
  public Http with(String name, String value) {
    headers.add(name);
    headers.add(value);
    return this;
  }

  /** An answer. */
  public record Answer(int status, JsonNode json, HttpResponse<String> full) {
    public String header(String name) {
      return full.headers().firstValue(name).orElse("");
    }

    /** The reason in the error's ErrorInfo. */
    public String reason() {
      return json.at("/details/0/reason").asText();
    }
  }

  public Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, "");
  }

  public Answer post(String path, String body) throws IOException, InterruptedException {
    return send("POST", path, body);
  }

  /** Sends a body as JSON; empty: none. */
  public Answer send(String verb, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> r = client.send(request(verb, path, body), BodyHandlers.ofString());
    String type = r.headers().firstValue("content-type").orElse("");
    return new Answer(
        r.statusCode(), type.contains("json") ? JSON.readTree(r.body()) : JSON.nullNode(), r);
  }

  private HttpRequest request(String verb, String path, String body) {
    HttpRequest.Builder b =
        HttpRequest.newBuilder(URI.create(base + path))
            .method(
                verb,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      b.header("content-type", "application/json");
    }
    if (!headers.isEmpty()) {
      b.headers(headers.toArray(String[]::new));
    }
    return b.build();
  }

  /** One event of a stream. */
  public record Event(String id, String type, JsonNode data) {}

  /** A stream of events, until it is closed. */
  public static final class Events implements AutoCloseable {
    private final BufferedReader in;
    private final InputStream stream;

    private Events(InputStream stream) {
      this.stream = stream;
      in = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    }

    /** The next event that is wanted; others are left out. */
    public Event next(Predicate<Event> wanted) throws IOException {
      while (true) {
        Event e = next();
        if (wanted.test(e)) {
          return e;
        }
      }
    }

    /** The next event; waits for it. */
    public Event next() throws IOException {
      String id = "";
      String type = "message";
      String data = "";
      for (String line = in.readLine(); ; line = in.readLine()) {
        if (line == null) {
          throw new IOException("the stream has ended");
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          type = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        } else if (line.isEmpty() && !data.isEmpty()) {
          return new Event(id, type, JSON.readTree(data));
        }
      }
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /** Begins to watch. */
  public Events watch(String path) throws IOException, InterruptedException {
    HttpResponse<InputStream> r =
        client.send(request("GET", path, ""), BodyHandlers.ofInputStream());
    if (r.statusCode() != 200) {
      throw new IOException(
          r.statusCode() + " " + new String(r.body().readAllBytes(), StandardCharsets.UTF_8));
    }
    return new Events(r.body());
  }

  /** All bytes of an answer. */
  public byte[] bytes(String verb, String path) throws IOException, InterruptedException {
    return client.send(request(verb, path, ""), BodyHandlers.ofByteArray()).body();
  }
}
