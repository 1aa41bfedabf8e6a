package io.myelin.cli;

import com.google.protobuf.util.Timestamps;
import io.myelin.v1.Condition;

/** What is not as it should be, in a line. */
final class Conditions {
  private Conditions() {}

  static String line(Condition c) {
    return c.getType().name().replace("CONDITION_TYPE_", "")
        + " since "
        + Timestamps.toString(c.getSince())
        + ": "
        + c.getMessage();
  }
}
