package io.myelin.cli;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Moments in tables: UTC, to the minute. */
final class Times {
  private static final DateTimeFormatter MINUTES =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Times() {}

  static String minutes(Timestamp t) {
    return t.getSeconds() == 0 ? "-" : MINUTES.format(Instant.ofEpochMilli(Timestamps.toMillis(t)));
  }
}
