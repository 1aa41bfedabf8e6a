package io.myelin.web.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.myelin.web.transcode.HttpMethods;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The HTTP API as OpenAPI 3.1 describes it (https://spec.openapis.org/oas/v3.1.1), made of the
 * methods' annotations and the comments of the protos.
 */
public final class OpenApi {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String STATUS = "#/components/schemas/Status";

  /** Deeper fields of requests are not parameters: they have a body. */
  private static final int MAX_DEPTH = 2;

  private final Comments comments = new Comments();
  private final Map<String, ObjectNode> schemas = new TreeMap<>();
  private final Deque<GenericDescriptor> wanted = new ArrayDeque<>();
  private final Set<String> seen = new HashSet<>();

  private OpenApi() {}

  /** The document, as JSON. */
  public static String document(List<HttpMethods.Method> methods) {
    try {
      return MAPPER.writeValueAsString(new OpenApi().root(methods)) + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException("no disk is involved", e);
    }
  }

  private JsonNode root(List<HttpMethods.Method> methods) {
    ObjectNode root = NODES.objectNode().put("openapi", "3.1.0");
    root.putObject("info")
        .put("title", "Myelin")
        .put("version", "v1")
        .put(
            "description",
            "Ask the network for what a job needs: bandwidth between racks, along a path of its own,"
                + " for as long as the job runs. Every method is one of gRPC, too. What is left out"
                + " of an answer has its default value: 0, false, empty.")
        .putObject("license")
        .put("name", "Apache-2.0")
        .put("identifier", "Apache-2.0");
    root.putArray("servers").addObject().put("url", "/");
    ArrayNode security = root.putArray("security");
    security.addObject().putArray("token");
    security.addObject().putArray("certificate");
    security.addObject();
    ObjectNode tags = NODES.objectNode();
    ObjectNode paths = NODES.objectNode();
    for (HttpMethods.Method m : methods) {
      String service = m.method().getService().getName();
      if (!tags.has(service)) {
        tags.putObject(service)
            .put("name", service)
            .put("description", comments.of(m.method().getService()));
      }
      ObjectNode at = paths.withObjectProperty(m.path());
      at.set(m.verb().toLowerCase(Locale.ROOT), operation(m));
    }
    root.putArray("tags").addAll(List.copyOf(values(tags)));
    root.set("paths", paths);
    ObjectNode components = root.putObject("components");
    ObjectNode schemes = components.putObject("securitySchemes");
    schemes
        .putObject("token")
        .put("type", "http")
        .put("scheme", "bearer")
        .put("bearerFormat", "JWT")
        .put("description", "A token of an issuer that the access policy names.");
    schemes
        .putObject("certificate")
        .put("type", "mutualTLS")
        .put("description", "A client certificate; it counts before a token.");
    status();
    drain();
    ObjectNode all = components.putObject("schemas");
    schemas.forEach(all::set);
    return root;
  }

  private static List<JsonNode> values(ObjectNode o) {
    List<JsonNode> all = new ArrayList<>();
    o.forEach(all::add);
    return all;
  }

  // ---- operations ------------------------------------------------------------------------------

  private ObjectNode operation(HttpMethods.Method m) {
    MethodDescriptor method = m.method();
    ObjectNode o = NODES.objectNode().put("operationId", method.getName());
    o.putArray("tags").add(method.getService().getName());
    String text = comments.of(method);
    int end = text.indexOf(". ");
    o.put("summary", end < 0 ? text : text.substring(0, end + 1));
    o.put("description", text);
    ArrayNode parameters = NODES.arrayNode();
    for (String name : m.pathParameters()) {
      parameters
          .addObject()
          .put("name", name)
          .put("in", "path")
          .put("required", true)
          .putObject("schema")
          .put("type", "string");
    }
    if (!m.body().equals("*")) {
      query(method.getInputType(), "", m, 0, parameters);
    }
    if (m.answer() == HttpMethods.Answer.EVENTS) {
      parameters
          .addObject()
          .put("name", "Last-Event-ID")
          .put("in", "header")
          .put(
              "description",
              "As EventSource sends it: the stream goes on behind this event. If that is too old, an"
                  + " event of type restarted comes first, and a snapshot.")
          .putObject("schema")
          .put("type", "string");
    }
    if (!parameters.isEmpty()) {
      o.set("parameters", parameters);
    }
    if (!m.body().isEmpty()) {
      Descriptor body =
          m.body().equals("*")
              ? method.getInputType()
              : method.getInputType().findFieldByName(m.body()).getMessageType();
      ObjectNode request = o.putObject("requestBody").put("required", !m.body().equals("*"));
      request.putObject("content").putObject("application/json").set("schema", ref(body));
    }
    ObjectNode responses = o.putObject("responses");
    responses.set("200", answer(m));
    ObjectNode error =
        responses.putObject("default").put("description", "What is wrong, with details.");
    error
        .putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", STATUS);
    return o;
  }

  private ObjectNode answer(HttpMethods.Method m) {
    ObjectNode ok = NODES.objectNode();
    ObjectNode content = NODES.objectNode();
    Descriptor type = m.method().getOutputType();
    switch (m.answer()) {
      case ONCE -> {
        ok.put("description", "Done.");
        content.putObject("application/json").set("schema", ref(type));
      }
      case EVENTS -> {
        ref(type);
        ok.put(
            "description",
            "Server-Sent Events. Each one's data is a "
                + type.getName()
                + " in JSON; its id, where it has one, is the resume token. An event of type"
                + " error-status is a Status, and the end.");
        content
            .putObject("text/event-stream")
            .putObject("schema")
            .put("type", "string")
            .put("x-event-data", "#/components/schemas/" + type.getName());
      }
      case BYTES -> {
        ok.put("description", "The bytes, one piece after the other.");
        content
            .putObject("application/octet-stream")
            .putObject("schema")
            .put("type", "string")
            .put("format", "binary");
      }
    }
    ok.set("content", content);
    return ok;
  }

  private void query(
      Descriptor type, String prefix, HttpMethods.Method m, int depth, ArrayNode parameters) {
    for (FieldDescriptor f : type.getFields()) {
      String name = prefix + f.getJsonName();
      String proto = prefix.isEmpty() ? f.getName() : name;
      if (m.variables().contains(proto) || m.body().equals(proto)) {
        continue;
      }
      boolean leaf = f.getJavaType() != JavaType.MESSAGE || isText(f.getMessageType());
      if (!leaf) {
        if (!f.isRepeated() && depth < MAX_DEPTH) {
          query(f.getMessageType(), name + ".", m, depth + 1, parameters);
        }
        continue;
      }
      ObjectNode p = parameters.addObject().put("name", name).put("in", "query");
      String text = comments.of(f);
      if (!text.isEmpty()) {
        p.put("description", text);
      }
      p.set("schema", schema(f));
    }
  }

  // ---- schemas ---------------------------------------------------------------------------------

  private ObjectNode ref(GenericDescriptor d) {
    if (seen.add(d.getFullName())) {
      wanted.add(d);
    }
    return NODES.objectNode().put("$ref", "#/components/schemas/" + name(d));
  }

  /** Nested types by both names. */
  private static String name(GenericDescriptor d) {
    String in = d.getFile().getPackage();
    return d.getFullName().substring(in.length() + 1).replace(".", "");
  }

  private void drain() {
    for (GenericDescriptor d = wanted.poll(); d != null; d = wanted.poll()) {
      schemas.put(
          name(d), d instanceof EnumDescriptor e ? enumeration(e) : message((Descriptor) d));
    }
  }

  private ObjectNode message(Descriptor type) {
    ObjectNode o = NODES.objectNode().put("type", "object");
    describe(o, type);
    ObjectNode properties = NODES.objectNode();
    for (FieldDescriptor f : type.getFields()) {
      ObjectNode s = schema(f);
      describe(s, f);
      properties.set(f.getJsonName(), s);
    }
    if (!properties.isEmpty()) {
      o.set("properties", properties);
    }
    return o;
  }

  private void describe(ObjectNode o, GenericDescriptor d) {
    String text = comments.of(d);
    if (!text.isEmpty()) {
      o.put("description", text);
    }
  }

  private ObjectNode enumeration(EnumDescriptor type) {
    ObjectNode o = NODES.objectNode().put("type", "string");
    StringBuilder text = new StringBuilder(comments.of(type));
    ArrayNode values = o.putArray("enum");
    for (EnumValueDescriptor v : type.getValues()) {
      values.add(v.getName());
      String what = comments.of(v);
      if (!what.isEmpty()) {
        text.append("\n- ").append(v.getName()).append(": ").append(what);
      }
    }
    if (text.length() > 0) {
      o.put("description", text.toString());
    }
    return o;
  }

  private ObjectNode schema(FieldDescriptor f) {
    if (f.isMapField()) {
      ObjectNode o = NODES.objectNode().put("type", "object");
      o.set("additionalProperties", single(f.getMessageType().findFieldByName("value")));
      return o;
    }
    if (f.isRepeated()) {
      ObjectNode o = NODES.objectNode().put("type", "array");
      o.set("items", single(f));
      return o;
    }
    return single(f);
  }

  private ObjectNode single(FieldDescriptor f) {
    ObjectNode o = NODES.objectNode();
    return switch (f.getType()) {
      case BOOL -> o.put("type", "boolean");
      case DOUBLE, FLOAT -> o.put("type", "number").put("format", "double");
      case INT32, SINT32, SFIXED32 -> o.put("type", "integer").put("format", "int32");
      case UINT32, FIXED32 ->
          o.put("type", "integer")
              .put("format", "int64")
              .put("minimum", 0)
              .put("maximum", 4294967295L);
      case INT64, SINT64, SFIXED64 -> o.put("type", "string").put("format", "int64");
      case UINT64, FIXED64 -> o.put("type", "string").put("format", "uint64");
      case STRING -> o.put("type", "string");
      case BYTES -> o.put("type", "string").put("format", "byte");
      case ENUM -> ref(f.getEnumType());
      case MESSAGE, GROUP -> nested(f.getMessageType());
    };
  }

  private ObjectNode nested(Descriptor type) {
    ObjectNode o = NODES.objectNode().put("type", "string");
    return switch (type.getFullName()) {
      case "google.protobuf.Timestamp" -> o.put("format", "date-time");
      case "google.protobuf.Duration" ->
          o.put("pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$")
              .set("examples", NODES.arrayNode().add("90s"));
      case "google.protobuf.FieldMask" -> o;
      default -> ref(type);
    };
  }

  private static boolean isText(Descriptor type) {
    return type.getFullName().startsWith("google.protobuf.");
  }

  private void status() {
    ObjectNode o = NODES.objectNode().put("type", "object");
    o.put("description", "What went wrong: google.rpc.Status.");
    ObjectNode properties = o.putObject("properties");
    properties
        .putObject("code")
        .put("type", "integer")
        .put("format", "int32")
        .put("description", "A number of google.rpc.Code.");
    properties.putObject("message").put("type", "string");
    ObjectNode details = properties.putObject("details").put("type", "array");
    details.put(
        "description",
        "google.rpc.ErrorInfo always; google.rpc.BadRequest of bad fields; google.rpc.RetryInfo of"
            + " what passes; myelin.v1.PathExplanation where no path was found.");
    ObjectNode item = details.putObject("items").put("type", "object");
    item.putObject("properties").putObject("@type").put("type", "string");
    item.put("additionalProperties", true);
    schemas.put("Status", o);
  }
}
