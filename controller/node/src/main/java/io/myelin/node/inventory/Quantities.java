package io.myelin.node.inventory;

import io.myelin.core.model.Invalid;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units as people write them: {@code 100G}, {@code 1.5us}, {@code 0.01%}. */
public final class Quantities {
  private static final String NUMBER = "([0-9]+(?:\\.[0-9]+)?)";
  private static final Pattern RATE = Pattern.compile(NUMBER + " ?([kKMGTP]?)(?:bps)?");
  private static final Pattern BYTES = Pattern.compile(NUMBER + " ?([kKMG]?)B?");
  private static final Pattern MONEY = Pattern.compile(NUMBER + "()");
  private static final Pattern TIME = Pattern.compile(NUMBER + " ?(ns|us|µs|ms|s|m|h|d)");
  private static final Pattern SHARE =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)?(?:[eE]-?[0-9]{1,2})?) ?(%?)");
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
      Map.of(
          "ns",
          1L,
          "us",
          1_000L,
          "µs",
          1_000L,
          "ms",
          1_000_000L,
          "s",
          1_000_000_000L,
          "m",
          60_000_000_000L,
          "h",
          3_600_000_000_000L,
          "d",
          86_400_000_000_000L);

  private static final long PPB = 1_000_000_000;
  private static final Map<String, Long> SHARE_UNITS = Map.of("", PPB, "%", PPB / 100);

  /** Room for callers that add a thousand such values. */
  private static final BigDecimal TOO_LARGE = BigDecimal.valueOf(Long.MAX_VALUE / 1000);

  private Quantities() {}

  /** Bits per second from {@code 100G}, {@code 2.5 Gbps} or {@code 1000000}. */
  public static long rateBps(String field, String text) {
    return bounded(
        field, text, parse(field, text, RATE, RATE_UNITS, "a rate, e.g. 100G, 2.5G or 400Mbps"));
  }

  /** Bytes from {@code 100KB}, {@code 1.5M} or {@code 4096}; units are decimal. */
  public static long bytes(String field, String text) {
    return bounded(
        field,
        text,
        parse(field, text, BYTES, RATE_UNITS, "a number of bytes, e.g. 100KB or 1.5MB"));
  }

  /** Millionths of the currency unit from {@code 5000} or {@code 0.12}. */
  public static long micros(String field, String text) {
    String wanted = "an amount of money in steps of a millionth, e.g. 5000 or 0.12";
    BigDecimal micros = parse(field, text, MONEY, Map.of("", 1_000_000L), wanted);
    Invalid.unless(isWhole(micros), field, "'" + text + "' is not " + wanted);
    return bounded(field, text, micros);
  }

  /** Nanoseconds from {@code 500ns}, {@code 1.5us}, {@code 3ms}, {@code 2h}. */
  public static long timeNs(String field, String text) {
    return bounded(
        field, text, parse(field, text, TIME, TIME_UNITS, "a time, e.g. 500ns, 1.5us or 3ms"));
  }

  /** Milliseconds, at least one, from {@code 250ms}, {@code 95m}, {@code 1d}. */
  public static long timeMs(String field, String text) {
    String wanted = "a time of whole milliseconds, e.g. 500ms, 95m or 1d";
    BigDecimal ms = parse(field, text, TIME, TIME_UNITS, wanted).movePointLeft(6);
    Invalid.unless(isWhole(ms) && ms.signum() > 0, field, "'" + text + "' is not " + wanted);
    return bounded(field, text, ms);
  }

  /** Milliseconds since 1970 from {@code 2026-11-23T14:00:00Z} or another offset than {@code Z}. */
  public static long instantMs(String field, String text) {
    try {
      Instant instant = Instant.parse(text);
      long ms = instant.toEpochMilli();
      if (Instant.ofEpochMilli(ms).equals(instant)) {
        return ms;
      }
    } catch (DateTimeParseException | ArithmeticException e) {
      // Not ISO 8601, without zone, or beyond what milliseconds can count: the same advice.
    }
    throw new Invalid(
        field,
        "'" + text + "' is not a time with zone to the millisecond, e.g. 2026-11-23T14:00:00Z");
  }

  /** Parts of 10^9 from {@code 0.0001}, {@code 1e-4} or {@code 0.01%}: exact, or an error. */
  public static long sharePpb(String field, String text) {
    String wanted = "a share from 0 to 1 in steps of 1e-9, e.g. 0.0001 or 0.01%";
    BigDecimal ppb = parse(field, text, SHARE, SHARE_UNITS, wanted);
    Invalid.unless(
        isWhole(ppb) && ppb.compareTo(BigDecimal.valueOf(PPB)) <= 0,
        field,
        "'" + text + "' is not " + wanted);
    return ppb.longValueExact();
  }

  private static boolean isWhole(BigDecimal value) {
    return value.stripTrailingZeros().scale() <= 0;
  }

  private static BigDecimal parse(
      String field, String text, Pattern pattern, Map<String, Long> units, String wanted) {
    Matcher m = pattern.matcher(text.trim());
    Invalid.unless(m.matches(), field, "'" + text + "' is not " + wanted);
    return new BigDecimal(m.group(1))
        .multiply(BigDecimal.valueOf(units.getOrDefault(m.group(2), 1L)));
  }

  private static long bounded(String field, String text, BigDecimal value) {
    Invalid.unless(value.compareTo(TOO_LARGE) < 0, field, "'" + text + "' is too large");
    return value.longValue();
  }

  /**
   * HOST:PORT, not looked up.
   *
   * @param lowestPort 0 where any free one will do, else 1
   */
  public static InetSocketAddress address(String field, String text, int lowestPort) {
    int colon = text.lastIndexOf(':');
    boolean ok = colon > 0 && text.substring(colon + 1).matches("[0-9]{1,5}");
    int port = ok ? Integer.parseInt(text.substring(colon + 1)) : -1;
    Invalid.unless(
        port >= lowestPort && port <= 65_535,
        field,
        "'" + text + "' is not HOST:PORT with a port of " + lowestPort + " to 65535");
    return InetSocketAddress.createUnresolved(text.substring(0, colon), port);
  }
}
