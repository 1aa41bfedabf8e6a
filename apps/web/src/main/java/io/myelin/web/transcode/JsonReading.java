package io.myelin.web.transcode;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.io.StringReader;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages from JSON by proto3's mapping. {@link JsonFormat} reads; what it would refuse
 * without saying where is found before, and named by its path.
 */
final class JsonReading {
  private static final TypeAdapter<JsonElement> TREE = new Gson().getAdapter(JsonElement.class);
  private static final JsonFormat.Parser PARSER = JsonFormat.parser();
  private static final int MAX_DEPTH = 50;
  private static final int MAX_SHOWN = 40;

  private JsonReading() {}

  /**
   * The one object of a text.
   *
   * @throws BadRequestException saying where the text is no JSON
   */
  static JsonObject object(String text) throws BadRequestException {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    reader.setNestingLimit(MAX_DEPTH);
    JsonElement root;
    try {
      root = TREE.read(reader);
    } catch (MalformedJsonException | JsonParseException e) {
      throw new BadRequestException("body", "not JSON: " + firstLine(e));
    } catch (IOException e) {
      throw new BadRequestException("body", "the JSON ends too early");
    }
    if (!ends(reader)) {
      throw new BadRequestException("body", "there is more than one JSON value");
    }
    if (!root.isJsonObject()) {
      throw new BadRequestException("body", kind(root) + " is not allowed; allowed: an object");
    }
    return root.getAsJsonObject();
  }

