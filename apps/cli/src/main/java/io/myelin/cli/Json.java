package io.myelin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.myelin.v1.PathExplanation;

/**
 * What commands print for programs: messages in protobuf's JSON form with the proto's names, the
 * same fields wherever the same message is printed.
 */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** As protobuf's own printer writes: no space before a colon. */
  private static final ObjectWriter PRETTY =
      MAPPER.writer(
          new DefaultPrettyPrinter(
              Separators.createDefaultInstance()
                  .withObjectFieldValueSpacing(Separators.Spacing.AFTER)));

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder()
                  .add(ErrorInfo.getDescriptor())
                  .add(RetryInfo.getDescriptor())
                  .add(BadRequest.getDescriptor())
                  .add(PathExplanation.getDescriptor())
                  .build())
          .preservingProtoFieldNames()
          .alwaysPrintFieldsWithNoPresence();

  private Json() {}

  /** A message as an object, to which a command may add what it knows. */
  static ObjectNode object(Message message) {
    try {
      return (ObjectNode) MAPPER.readTree(PRINTER.print(message));
    } catch (InvalidProtocolBufferException | JsonProcessingException e) {
      throw new IllegalStateException("a message that has no JSON form", e);
    }
  }

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** A document over several lines. */
  static String document(ObjectNode node) {
    try {
      return PRETTY.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that has no JSON form", e);
    }
  }

  /** A document on one line. */
  static String line(ObjectNode node) {
    return node.toString();
  }
}
