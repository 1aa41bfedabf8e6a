package io.myelin.web.transcode;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.util.List;
import java.util.Map;

/**
 * Makes the request of a method from what HTTP has of it, as {@code google/api/http.proto} says:
 * variables of the path, the body, and the rest from the query.
 */
final class RequestReading {
  private RequestReading() {}

  /**
   * The request.
   *
   * @param path values of variables
   * @param query values by name, in order
   * @param body JSON; blank: an empty object
   * @throws BadRequestException naming the field
   */
  static Message read(
      Binding binding, Map<String, String> path, Map<String, List<String>> query, String body)
      throws BadRequestException {
    Descriptor type = binding.method().getInputType();
    JsonObject json = new JsonObject();
    if (binding.bodyType() == null) {
      if (!body.isBlank()) {
        throw new BadRequestException("body", "is not allowed; this method takes none");
      }
    } else if (!body.isBlank()) {
      JsonObject given = JsonReading.object(body);
      if (binding.body().equals("*")) {
        json = given;
      } else {
        json.add(binding.body(), given);
      }
    }
    for (Map.Entry<String, List<String>> e : query.entrySet()) {
      if (binding.body().equals("*") || e.getKey().split("\\.", 2)[0].equals(binding.body())) {
        throw new BadRequestException(e.getKey(), "belongs into the body, not into the query");
      }
      put(type, e.getKey(), e.getValue(), json);
    }
    // Last: whatever else says it, the resource is the one of the path.
    for (Map.Entry<String, String> e : path.entrySet()) {
      put(type, e.getKey(), List.of(e.getValue()), json);
    }
    Message.Builder request = builder(binding);
    JsonReading.merge("", json, request);
    return request.build();
  }

  /** An empty request. */
  static Message.Builder builder(Binding binding) {
    var marshaller = binding.definition().getMethodDescriptor().getRequestMarshaller();
    if (marshaller instanceof PrototypeMarshaller<Message> p) {
      Message prototype = p.getMessagePrototype();
      if (prototype != null) {
        return prototype.newBuilderForType();
      }
    }
    throw new IllegalStateException(binding.method().getFullName() + " is not of protobuf");
  }

  /** Puts values into the object at the field that a dotted name means. */
  private static void put(Descriptor type, String name, List<String> values, JsonObject into)
      throws BadRequestException {
    JsonObject at = into;
    Descriptor in = type;
    String[] parts = name.split("\\.", -1);
    for (int i = 0; ; i++) {
      FieldDescriptor f = JsonReading.field(in, parts[i]);
      if (f == null) {
        throw new BadRequestException(
            name, "there is no such field; allowed: " + JsonReading.names(in));
      }
      boolean leaf = f.getJavaType() != JavaType.MESSAGE || JsonReading.isText(f.getMessageType());
      if (i < parts.length - 1) {
        if (leaf || f.isRepeated()) {
          throw new BadRequestException(name, parts[i] + " has no fields");
        }
        if (!at.has(parts[i])) {
          at.add(parts[i], new JsonObject());
        }
        if (!at.get(parts[i]).isJsonObject()) {
          return; // what it is instead is refused when all is read
        }
        at = at.getAsJsonObject(parts[i]);
        in = f.getMessageType();
        continue;
      }
      if (!leaf) {
        throw new BadRequestException(
            name, "is an object; allowed: its fields, as " + name + ".FIELD");
      }
      if (f.isRepeated()) {
        JsonArray all = new JsonArray();
        values.forEach(all::add);
        at.add(parts[i], all);
      } else if (values.size() == 1) {
        at.add(parts[i], new JsonPrimitive(values.get(0)));
      } else {
        throw new BadRequestException(name, "is there " + values.size() + " times; allowed: once");
      }
      return;
    }
  }
}
