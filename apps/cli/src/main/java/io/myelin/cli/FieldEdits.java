package io.myelin.cli;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.ProtocolMessageEnum;

/** Sets fields of a message by their names, which are the paths of its update mask, too. */
final class FieldEdits {
  private final Message.Builder message;
  private final FieldMask.Builder mask = FieldMask.newBuilder();

  FieldEdits(Message.Builder message) {
    this.message = message;
  }

  /** Sets a field; a list is all of a repeated field. */
  void set(String field, Object value) {
    message.setField(
        descriptor(field), value instanceof ProtocolMessageEnum e ? e.getValueDescriptor() : value);
    mask.addPaths(field);
  }

  /** Leaves a field empty, on purpose. */
  void clear(String field) {
    message.clearField(descriptor(field));
    mask.addPaths(field);
  }

  private FieldDescriptor descriptor(String field) {
    FieldDescriptor found = message.getDescriptorForType().findFieldByName(field);
    if (found == null) {
      throw new IllegalArgumentException(
          message.getDescriptorForType().getFullName() + " has no field '" + field + "'");
    }
    return found;
  }

  boolean isEmpty() {
    return mask.getPathsCount() == 0;
  }

  /** Which fields were set or left empty. */
  FieldMask mask() {
    return mask.build();
  }
}