  private static boolean ends(JsonReader reader) {
    try {
      return reader.peek() == JsonToken.END_DOCUMENT;
    } catch (IOException e) {
      return false;
    }
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  /**
   * Reads an object into a message, beside what that has.
   *
   * @param path of the object in the request; empty: it is the request
   * @throws BadRequestException naming the field
   */
  static void merge(String path, JsonObject json, Message.Builder into) throws BadRequestException {
    check(path, json, into.getDescriptorForType());
    try {
      PARSER.merge(json.toString(), into);
    } catch (InvalidProtocolBufferException e) {
      throw new BadRequestException(path.isEmpty() ? "body" : path, firstLine(e));
    }
  }

  private static void check(String path, JsonObject json, Descriptor type)
      throws BadRequestException {
    for (Map.Entry<String, JsonElement> e : json.entrySet()) {
      FieldDescriptor f = field(type, e.getKey());
      String at = path.isEmpty() ? e.getKey() : path + "." + e.getKey();
      if (f == null) {
        throw new BadRequestException(
            at, "there is no such field in " + type.getName() + "; allowed: " + names(type));
      }
      JsonElement value = e.getValue();
      if (value.isJsonNull()) {
        continue;
      }
      if (f.isMapField()) {
        require(value.isJsonObject(), at, value, "an object");
        FieldDescriptor inside = f.getMessageType().findFieldByName("value");
        for (Map.Entry<String, JsonElement> m : value.getAsJsonObject().entrySet()) {
          check(at + "[" + m.getKey() + "]", m.getValue(), inside);
        }
      } else if (f.isRepeated()) {
        require(value.isJsonArray(), at, value, "an array");
        int i = 0;
        for (JsonElement item : value.getAsJsonArray()) {
          check(at + "[" + i++ + "]", item, f);
        }
      } else {
        check(at, value, f);
      }
    }
  }

  private static void check(String at, JsonElement value, FieldDescriptor f)
      throws BadRequestException {
    if (f.getJavaType() == JavaType.MESSAGE && !isText(f.getMessageType())) {
      require(value.isJsonObject(), at, value, "an object");
      check(at, value.getAsJsonObject(), f.getMessageType());
      return;
    }
    switch (f.getJavaType()) {
      case BOOLEAN ->
          require(
              value.toString().matches("true|false|\"true\"|\"false\""), at, value, "true, false");
      case ENUM -> constant(at, value, f.getEnumType());
      case STRING -> require(isString(value), at, value, "a string");
      case MESSAGE -> {
        time(at, value, f);
        require(
            !f.getMessageType().getName().equals("FieldMask") || isMask(value),
            at,
            value,
            "names of fields with commas between");
      }
      default -> require(value.isJsonPrimitive(), at, value, "a value of type " + typeName(f));
    }
    boolean seen =
        f.getJavaType() == JavaType.BOOLEAN
            || f.getJavaType() == JavaType.ENUM
            || f.getJavaType() == JavaType.STRING;
    if (seen || f.getContainingType().getOptions().getMapEntry()) {
      return;
    }
    // Ranges, times and durations: a message of this field alone is read as a trial.
    JsonElement alone = value;
    if (f.isRepeated()) {
      JsonArray one = new JsonArray();
      one.add(value);
      alone = one;
    }
    JsonObject trial = new JsonObject();
    trial.add(f.getName(), alone);
    try {
      PARSER.merge(trial.toString(), DynamicMessage.newBuilder(f.getContainingType()));
    } catch (InvalidProtocolBufferException e) {
      throw new BadRequestException(at, shown(value) + " is not allowed; allowed: " + allowed(f));
    }
  }

  private static void constant(String at, JsonElement value, EnumDescriptor type)
      throws BadRequestException {
    boolean known =
        isString(value)
            ? type.findValueByName(value.getAsString()) != null
            : value.isJsonPrimitive()
                && value.toString().matches("-?[0-9]{1,9}")
                && type.findValueByNumber(value.getAsInt()) != null;
    if (!known) {
      throw new BadRequestException(
          at, shown(value) + " is not allowed; allowed: " + constants(type));
    }
  }

  private static void require(boolean ok, String at, JsonElement value, String allowed)
      throws BadRequestException {
    if (!ok) {
      throw new BadRequestException(at, shown(value) + " is not allowed; allowed: " + allowed);
    }
  }

  /** Days that no month has: protobuf reads the 31st of September as the 1st of October. */
  private static void time(String at, JsonElement value, FieldDescriptor f)
      throws BadRequestException {
    if (f.getMessageType().getName().equals("Timestamp") && isString(value)) {
      try {
        OffsetDateTime.parse(value.getAsString());
      } catch (DateTimeParseException e) {
        throw new BadRequestException(at, shown(value) + " is not allowed; allowed: " + allowed(f));
      }
    }
  }

  private static boolean isMask(JsonElement e) {
    return isString(e) && e.getAsString().matches("([A-Za-z][A-Za-z0-9_.]*(,|$))*");
  }

  private static boolean isString(JsonElement e) {
    return e.isJsonPrimitive() && e.getAsJsonPrimitive().isString();
  }

  /** A field by the name that JSON or the proto gives it; null: there is none. */
  static @Nullable FieldDescriptor field(Descriptor type, String name) {
    FieldDescriptor f = type.findFieldByName(name);
    if (f != null) {
      return f;
    }
    for (FieldDescriptor other : type.getFields()) {
      if (other.getJsonName().equals(name)) {
        return other;
      }
    }
    return null;
  }

  /** Names of a message's fields, as JSON writes them. */
  static String names(Descriptor type) {
    return type.getFields().isEmpty()
        ? "none"
        : type.getFields().stream()
            .map(FieldDescriptor::getJsonName)
            .collect(Collectors.joining(", "));
  }

  private static String constants(EnumDescriptor type) {
    List<EnumValueDescriptor> values = type.getValues();
    return values.stream().map(EnumValueDescriptor::getName).collect(Collectors.joining(", "));
  }

  /** Whether JSON writes a message as a text: times, durations, masks. */
  static boolean isText(Descriptor type) {
    return switch (type.getFullName()) {
      case "google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask" ->
          true;
      default -> false;
    };
  }

  private static String allowed(FieldDescriptor f) {
    return switch (f.getJavaType()) {
      case INT ->
          f.getType() == FieldDescriptor.Type.UINT32
              ? "an integer from 0 to 4294967295"
              : "an integer from -2147483648 to 2147483647";
      case LONG ->
          f.getType() == FieldDescriptor.Type.UINT64
              ? "an integer from 0 to 18446744073709551615"
              : "an integer from -9223372036854775808 to 9223372036854775807";
      case BYTE_STRING -> "base64";
      case MESSAGE ->
          switch (f.getMessageType().getName()) {
            case "Timestamp" -> "a time such as 2026-01-31T12:00:00Z";
            case "Duration" -> "seconds such as 90s or 0.25s";
            default -> "names of fields with commas between";
          };
      default -> "a value of type " + typeName(f);
    };
  }

  private static String typeName(FieldDescriptor f) {
    return f.getType().name().toLowerCase(Locale.ROOT);
  }

  private static String kind(JsonElement e) {
    return e.isJsonArray() ? "an array" : e.isJsonObject() ? "an object" : shown(e);
  }

  private static String shown(JsonElement e) {
    String text = e.toString();
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }
}
