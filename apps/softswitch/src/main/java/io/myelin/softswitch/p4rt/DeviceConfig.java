package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code p4_device_config} holds: BMv2 JSON, or the same inside the message {@code
 * p4.tmp.P4DeviceConfig}, which PI deprecated and clients still send.
 *
 * @param json the compiled program
 * @param form whether it came in that message
 */
record DeviceConfig(ByteString json, Form form) {
  /** How the program came. */
  enum Form {
    PLAIN,
    WRAPPED
  }

  /** {@code reassign}, {@code extras}, {@code device_data}. */
  private static final Set<Integer> FIELDS = Set.of(1, 2, 3);

  private static final int DEVICE_DATA = 3;

  static DeviceConfig of(ByteString config) {
    // A message begins with the tag of one of its fields; JSON with white space or a bracket.
    int first = config.byteAt(0) >>> 3;
    if (FIELDS.contains(first) && !Character.isWhitespace(config.byteAt(0))) {
      ByteString data = deviceData(config);
      if (data != null) {
        return new DeviceConfig(data, Form.WRAPPED);
      }
    }
    return new DeviceConfig(config, Form.PLAIN);
  }

  private static @Nullable ByteString deviceData(ByteString config) {
    UnknownFieldSet fields;
    try {
      fields = UnknownFieldSet.parseFrom(config);
    } catch (InvalidProtocolBufferException e) {
      return null; // Then it is to be JSON, and is refused as such.
    }
    boolean known = FIELDS.containsAll(fields.asMap().keySet());
    var data = fields.getField(DEVICE_DATA).getLengthDelimitedList();
    return known && !data.isEmpty() ? data.get(data.size() - 1) : null;
  }
}
