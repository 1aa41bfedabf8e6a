package io.myelin.node.inventory;

import io.myelin.core.model.Invalid;
import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units as people write them: {@code 100G}, {@code 1.5us}. */
public final class Quantities {
  private static final Pattern RATE =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([kKMGTP]?)(?:bps)?");
  private static final Pattern TIME = Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?(ns|us|µs|ms|s)");
  private static final Map<String, Long> RATE_UNITS =
      Map.of(
          "",
          1L,
          "k",
          1_000L,
          "K",
          1_000L,
          "M",
          1_000_000L,
          "G",
          1_000_000_000L,
          "T",
          1_000_000_000_000L,
          "P",
          1_000_000_000_000_000L);
  private static final Map<String, Long> TIME_UNITS =
      Map.of("ns", 1L, "us", 1_000L, "µs", 1_000L, "ms", 1_000_000L, "s", 1_000_000_000L);

  private static final Pattern BYTES = Pattern.compile("([0-9]+(?:\\.[0-9]+)?) ?([kKMG]?)B?");

  private Quantities() {}

  /** Bits per second from {@code 100G}, {@code 2.5 Gbps} or {@code 1000000}. */
  public static long rateBps(String field, String text) {
    return parse(field, text, RATE, RATE_UNITS, "a rate, e.g. 100G, 2.5G or 400Mbps");
  }

  /** Bytes from {@code 100KB}, {@code 1.5M} or {@code 4096}; units are decimal. */
  public static long bytes(String field, String text) {
    return parse(field, text, BYTES, RATE_UNITS, "a number of bytes, e.g. 100KB or 1.5MB");
  }

  /** Nanoseconds from {@code 500ns}, {@code 1.5us}, {@code 3ms}. */
  public static long timeNs(String field, String text) {
    return parse(field, text, TIME, TIME_UNITS, "a time, e.g. 500ns, 1.5us or 3ms");
  }

  private static long parse(
      String field, String text, Pattern pattern, Map<String, Long> units, String wanted) {
    Matcher m = pattern.matcher(text.trim());
    Invalid.unless(m.matches(), field, "'" + text + "' is not " + wanted);
    BigDecimal value =
        new BigDecimal(m.group(1)).multiply(BigDecimal.valueOf(units.getOrDefault(m.group(2), 1L)));
    Invalid.unless(
        value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 1000)) < 0,
        field,
        "'" + text + "' is too large");
    return value.longValue();
  }
}
