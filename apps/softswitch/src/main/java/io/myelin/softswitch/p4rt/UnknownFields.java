package io.myelin.softswitch.p4rt;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds fields of a newer P4Runtime in a request. Without this they would be dropped, and what is
 * read back would not be what was written (§8.2).
 */
final class UnknownFields {
  private static final Map<Descriptor, List<FieldDescriptor>> MESSAGES = new ConcurrentHashMap<>();

  private UnknownFields() {}

  /**
   * Refuses a message with a field that is not of P4Runtime 1.5.
   *
   * @param path what to call the message
   */
  static void refuse(Message m, String path) {
    String found = first(m);
    if (found != null) {
      throw Refusal.unimplemented(
          (path + found).replaceFirst("^\\.", "")
              + " is not known: it is not of P4Runtime "
              + P4RuntimeService.API_VERSION);
    }
  }

  /** The first unknown field, {@code .a.b[2].(field 7)}, or null. */
  static @Nullable String first(Message m) {
    if (!m.getUnknownFields().asMap().isEmpty()) {
      return ".(field " + m.getUnknownFields().asMap().keySet().iterator().next() + ")";
    }
    for (FieldDescriptor f :
        MESSAGES.computeIfAbsent(m.getDescriptorForType(), UnknownFields::messages)) {
      if (f.isRepeated()) {
        int count = m.getRepeatedFieldCount(f);
        for (int i = 0; i < count; i++) {
          String found = first((Message) m.getRepeatedField(f, i));
          if (found != null) {
            return "." + f.getName() + "[" + i + "]" + found;
          }
        }
      } else if (m.hasField(f)) {
        String found = first((Message) m.getField(f));
        if (found != null) {
          return "." + f.getName() + found;
        }
      }
    }
    return null;
  }

  private static List<FieldDescriptor> messages(Descriptor d) {
    return d.getFields().stream().filter(f -> f.getJavaType() == JavaType.MESSAGE).toList();
  }
}
