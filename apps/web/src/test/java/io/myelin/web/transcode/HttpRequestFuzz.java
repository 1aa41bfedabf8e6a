package io.myelin.web.transcode;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.myelin.web.openapi.OpenApiTest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests of strangers over HTTP: the first byte says which method, a line each for the path, the
 * query and the body. Whatever is not a request is refused with a field and a reason; what is one
 * can be written as JSON again and is the same.
 */
public final class HttpRequestFuzz {
  private static final List<Binding> BINDINGS = Binding.of(OpenApiTest.services());

  private HttpRequestFuzz() {}

  /** Read by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    Binding binding = BINDINGS.get((data[0] & 0xff) % BINDINGS.size());
    String[] parts = new String(data, 1, data.length - 1, StandardCharsets.UTF_8).split("\n", 3);
    Map<String, String> variables = new LinkedHashMap<>();
    for (String v : binding.path().variables()) {
      variables.put(v, parts[0]);
    }
    Map<String, List<String>> query = new LinkedHashMap<>();
    if (parts.length > 1) {
      for (String pair : parts[1].split("&")) {
        String[] kv = pair.split("=", 2);
        query.put(kv[0], List.of(kv.length > 1 ? kv[1] : ""));
      }
    }
    try {
      Message read =
          RequestReading.read(binding, variables, query, parts.length > 2 ? parts[2] : "");
      Message.Builder again = read.newBuilderForType();
      String text = JsonFormat.printer().print(read);
      JsonFormat.parser().merge(text, again);
      // Names in masks may be written in two ways, which are one in JSON.
      if (!JsonFormat.printer().print(again.build()).equals(text)) {
        throw new AssertionError(read + " is another as JSON");
      }
    } catch (BadRequestException refused) {
      String message = String.valueOf(refused.error().getStatus().getDescription());
      if (message.contains("Exception") || message.isBlank()) {
        throw new AssertionError(message, refused);
      }
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError("what was read cannot be written", e);
    }
    binding.path().match(parts[0]);
  }
}
