package io.myelin.node.northbound;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;

/** Versions of a message, in each of which one field, however deep, has a value of no use. */
final class Mangled {
  /** No message of ours is that deep. */
  private static final int MAX_DEPTH = 6;

  private Mangled() {}

  static List<Message> versions(Message good) {
    return versions(good, MAX_DEPTH);
  }

  private static List<Message> versions(Message good, int depth) {
    List<Message> all = new ArrayList<>();
    if (depth == 0) {
      return all;
    }
    for (FieldDescriptor f : good.getDescriptorForType().getFields()) {
      if (f.isMapField()) {
        continue;
      }
      for (Object value : values(good, f, depth)) {
        Message.Builder b = good.toBuilder();
        if (f.isRepeated()) {
          b.clearField(f);
          b.addRepeatedField(f, value);
          if (f.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            b.addRepeatedField(f, value);
          }
        } else {
          b.setField(f, value);
        }
        all.add(b.build());
      }
    }
    return all;
  }

  private static List<Object> values(Message good, FieldDescriptor f, int depth) {
    return switch (f.getJavaType()) {
      case INT -> List.of(-1, 0, 3, Integer.MAX_VALUE);
      case LONG -> List.of(-1L, 0L, Long.MAX_VALUE);
      case FLOAT -> List.of(-1f, Float.NaN);
      case DOUBLE -> List.of(-1.0, Double.NaN);
      case BOOLEAN -> List.of(true);
      case STRING -> List.of("", "../x", "é", "leaf1", "9".repeat(2_000));
      case BYTE_STRING -> List.of(ByteString.EMPTY);
      case ENUM -> {
        List<Object> constants = new ArrayList<>(f.getEnumType().getValues());
        constants.add(f.getEnumType().findValueByNumberCreatingIfUnknown(77));
        yield constants;
      }
      case MESSAGE -> {
        Message inner =
            f.isRepeated()
                ? good.getRepeatedFieldCount(f) > 0
                    ? (Message) good.getRepeatedField(f, 0)
                    : good.newBuilderForType().newBuilderForField(f).build()
                : (Message) good.getField(f);
        yield new ArrayList<>(versions(inner, depth - 1));
      }
    };
  }
}
